package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// writeOps writes the package comment, the service and a variable per operation.
func writeOps(p *plan, b *bytes.Buffer) error {
	s := p.Service
	protocols, err := protocolNames(s)
	if err != nil {
		return err
	}
	b.WriteString(header)
	fmt.Fprintf(b, "// Package %s holds the shapes and operations of %s, API version %s, as the public model describes them.\n", p.key, s.FullName, s.APIVersion)
	fmt.Fprintf(b, "//\n// A field is called after the model's member with an upper-case first letter and nothing else changed: thingArn is ThingArn.\n")
	fmt.Fprintf(b, "package %s\n\nimport \"telltale/lang/wire\"\n\n", p.key)
	fmt.Fprintf(b, "// Service describes %s.\nvar Service = &wire.Service{\n", s.FullName)
	signing := s.SigningName
	if signing == "" {
		signing = s.EndpointPrefix
	}
	source, ok := eventSources[p.key]
	if !ok {
		source = signing + ".amazonaws.com"
	}
	code, ok := validationCodes[p.key]
	if !ok {
		code = usualValidationCode
	}
	fmt.Fprintf(b, "Name: %q,\nID: %q,\nVersion: %q,\n", p.key, s.ID, s.APIVersion)
	fmt.Fprintf(b, "SigningNames: %#v,\nEventSource: %q,\n", append([]string{signing}, signingNames[p.key]...), source)
	fmt.Fprintf(b, "Protocols: []wire.Protocol{%s},\n", strings.Join(protocols, ", "))
	if s.TargetPrefix != "" {
		fmt.Fprintf(b, "TargetPrefix: %q,\n", s.TargetPrefix)
	}
	if s.XMLNamespace != "" {
		fmt.Fprintf(b, "XMLNamespace: %q,\n", s.XMLNamespace)
	}
	if s.QueryCompatible {
		fmt.Fprintf(b, "QueryCompatible: true,\n")
	}
	fmt.Fprintf(b, "ValidationCode: %q,\nErrors: faults,\nShapes: shapes,\n}\n\n", code)
	fmt.Fprintf(b, "// The operations, by name.\nvar (\n")
	for _, op := range p.ops {
		p.writeOp(op, b)
	}
	b.WriteString(")\n")
	return nil
}

func (p *plan) writeOp(name string, b *bytes.Buffer) {
	op := p.Operations[name]
	route := op.HTTP
	if other, ok := paths[p.key+"."+name]; ok {
		route = other
	}
	fmt.Fprintf(b, "%s = wire.NewOp[%sInput, %sOutput](Service, %q, %q, %d", name, name, name, name, route, op.Status)
	for _, e := range op.Errors {
		fmt.Fprintf(b, ", %s", export(e))
	}
	b.WriteString(")\n")
}

// protocolNames lists wire's constants for the protocols of a service.
func protocolNames(s service) ([]string, error) {
	list := s.Protocols
	if len(list) == 0 {
		list = []string{s.Protocol}
	}
	var names []string
	for _, protocol := range list {
		switch {
		case protocol == "rest-json":
			names = append(names, "wire.RestJSON")
		case protocol == "json" && s.JSONVersion == "1.0":
			names = append(names, "wire.JSON10")
		case protocol == "json" && s.JSONVersion == "1.1":
			names = append(names, "wire.JSON11")
		case protocol == "query":
			names = append(names, "wire.Query")
		case protocol == "smithy-rpc-v2-cbor":
			names = append(names, "wire.RPCCBOR")
		default:
			return nil, fmt.Errorf("unknown protocol %q (JSON version %q)", protocol, s.JSONVersion)
		}
	}
	slices.Sort(names)
	return names, nil
}
