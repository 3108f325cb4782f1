package wire

import (
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"
)

// maxValueText bounds the values quoted in validation messages, in bytes.
const maxValueText = 1024

// valueText writes a value the way validation messages quote it: [a, b] for lists, {k=v} for maps, Tag(key=k) for structures.
func valueText(v reflect.Value) string {
	var b strings.Builder
	appendValueText(&b, v)
	if b.Len() <= maxValueText {
		return b.String()
	}
	cut := b.String()[:maxValueText]
	for !utf8.ValidString(cut) && len(cut) > maxValueText-utf8.UTFMax {
		cut = cut[:len(cut)-1]
	}
	return cut + "..."
}

func appendValueText(b *strings.Builder, v reflect.Value) {
	if b.Len() > maxValueText {
		return
	}
	switch {
	case v.Kind() == reflect.Pointer:
		if !v.IsNil() {
			appendValueText(b, v.Elem())
		}
	case v.Type() == blobType:
		fmt.Fprintf(b, "java.nio.HeapByteBuffer[pos=0 lim=%d cap=%d]", v.Len(), v.Len())
	case v.Kind() == reflect.Slice:
		b.WriteByte('[')
		for i := range v.Len() {
			if i > 0 {
				b.WriteString(", ")
			}
			appendValueText(b, v.Index(i))
		}
		b.WriteByte(']')
	case v.Kind() == reflect.Map:
		appendMapText(b, v)
	case v.Kind() == reflect.Struct && v.Type() != timeType:
		appendStructText(b, v)
	default:
		fmt.Fprint(b, v.Interface())
	}
}

func appendMapText(b *strings.Builder, v reflect.Value) {
	b.WriteByte('{')
	for i, key := range sortedKeys(v) {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(key.String() + "=")
		appendValueText(b, v.MapIndex(key))
	}
	b.WriteByte('}')
}

func appendStructText(b *strings.Builder, v reflect.Value) {
	b.WriteString(v.Type().Name() + "(")
	written := 0
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			continue
		}
		if written++; written > 1 {
			b.WriteString(", ")
		}
		m, _ := parseTag(v.Type().Field(i))
		b.WriteString(m.path + "=")
		appendValueText(b, v.Field(i))
	}
	b.WriteByte(')')
}
