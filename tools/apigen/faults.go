package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// writeFaults writes a constant per error shape and the table of what they look like.
func writeFaults(p *plan, b *bytes.Buffer) error {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(p.Shapes)) {
		if p.Shapes[name].Error {
			names = append(names, name)
		}
	}
	b.WriteString(header)
	fmt.Fprintf(b, "package %s\n\nimport \"telltale/lang/wire\"\n\n", p.key)
	if len(names) > 0 {
		b.WriteString("// Names of the modelled errors, for fault.Error.Named.\nconst (\n")
		for _, name := range names {
			fmt.Fprintf(b, "%s = %q\n", export(name), name)
		}
		b.WriteString(")\n\n")
	}
	b.WriteString("// faults says how the modelled errors look, by shape name.\nvar faults = map[string]wire.ErrorShape{\n")
	for _, name := range names {
		fmt.Fprintf(b, "%s: {%s},\n", export(name), errorLiteral(name, p.Shapes[name]))
	}
	b.WriteString("}\n")
	return nil
}

func errorLiteral(name string, s shape) string {
	code, status := s.Code, s.Status
	if code == "" {
		code = name
	}
	if status == 0 {
		if status = 400; s.Server {
			status = 500
		}
	}
	parts := []string{fmt.Sprintf("Code: %q", code), fmt.Sprintf("Status: %d", status)}
	if s.Server || status >= 500 {
		parts = append(parts, "Fault: wire.Receiver")
	}
	if len(s.Members) > 0 {
		var members []string
		for _, m := range s.Members {
			members = append(members, fmt.Sprintf("%q", m.wire()))
		}
		parts = append(parts, "Members: []string{"+strings.Join(members, ", ")+"}")
	}
	return strings.Join(parts, ", ")
}
