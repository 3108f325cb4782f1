package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// special reports whether the schema has to say something about a shape: how it is written and, if it can be in an input, what is
// allowed.
func (p *plan) special(name string, input bool, seen map[string]bool) bool {
	s := p.Shapes[name]
	if name == "" || s.Type == "structure" || seen[name] {
		return false
	}
	seen[name] = true
	if s.KeyName != "" || s.ElemName != "" || s.Flat || s.Time == "iso8601" {
		return true
	}
	input = input && !slices.Contains(ownErrors[p.key], name)
	if input && (s.Min != nil || s.Max != nil || s.Pattern != "" || len(s.Enum) > 0) {
		return true
	}
	return p.special(s.Key, input, seen) || p.special(s.Elem, input, seen)
}

// writeSchema writes the table of special shapes, each once.
func writeSchema(p *plan, b *bytes.Buffer) error {
	named := map[string]bool{}
	for _, s := range p.structs {
		for _, m := range p.Shapes[s.shape].Members {
			p.collect(m.Shape, s.input, named)
		}
	}
	b.WriteString(header)
	fmt.Fprintf(b, "package %s\n\nimport \"telltale/lang/wire\"\n\n", p.key)
	b.WriteString("// shapes says what the model allows in values and how it writes them, by shape name.\nvar shapes = map[string]wire.Shape{\n")
	for _, name := range slices.Sorted(maps.Keys(named)) {
		fmt.Fprintf(b, "%q: {%s},\n", name, p.literal(name, named[name]))
	}
	b.WriteString("}\n")
	return nil
}

// collect notes the special shapes a member is made of. The value tells whether its constraints matter.
func (p *plan) collect(name string, input bool, into map[string]bool) {
	if !p.special(name, input, map[string]bool{}) || into[name] {
		return
	}
	into[name] = input
	p.collect(p.Shapes[name].Key, input, into)
	p.collect(p.Shapes[name].Elem, input, into)
}

func (p *plan) literal(name string, input bool) string {
	s := p.Shapes[name]
	var parts []string
	add := func(field, value string) { parts = append(parts, field+": "+value) }
	if input {
		if s.Min != nil || s.Max != nil {
			add("Range", strconv.Quote(limit(s.Min)+".."+limit(s.Max)))
		}
		if s.Pattern != "" {
			add("Pattern", quote(s.Pattern))
		}
		if len(s.Enum) > 0 {
			add("Enum", "[]string{"+strings.Join(p.enumName[name], ", ")+"}")
		}
	}
	for _, ref := range []struct{ field, shape string }{{"Key", s.Key}, {"Elem", s.Elem}} {
		if p.special(ref.shape, input, map[string]bool{}) {
			add(ref.field, strconv.Quote(ref.shape))
		}
	}
	for _, word := range []struct{ field, value string }{{"KeyName", s.KeyName}, {"ElemName", s.ElemName}} {
		if word.value != "" {
			add(word.field, strconv.Quote(word.value))
		}
	}
	if s.Flat {
		add("Flat", "true")
	}
	if s.Time == "iso8601" {
		add("Time", strconv.Quote(s.Time))
	}
	return strings.Join(parts, ", ")
}

func limit[N fmt.Stringer](n *N) string {
	if n == nil {
		return ""
	}
	return (*n).String()
}

// quote prefers the raw form: patterns are full of backslashes.
func quote(s string) string {
	if strconv.CanBackquote(s) {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}
