package policy

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// suggest writes the smallest statement that allows exactly this request, or nothing if there is none.
func suggest(policies []Policy, req *Request) string {
	s := struct {
		Effect    string
		Principal any `json:",omitempty"`
		Action    string
		Resource  string `json:",omitempty"`
	}{Effect: "Allow", Action: req.Action, Resource: escape(req.Resource)}
	dialect := IAMIdentity
	if req.Principal != nil || slices.ContainsFunc(policies, isTrust) {
		dialect = IAMTrust
		s.Principal = "*"
		if n, ok := req.Principal.name(); ok {
			s.Principal = map[string]string{n.kind: n.id}
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // Readers paste this into a document.
	partial := req.Resource != "" && req.Resource != "*" && strings.Count(req.Resource, ":") < 5
	if partial || strings.ContainsAny(req.Action, "*?") || e.Encode(s) != nil {
		return "" // As patterns these would stand for more than this request.
	}
	text := string(bytes.TrimSpace(b.Bytes()))
	doc, err := Parse([]byte(`{"Version":"2012-10-17","Statement":`+text+`}`), dialect)
	if err != nil || !Evaluate([]Policy{{Doc: doc}}, req).Allowed() {
		return "" // The action or resource is not one, or not text.
	}
	return text
}

func isTrust(p Policy) bool { return p.Doc != nil && p.Doc.dialect == IAMTrust }

// escape writes a resource so that it stands for itself. "*" is what actions without a resource are granted on.
func escape(resource string) string {
	if resource == "*" {
		return resource
	}
	return strings.NewReplacer("*", "${*}", "?", "${?}", "${", "${$}{").Replace(resource)
}
