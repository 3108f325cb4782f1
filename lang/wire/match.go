package wire

import "net/http"

// Match is the operation a request names, and the protocol it is to be answered in.
type Match struct {
	Service *Service
	Op      *Op
	Codec   Codec
	Labels  []Label // rest-json: the labels of the path
	Handler Handler // nil when the program has none for the operation
	Refuser Refuser // nil when nobody wants to know
	Open    bool    // it may be called without a signature, see HandleOpen

	// QueryErrors is set when the client wants to be told the old query error code in a header as well.
	QueryErrors bool
}

// Decode reads and checks the input. The body is decompressed already, see Inflate.
func (m *Match) Decode(r *http.Request, body []byte) (any, error) { return m.Codec.Decode(m, r, body) }

// Encode writes an output.
func (m *Match) Encode(requestID string, out any) (*Response, error) {
	return m.Codec.Encode(m, requestID, out)
}

// EncodeError writes any error as the error the model has for it.
func (m *Match) EncodeError(requestID string, err error) *Response {
	return m.Codec.EncodeError(m, requestID, m.ErrorFor(err))
}

// ErrorFor gives the modelled error for err, see Op.ErrorFor. It works for matches that failed as well.
func (m *Match) ErrorFor(err error) *Error {
	switch {
	case m.Op != nil:
		return m.Op.ErrorFor(err)
	case m.Service != nil:
		return m.Service.ErrorFor(err)
	}
	return unknownService.ErrorFor(err)
}

// unknownService answers for requests that name no service.
var unknownService = &Service{Name: "unknown", ValidationCode: "ValidationException"}

// queryError is the header for clients that still compare query error codes.
const queryErrorHeader = "X-Amzn-Query-Error"

// AddQueryError adds the old error code to a response if the client asked for it.
func (m *Match) AddQueryError(r *Response, e *Error) {
	if m.QueryErrors && m.Service != nil && m.Service.QueryCompatible {
		r.Header.Set(queryErrorHeader, e.Code+";"+e.Fault.String())
	}
}
