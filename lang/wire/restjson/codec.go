// Package restjson speaks the protocol rest-json: operations are methods and paths, members stand in the path, the query, headers and
// a JSON body. Source: Smithy specification restJson1.
package restjson

import (
	"encoding/base64"
	"net/http"

	"telltale/lang/wire"
	"telltale/lang/wire/jsontext"
)

const contentType = "application/json"

// Codec speaks rest-json.
type Codec struct{}

// Protocol is rest-json.
func (Codec) Protocol() wire.Protocol { return wire.RestJSON }

// Encode writes an output. The body of an operation without output is an empty object, as all SDKs accept and most expect.
func (Codec) Encode(m *wire.Match, _ string, out any) (*wire.Response, error) {
	o := wire.NewOutput(m.Op, out)
	if o.HasStream() {
		return nil, wire.NoStream(m.Op)
	}
	r := wire.NewResponse(m.Op.Status, contentType, nil)
	var payload *wire.Member
	for member := range o.Members() {
		switch member.Place {
		case wire.Header:
			setHeader(r.Header, o, member)
		case wire.Status:
			if status, ok := o.Int(member); ok {
				r.Status = status
			}
		case wire.Payload:
			payload = member
		}
	}
	setBody(r, o, payload)
	if r.Status == http.StatusNoContent {
		r.Header.Del("Content-Type")
		r.Body = nil
	}
	return r, nil
}

func setHeader(h http.Header, o wire.Output, member *wire.Member) {
	text, ok := o.Text(member)
	if !ok {
		return
	}
	if member.JSON {
		text = base64.StdEncoding.EncodeToString([]byte(text))
	}
	h.Set(member.Name, text)
}

func setBody(r *wire.Response, o wire.Output, payload *wire.Member) {
	var w jsontext.Writer
	if payload == nil {
		o.WriteBody(&w)
		r.Body = w.Bytes()
		return
	}
	if blob, ok := o.Blob(payload); ok {
		r.Body = blob
		if !payload.JSON {
			r.Header.Set("Content-Type", "application/octet-stream")
		}
		return
	}
	o.WritePayload(payload, &w)
	r.Body = w.Bytes()
}

// EncodeError writes the name of the error in a header and its members in the body.
func (Codec) EncodeError(_ *wire.Match, _ string, e *wire.Error) *wire.Response {
	var w jsontext.Writer
	w.BeginStruct()
	e.WriteMembers(&w)
	w.EndStruct()
	r := wire.NewResponse(e.Status, contentType, w.Bytes())
	r.Header.Set("X-Amzn-Errortype", e.Shape)
	return r
}
