package wire

import (
	"net/http"
)

// Codec reads requests and writes responses of one protocol. Codecs hold no state.
type Codec interface {
	// Protocol is the protocol spoken.
	Protocol() Protocol
	// Decode reads the input of m.Op and checks it against the model. A nil error comes with a pointer to the operation's input
	// struct. Errors are faults of kind Invalid; one about a constraint of the model comes with the input as well.
	Decode(m *Match, r *http.Request, body []byte) (any, error)
	// Encode writes out, a pointer to the operation's output struct.
	Encode(m *Match, requestID string, out any) (*Response, error)
	// EncodeError writes an error. m.Op and m.Service may be nil, for errors that come before an operation is known.
	EncodeError(m *Match, requestID string, e *Error) *Response
}

// Response is what goes back to the client, save the headers every reply has, which are the gateway's.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// NewResponse makes a response with a body of the given content type; an empty type means none.
func NewResponse(status int, contentType string, body []byte) *Response {
	h := make(http.Header, 2)
	if contentType != "" {
		h.Set("Content-Type", contentType)
	}
	return &Response{Status: status, Header: h, Body: body}
}
