package main

import (
	"strings"
	"unicode"
)

// export gives the Go name of a member or shape: the model's name with an upper-case first letter. Nothing else is changed, so
// thingArn is ThingArn and certificateId is CertificateId: who knows the API documentation knows the field.
func export(name string) string {
	name = strings.TrimLeft(name, "_")
	return strings.ToUpper(name[:1]) + name[1:]
}

// enumName gives the Go name of a string value: the shape's name followed by the value in camel case, IN_PROGRESS → InProgress.
func enumName(shape, value string) string {
	words := strings.FieldsFunc(value, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	var b strings.Builder
	b.WriteString(export(shape))
	for _, w := range words {
		if strings.ToUpper(w) == w {
			w = strings.ToLower(w)
		}
		b.WriteString(strings.ToUpper(w[:1]) + w[1:])
	}
	return b.String()
}
