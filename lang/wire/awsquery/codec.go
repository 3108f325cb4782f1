// Package awsquery speaks the protocol query: requests are forms with an Action, replies are XML. Source: Smithy specification
// awsQuery.
package awsquery

import (
	"net/http"

	"telltale/lang/wire"
)

const contentType = "text/xml"

// Codec speaks query.
type Codec struct{}

// Protocol is query.
func (Codec) Protocol() wire.Protocol { return wire.Query }

// Decode reads an input from a form body, or from the URL of a request without body.
func (Codec) Decode(m *wire.Match, r *http.Request, body []byte) (any, error) {
	form := string(body)
	if len(body) == 0 {
		form = r.URL.RawQuery
	}
	in := wire.NewInput(m.Op)
	in.ReadBody(NewReader(form))
	return in.Done(wire.MalformedInput)
}

// Encode writes an output. The result element is there whenever the operation has an output, even an empty one: SDKs look for it.
func (Codec) Encode(m *wire.Match, requestID string, out any) (*wire.Response, error) {
	w := Writer{}
	w.raw("<", m.Op.Name, "Response")
	w.namespace(m.Service)
	if m.Op.HasOutput() {
		o := wire.NewOutput(m.Op, out)
		if o.HasStream() {
			return nil, wire.NoStream(m.Op)
		}
		w.Field(m.Op.Name + "Result")
		o.WriteBody(&w)
	}
	w.raw("<ResponseMetadata>")
	w.element("RequestId", requestID)
	w.raw("</ResponseMetadata></", m.Op.Name, "Response>\n")
	return wire.NewResponse(m.Op.Status, contentType, w.Bytes()), nil
}

// EncodeError writes an ErrorResponse.
func (Codec) EncodeError(m *wire.Match, requestID string, e *wire.Error) *wire.Response {
	w := Writer{}
	w.raw("<ErrorResponse")
	w.namespace(m.Service)
	w.raw("<Error>")
	w.element("Type", e.Fault.String())
	w.element("Code", e.Code)
	w.element("Message", e.Message)
	w.members(e)
	w.raw("</Error>")
	w.element("RequestId", requestID)
	w.raw("</ErrorResponse>\n")
	return wire.NewResponse(e.Status, contentType, w.Bytes())
}
