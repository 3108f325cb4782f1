package wire

import (
	"iter"
	"reflect"
	"slices"
	"strings"
	"time"

	"telltale/base/fault"
)

// Output is the output of an operation while it is written.
type Output struct {
	plan  *plan
	value reflect.Value
}

// NewOutput prepares out, a pointer to the output struct of op, for writing.
func NewOutput(op *Op, out any) Output {
	return Output{plan: op.Service.plan(op.out), value: reflect.ValueOf(out).Elem()}
}

// Members are the members of the output that stand outside the usual body: all but those at [Body].
func (o Output) Members() iter.Seq[*Member] { return outside(o.plan) }

// HasStream reports whether the output is an event stream, which the codecs cannot write.
func (o Output) HasStream() bool {
	return slices.ContainsFunc(o.plan.members, func(m Member) bool { return m.Stream })
}

// NoStream is the error of an operation whose output is an event stream.
func NoStream(op *Op) error {
	return fault.New("wire.Encode", fault.Unimplemented, "its output is an event stream, which is not offered")
}

// WriteBody writes the members in the usual body, as one structure.
func (o Output) WriteBody(w Writer) { writeStruct(w, o.plan, o.value) }

// WritePayload writes the value of one member. An absent structure is written as an empty one.
func (o Output) WritePayload(m *Member, w Writer) {
	v := o.value.Field(m.index)
	if m.pointer && v.IsNil() {
		v = reflect.New(m.plan.typ)
	}
	if m.pointer {
		v = v.Elem()
	}
	writeValue(w, m.plan, v)
}

// Blob gives the bytes of a blob or string member; ok is false if the member is something else.
func (o Output) Blob(m *Member) (b []byte, ok bool) {
	switch m.plan.kind {
	case kindBlob:
		return o.value.Field(m.index).Bytes(), true
	case kindString:
		return []byte(o.value.Field(m.index).String()), true
	}
	return nil, false
}

// Text gives the value of a scalar member outside the body; ok is false if it is absent.
func (o Output) Text(m *Member) (text string, ok bool) {
	v, ok := present(m, o.value)
	if !ok {
		return "", false
	}
	return renderText(m.plan, v), true
}

// Int gives the value of an integer member, or ok false if it is absent or no integer.
func (o Output) Int(m *Member) (i int, ok bool) {
	v, ok := present(m, o.value)
	if !ok || m.plan.kind != kindInt {
		return 0, false
	}
	return int(v.Int()), true
}

func outside(p *plan) iter.Seq[*Member] {
	return func(yield func(*Member) bool) {
		for i := range p.members {
			if p.members[i].Place != Body && !yield(&p.members[i]) {
				return
			}
		}
	}
}

func hasBody(p *plan) bool {
	return slices.ContainsFunc(p.members, func(m Member) bool { return m.Place == Body })
}

// present gives the value of a member, or false if it is left out: a nil pointer, list or map, an empty string or a zero time.
// A required string, list or map is never left out.
func present(m *Member, structure reflect.Value) (reflect.Value, bool) {
	v := structure.Field(m.index)
	if m.pointer {
		if v.IsNil() {
			return v, false
		}
		return v.Elem(), true
	}
	switch m.plan.kind {
	case kindTime:
		return v, !v.Interface().(time.Time).IsZero()
	case kindString:
		return v, m.Required || v.Len() > 0
	case kindBlob, kindList, kindMap:
		return v, m.Required || !v.IsNil()
	}
	return v, true
}

func writeStruct(w Writer, p *plan, v reflect.Value) {
	w.BeginStruct()
	for i := range p.members {
		m := &p.members[i]
		if m.Place != Body || m.Stream {
			continue
		}
		if field, ok := present(m, v); ok {
			w.Field(m.Name)
			writeValue(w, m.plan, field)
		}
	}
	w.EndStruct()
}

func writeValue(w Writer, p *plan, v reflect.Value) {
	switch p.kind {
	case kindString:
		w.Text(v.String())
	case kindBool:
		w.Bool(v.Bool())
	case kindInt:
		w.Int(v.Int())
	case kindFloat:
		w.Float(v.Float(), p.bits)
	case kindTime:
		w.Time(v.Interface().(time.Time), p.iso)
	case kindBlob:
		w.Blob(v.Bytes())
	case kindList:
		w.BeginList(v.Len(), p.form)
		for i := range v.Len() {
			writeValue(w, p.elem, v.Index(i))
		}
		w.EndList()
	case kindMap:
		w.BeginMap(v.Len(), p.form)
		for _, key := range sortedKeys(v) {
			w.Key(key.String())
			writeValue(w, p.elem, v.MapIndex(key))
		}
		w.EndMap()
	case kindStruct:
		writeStruct(w, p, v)
	}
}

func sortedKeys(m reflect.Value) []reflect.Value {
	keys := m.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	return keys
}
