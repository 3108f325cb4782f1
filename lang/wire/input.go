package wire

import (
	"fmt"
	"iter"
	"reflect"
	"strconv"
	"strings"
	"time"

	"telltale/base/fault"
)

// Input is the input of an operation while it is read. A codec gives every member its value, in any order, and asks for the result.
type Input struct {
	op    *Op
	plan  *plan
	value reflect.Value
	seen  []bool
	b     binder
}

// NewInput begins to read an input of op.
func NewInput(op *Op) *Input {
	p := op.Service.plan(op.in)
	return &Input{op: op, plan: p, value: reflect.New(op.in), seen: make([]bool, len(p.members))}
}

// Members are the members of the input that stand outside the usual body: all but those at [Body].
func (in *Input) Members() iter.Seq[*Member] { return outside(in.plan) }

// HasBody reports whether any member stands in the usual body.
func (in *Input) HasBody() bool { return hasBody(in.plan) }

// ReadBody reads the members in the usual body.
func (in *Input) ReadBody(r Reader) {
	in.b.structure(r, in.plan, in.value.Elem(), in.seen)
	in.b.fail(r.Err())
}

// ReadPayload reads the value of one member, which is the whole body.
func (in *Input) ReadPayload(m *Member, r Reader) {
	in.b.enter(m.path)
	in.b.value(r, m.plan, in.field(m))
	in.b.fail(r.Err())
	in.b.leave()
}

// IsBlob reports whether the member holds bytes.
func (in *Input) IsBlob(m *Member) bool { return m.plan.kind == kindBlob }

// SetBlob gives a blob member its bytes.
func (in *Input) SetBlob(m *Member, b []byte) {
	in.field(m).SetBytes(b)
	in.checked(m)
}

// SetText gives a member outside the body its value from the text of a label, parameter or header. Lists take all texts, other kinds
// the first.
func (in *Input) SetText(m *Member, texts ...string) {
	v := in.field(m)
	if m.plan.kind != kindList {
		in.b.fail(setText(m.plan, v, texts[0]), m.path)
	} else {
		for _, text := range texts {
			elem := reflect.New(m.plan.elem.typ).Elem()
			in.b.fail(setText(m.plan.elem, elem, text), m.path)
			v.Set(reflect.Append(v, elem))
		}
	}
	in.checked(m)
}

// Fail notes that the request cannot be read. The first error counts; nil is none.
func (in *Input) Fail(err error) { in.b.fail(err) }

// Done gives a pointer to the input struct, or what is wrong with the request. An input that breaks the model's constraints comes
// with the error, so that the call can be recorded; a message that could not be read gives nothing but the error, which code names.
func (in *Input) Done(code string) (any, error) {
	in.b.missing(in.plan, in.seen)
	switch {
	case in.b.err != nil:
		return nil, fault.New("wire.Decode", fault.Invalid, "%s: %s", in.op.Name, in.b.err).Named(code)
	case len(in.b.violations) > 0:
		return in.value.Interface(), in.b.fault(in.op.Service.ValidationCode)
	}
	return in.value.Interface(), nil
}

func (in *Input) field(m *Member) reflect.Value {
	in.seen[m.index] = true
	return settable(in.value.Elem(), m)
}

func (in *Input) checked(m *Member) {
	in.b.enter(m.path)
	in.b.check(m.plan, settable(in.value.Elem(), m))
	in.b.leave()
}

func settable(structure reflect.Value, m *Member) reflect.Value {
	v := structure.Field(m.index)
	if !m.pointer {
		return v
	}
	if v.IsNil() {
		v.Set(reflect.New(m.plan.typ))
	}
	return v.Elem()
}

// setText reads a scalar from text.
func setText(p *plan, v reflect.Value, text string) error {
	var err error
	switch p.kind {
	case kindString:
		v.SetString(text)
	case kindBool:
		var b bool
		if b, err = ParseBool(text); err == nil {
			v.SetBool(b)
		}
	case kindInt:
		var i int64
		if i, err = ParseInt(text, p.bits); err == nil {
			v.SetInt(i)
		}
	case kindFloat:
		var f float64
		if f, err = ParseFloat(text); err == nil {
			v.SetFloat(f)
		}
	case kindBlob:
		var b []byte
		if b, err = ParseBlob(text); err == nil {
			v.SetBytes(b)
		}
	case kindTime:
		var t time.Time
		if t, err = ParseTime(text); err == nil {
			v.Set(reflect.ValueOf(t))
		}
	default:
		err = fmt.Errorf("the value %q is given as text, but the model wants a structure", text)
	}
	return err
}

// renderText writes a scalar as text, for headers.
func renderText(p *plan, v reflect.Value) string {
	switch p.kind {
	case kindBool:
		return strconv.FormatBool(v.Bool())
	case kindInt:
		return strconv.FormatInt(v.Int(), 10)
	case kindFloat:
		return strconv.FormatFloat(v.Float(), 'g', -1, p.bits)
	case kindBlob:
		return encodeBlob(v.Bytes())
	case kindTime:
		return v.Interface().(time.Time).UTC().Format(httpDate)
	case kindList:
		var parts []string
		for i := range v.Len() {
			parts = append(parts, renderText(p.elem, v.Index(i)))
		}
		return strings.Join(parts, ",")
	}
	return v.String()
}
