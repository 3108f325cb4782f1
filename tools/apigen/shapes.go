package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// writeShapes writes the structs and the constants of string values.
func writeShapes(p *plan, b *bytes.Buffer) error {
	var body bytes.Buffer
	for _, s := range p.structs {
		if err := p.writeStruct(s, &body); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.aliases)) {
		fmt.Fprintf(&body, "// %s is the same shape as %s.\ntype %s = %s\n\n", name, p.aliases[name], name, p.aliases[name])
	}
	for _, name := range p.enums {
		fmt.Fprintf(&body, "// Values of %s.\nconst (\n", name)
		for i, goName := range p.enumName[name] {
			fmt.Fprintf(&body, "%s = %q\n", goName, p.Shapes[name].Enum[i])
		}
		body.WriteString(")\n\n")
	}
	b.WriteString(header)
	fmt.Fprintf(b, "package %s\n\n", p.key)
	if bytes.Contains(body.Bytes(), []byte("time.Time")) {
		b.WriteString("import \"time\"\n\n")
	}
	if bytes.Contains(body.Bytes(), []byte("wire.Nothing")) {
		b.WriteString("import \"telltale/lang/wire\"\n\n")
	}
	b.Write(body.Bytes())
	return nil
}

func (p *plan) writeStruct(s structure, b *bytes.Buffer) error {
	if s.shape == "" {
		fmt.Fprintf(b, "// %s\ntype %s struct{ wire.Nothing }\n\n", s.doc, s.name)
		return nil
	}
	facts := p.Shapes[s.shape]
	fmt.Fprintf(b, "// %s\ntype %s struct {\n", s.doc, s.name)
	seen := map[string]bool{}
	for _, m := range facts.Members {
		if p.Shapes[m.Shape].Error {
			continue // an error inside an event stream
		}
		name := export(m.Name)
		if seen[name] {
			return fmt.Errorf("%s has two members called %s", s.shape, name)
		}
		seen[name] = true
		fmt.Fprintf(b, "%s %s `%s`\n", name, p.goType(m.Shape, m.Required && !m.Token), p.tag(s, facts, m))
	}
	b.WriteString("}\n\n")
	return nil
}

// goType is the Go type of a member. Optional numbers and booleans are pointers, structures always; all else has a zero value that
// means absent.
func (p *plan) goType(name string, required bool) string {
	t := p.elemType(name)
	switch p.Shapes[name].Type {
	case "structure":
		return "*" + t
	case "boolean", "integer", "long", "float", "double":
		if !required {
			return "*" + t
		}
	}
	return t
}

func (p *plan) elemType(name string) string {
	s := p.Shapes[name]
	switch s.Type {
	case "structure":
		return p.goNames[name]
	case "list":
		return "[]" + p.elemType(s.Elem)
	case "map":
		return "map[string]" + p.elemType(s.Elem)
	}
	return map[string]string{"string": "string", "boolean": "bool", "integer": "int32", "long": "int64", "float": "float32",
		"double": "float64", "timestamp": "time.Time", "blob": "[]byte"}[s.Type]
}

// tag says where a member stands on the wire. See wire's tag.go for the words.
func (p *plan) tag(s structure, facts shape, m member) string {
	words := []string{m.wire()}
	switch m.In {
	case "uri", "header":
		words = append(words, m.In)
	case "querystring":
		words = append(words, "query")
	case "statusCode":
		words = append(words, "status")
	}
	if facts.Payload == m.Name {
		words = append(words, "payload")
		if jsonBlobs[m.Shape] {
			words = append(words, "json")
		}
	}
	if m.JSON {
		words = append(words, "json")
	}
	if p.Shapes[m.Shape].EventStream {
		words = append(words, "stream")
	}
	if p.Shapes[m.Shape].Secret {
		words = append(words, "secret")
	}
	if m.Flat {
		words = append(words, "flat")
	}
	if m.Required && !m.Token {
		words = append(words, "required")
	}
	tag := fmt.Sprintf("wire:%q", strings.Join(words, ","))
	if p.special(m.Shape, s.input, map[string]bool{}) {
		tag += fmt.Sprintf(" is:%q", m.Shape)
	}
	return tag
}
