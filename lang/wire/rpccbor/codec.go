// Package rpccbor speaks the protocol rpc-v2-cbor: every call is a POST of one CBOR map to a path that names the operation.
// Sources: Smithy specification rpcv2Cbor, RFC 8949.
package rpccbor

import (
	"net/http"

	"telltale/lang/wire"
)

const contentType = "application/cbor"

// Codec speaks rpc-v2-cbor.
type Codec struct{}

// Protocol is rpc-v2-cbor.
func (Codec) Protocol() wire.Protocol { return wire.RPCCBOR }

// Decode reads an input. An empty body counts as an empty map.
func (Codec) Decode(m *wire.Match, _ *http.Request, body []byte) (any, error) {
	in := wire.NewInput(m.Op)
	if len(body) > 0 {
		r := NewReader(body)
		in.ReadBody(r)
		in.Fail(r.Close())
	}
	return in.Done(wire.SerializationException)
}

// Encode writes an output; the body of an operation without output is empty.
func (Codec) Encode(m *wire.Match, _ string, out any) (*wire.Response, error) {
	if !m.Op.HasOutput() {
		return response(m.Op.Status, "", nil), nil
	}
	o := wire.NewOutput(m.Op, out)
	if o.HasStream() {
		return nil, wire.NoStream(m.Op)
	}
	var w Writer
	o.WriteBody(&w)
	return response(m.Op.Status, contentType, w.Bytes()), nil
}

// EncodeError writes a map with the absolute name of the error's shape under __type.
func (Codec) EncodeError(m *wire.Match, _ string, e *wire.Error) *wire.Response {
	var w Writer
	w.BeginStruct()
	w.Field("__type")
	if m.Service != nil {
		w.Text("com.amazonaws." + m.Service.Name + "#" + e.Shape)
	} else {
		w.Text(e.Shape)
	}
	e.WriteMembers(&w)
	w.EndStruct()
	r := response(e.Status, contentType, w.Bytes())
	m.AddQueryError(r, e)
	return r
}

func response(status int, contentType string, body []byte) *wire.Response {
	r := wire.NewResponse(status, contentType, body)
	r.Header.Set("Smithy-Protocol", string(wire.RPCCBOR))
	return r
}
