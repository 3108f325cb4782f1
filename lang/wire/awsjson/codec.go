// Package awsjson speaks the protocols json 1.0 and json 1.1: every call is a POST of one JSON object to /, and a header names the
// operation. Source: Smithy specifications awsJson1_0 and awsJson1_1.
package awsjson

import (
	"net/http"

	"telltale/lang/wire"
	"telltale/lang/wire/jsontext"
)

// Codec speaks one of the two versions, which differ in their content type only.
type Codec struct{ protocol wire.Protocol }

// The two versions.
var (
	V10 = Codec{wire.JSON10}
	V11 = Codec{wire.JSON11}
)

// Protocol is json 1.0 or 1.1.
func (c Codec) Protocol() wire.Protocol { return c.protocol }

func (c Codec) contentType() string {
	if c.protocol == wire.JSON10 {
		return "application/x-amz-json-1.0"
	}
	return "application/x-amz-json-1.1"
}

// Decode reads an input. An empty body counts as an empty object.
func (c Codec) Decode(m *wire.Match, _ *http.Request, body []byte) (any, error) {
	in := wire.NewInput(m.Op)
	if len(body) > 0 {
		r := jsontext.NewReader(body)
		in.ReadBody(r)
		in.Fail(r.Close())
	}
	return in.Done(wire.SerializationException)
}

// Encode writes an output; the body of an operation without output is empty.
func (c Codec) Encode(m *wire.Match, _ string, out any) (*wire.Response, error) {
	if !m.Op.HasOutput() {
		return wire.NewResponse(m.Op.Status, "", nil), nil
	}
	o := wire.NewOutput(m.Op, out)
	if o.HasStream() {
		return nil, wire.NoStream(m.Op)
	}
	var w jsontext.Writer
	o.WriteBody(&w)
	return wire.NewResponse(m.Op.Status, c.contentType(), w.Bytes()), nil
}

// EncodeError writes {"__type": "ShapeName", "message": ...}.
func (c Codec) EncodeError(m *wire.Match, _ string, e *wire.Error) *wire.Response {
	var w jsontext.Writer
	w.BeginStruct()
	w.Field("__type")
	w.Text(e.Shape)
	e.WriteMembers(&w)
	w.EndStruct()
	r := wire.NewResponse(e.Status, c.contentType(), w.Bytes())
	m.AddQueryError(r, e)
	return r
}
