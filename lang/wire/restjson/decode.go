package restjson

import (
	"fmt"
	"net/http"
	"net/url"

	"telltale/lang/wire"
	"telltale/lang/wire/jsontext"
)

// Decode reads an input from the labels m was matched with, the query, the headers and the body.
func (Codec) Decode(m *wire.Match, r *http.Request, body []byte) (any, error) {
	in := wire.NewInput(m.Op)
	var query url.Values
	for member := range in.Members() {
		switch member.Place {
		case wire.URI:
			readLabel(in, member, m.Labels)
		case wire.Param:
			if query == nil {
				query = r.URL.Query()
			}
			if texts := query[member.Name]; len(texts) > 0 {
				in.SetText(member, texts...)
			}
		case wire.Header:
			readHeader(in, member, r.Header)
		case wire.Payload:
			readPayload(in, member, body)
		}
	}
	if in.HasBody() && len(body) > 0 {
		reader := jsontext.NewReader(body)
		in.ReadBody(reader)
		in.Fail(reader.Close())
	}
	return in.Done(wire.SerializationException)
}

func readLabel(in *wire.Input, member *wire.Member, labels []wire.Label) {
	for _, label := range labels {
		if label.Name == member.Name {
			in.SetText(member, label.Value)
		}
	}
}

func readHeader(in *wire.Input, member *wire.Member, h http.Header) {
	texts := h.Values(member.Name)
	if len(texts) == 0 {
		return
	}
	if !member.JSON {
		in.SetText(member, texts...)
		return
	}
	text, err := headerJSON(texts[0])
	if err != nil {
		in.Fail(fmt.Errorf("the header %s %w", member.Name, err))
		return
	}
	in.SetText(member, text)
}

// headerJSON reads base64 that holds JSON. Some SDKs take any value and encode it, others take JSON text and encode that once more:
// a JSON string that itself holds JSON means what it holds.
func headerJSON(text string) (string, error) {
	plain, err := wire.ParseBlob(text)
	if err != nil {
		return "", fmt.Errorf("must be JSON in base64: %w", err)
	}
	r := jsontext.NewReader(plain)
	r.Skip()
	if err := r.Close(); err != nil {
		return "", fmt.Errorf("must be JSON in base64: %w", err)
	}
	r = jsontext.NewReader(plain)
	if inner := r.Text(); r.Err() == nil {
		return inner, nil
	}
	return string(plain), nil
}

// readPayload reads a body that is one member. An empty body means the member is absent.
func readPayload(in *wire.Input, member *wire.Member, body []byte) {
	if len(body) == 0 {
		return
	}
	if in.IsBlob(member) {
		in.SetBlob(member, body)
		return
	}
	r := jsontext.NewReader(body)
	in.ReadPayload(member, r)
	in.Fail(r.Close())
}
