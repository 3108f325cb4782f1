package mqtt

import (
	"fmt"
	"reflect"
	"strings"
)

// dump prints a packet's fields that are not zero: Publish{Topic:"a/b" QoS:1 ID:10}.
func dump(p Packet) string { return dumpValue(reflect.ValueOf(p)) }

func dumpValue(v reflect.Value) string {
	switch {
	case v.Kind() == reflect.Pointer:
		return dumpValue(v.Elem())
	case v.Type() == reflect.TypeFor[[]byte]():
		return fmt.Sprintf("%q", v.Bytes())
	case v.Kind() == reflect.Slice:
		var items []string
		for i := range v.Len() {
			items = append(items, dumpValue(v.Index(i)))
		}
		return "[" + strings.Join(items, " ") + "]"
	case v.Type() == reflect.TypeFor[UserProperty]():
		return dumpValue(v.Field(0)) + "=" + dumpValue(v.Field(1))
	case v.Kind() == reflect.Struct && strings.HasPrefix(v.Type().Name(), "Opt["):
		return fmt.Sprint(v.FieldByName("Value"))
	case v.Kind() == reflect.Struct:
		return v.Type().Name() + "{" + strings.Join(dumpFields(v), " ") + "}"
	case v.Type() == reflect.TypeFor[ReasonCode]():
		return fmt.Sprintf("0x%02x", v.Uint())
	}
	return fmt.Sprint(v)
}

func dumpFields(v reflect.Value) (fields []string) {
	for i := range v.NumField() {
		if f := v.Field(i); !f.IsZero() {
			fields = append(fields, v.Type().Field(i).Name+":"+dumpValue(f))
		}
	}
	return fields
}
