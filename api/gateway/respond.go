package gateway

import (
	"net/http"
	"strconv"

	"telltale/base/fault"
	"telltale/lang/wire"
)

// encode makes the answer: the output, or the fault as this operation's modelled error.
func (s *Server) encode(c *call, err error) (*wire.Response, error) {
	if c.match.Codec == nil { // the body could not be read: find out at least in which protocol to say so
		_ = s.route(c)
	}
	if err == nil {
		var answer *wire.Response
		if answer, err = c.match.Encode(c.caller.RequestID, c.out); err == nil {
			return answer, nil
		}
	}
	if fault.Is(err, fault.Internal) {
		s.needs.Diary.Error("API call failed", "operation", operation(c), "requestId", c.caller.RequestID, "error", err)
	}
	return c.match.EncodeError(c.caller.RequestID, err), err
}

// respond writes the answer.
func (s *Server) respond(w http.ResponseWriter, c *call, answer *wire.Response) {
	h := w.Header()
	for name, values := range answer.Header {
		h[name] = values
	}
	h.Set("X-Amzn-Requestid", c.caller.RequestID)
	h.Set("Content-Length", strconv.Itoa(len(answer.Body)))
	w.WriteHeader(answer.Status)
	if c.r.Method != http.MethodHead {
		_, _ = w.Write(answer.Body) // a client that went away is not our error
	}
}
