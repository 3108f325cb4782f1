package wire

import (
	"fmt"
	"maps"
	"slices"
)

// WriteAny writes a value that no plan describes: the member of an error.
func WriteAny(w Writer, v any) {
	switch v := v.(type) {
	case string:
		w.Text(v)
	case bool:
		w.Bool(v)
	case int:
		w.Int(int64(v))
	case int32:
		w.Int(int64(v))
	case int64:
		w.Int(v)
	case float64:
		w.Float(v, 64)
	case []byte:
		w.Blob(v)
	case []string:
		w.BeginList(len(v), Form{})
		for _, item := range v {
			w.Text(item)
		}
		w.EndList()
	case []any:
		w.BeginList(len(v), Form{})
		for _, item := range v {
			WriteAny(w, item)
		}
		w.EndList()
	case map[string]any:
		w.BeginStruct()
		for _, key := range slices.Sorted(maps.Keys(v)) {
			w.Field(key)
			WriteAny(w, v[key])
		}
		w.EndStruct()
	default:
		w.Text(fmt.Sprint(v))
	}
}

// WriteMembers writes the message and the other members of an error, by name, into a structure that is open.
func (e *Error) WriteMembers(w Writer) {
	w.Field(e.MessageKey)
	w.Text(e.Message)
	for _, key := range slices.Sorted(maps.Keys(e.Members)) {
		w.Field(key)
		WriteAny(w, e.Members[key])
	}
}
