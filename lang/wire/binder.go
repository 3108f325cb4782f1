package wire

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"telltale/base/fault"
)

// binder moves values from a Reader into Go values and notes what the model does not allow.
type binder struct {
	path       []string // where the value being read stands: tags 1 member key
	violations []string
	err        error // the message cannot be read
}

func (b *binder) enter(step string) { b.path = append(b.path, step) }
func (b *binder) leave()            { b.path = b.path[:len(b.path)-1] }

// fail notes the first error of the message, with the place it happened at.
func (b *binder) fail(err error, path ...string) {
	if err == nil || b.err != nil {
		return
	}
	if at := strings.Join(append(b.path, path...), "."); at != "" {
		err = fmt.Errorf("%w, at '%s'", err, at)
	}
	b.err = err
}

// structure reads the members of the usual body and marks those that were there.
func (b *binder) structure(r Reader, p *plan, v reflect.Value, seen []bool) {
	r.BeginStruct()
	for {
		name, ok := r.Field()
		if !ok {
			return
		}
		i, known := p.byName[name]
		if !known || p.members[i].Place != Body {
			r.Skip()
			continue
		}
		m := &p.members[i]
		if r.Null() {
			continue
		}
		if seen[i] && m.pointer {
			v.Field(m.index).SetZero() // the last of two members with one name counts, and nothing of the first
		}
		seen[i] = true
		b.enter(m.path)
		b.value(r, m.plan, settable(v, m))
		b.fail(r.Err())
		b.leave()
	}
}

// value reads one value and checks it.
func (b *binder) value(r Reader, p *plan, v reflect.Value) {
	b.read(r, p, v)
	if r.Err() == nil {
		b.check(p, v)
	}
}

// read reads one value. The scalars in a list or map are not checked one by one; the whole speaks for them.
func (b *binder) read(r Reader, p *plan, v reflect.Value) {
	switch p.kind {
	case kindString:
		v.SetString(r.Text())
	case kindBool:
		v.SetBool(r.Bool())
	case kindInt:
		v.SetInt(r.Int(p.bits))
	case kindFloat:
		v.SetFloat(r.Float())
	case kindTime:
		v.Set(reflect.ValueOf(r.Time()))
	case kindBlob:
		v.SetBytes(r.Blob())
	case kindList:
		b.list(r, p, v)
	case kindMap:
		b.mapping(r, p, v)
	case kindStruct:
		var few [24]bool
		seen := few[:]
		if len(p.members) > len(few) {
			seen = make([]bool, len(p.members))
		}
		b.structure(r, p, v, seen)
		b.missing(p, seen)
	}
}

func (b *binder) list(r Reader, p *plan, v reflect.Value) {
	r.BeginList(p.form)
	v.Set(reflect.MakeSlice(p.typ, 0, 0))
	n := 0
	for r.More() {
		n++
		if r.Null() {
			b.violate(v, "Member must not be null")
			continue
		}
		if n > v.Cap() {
			v.Grow(max(4, n))
		}
		v.SetLen(v.Len() + 1)
		item := v.Index(v.Len() - 1)
		item.SetZero()
		if scalar(p.elem) {
			b.read(r, p.elem, item)
			b.fail(r.Err())
			continue
		}
		b.enter(strconv.Itoa(n))
		b.enter("member")
		b.value(r, p.elem, item)
		b.fail(r.Err())
		b.path = b.path[:len(b.path)-2]
	}
	b.elements(p.elem, v, "Member must satisfy constraint: [%s]", v.Len(), v.Index)
}

func (b *binder) mapping(r Reader, p *plan, v reflect.Value) {
	r.BeginMap(p.form)
	v.Set(reflect.MakeMap(p.typ))
	item := reflect.New(p.elem.typ).Elem()
	for {
		key, ok := r.Key()
		if !ok {
			break
		}
		if r.Null() {
			continue
		}
		item.SetZero()
		if scalar(p.elem) {
			b.read(r, p.elem, item)
			b.fail(r.Err())
		} else {
			b.enter(key)
			b.enter("member")
			b.value(r, p.elem, item)
			b.fail(r.Err())
			b.path = b.path[:len(b.path)-2]
		}
		v.SetMapIndex(reflect.ValueOf(key), item)
	}
	if p.key.check == nil && p.elem.check == nil {
		return
	}
	keys := v.MapKeys()
	b.elements(p.key, v, "Map keys must satisfy constraint: [%s]", len(keys), func(i int) reflect.Value { return keys[i] })
	b.elements(p.elem, v, "Map value must satisfy constraint: [%s]", len(keys), func(i int) reflect.Value { return v.MapIndex(keys[i]) })
}

// elements says once for a whole list or map that some of its scalars break a constraint.
func (b *binder) elements(p *plan, whole reflect.Value, phrase string, n int, at func(int) reflect.Value) {
	if p.check == nil || !scalar(p) || b.err != nil {
		return
	}
	for i := range n {
		if len(p.check.failures(p, at(i), nil)) > 0 {
			b.violate(whole, fmt.Sprintf(phrase, p.check.all(p)))
			return
		}
	}
}

// check notes the constraints a value breaks.
func (b *binder) check(p *plan, v reflect.Value) {
	if p.check == nil {
		return
	}
	for _, failure := range p.check.failures(p, v, nil) {
		b.violate(v, failure)
	}
}

// missing notes the required members that were not there.
func (b *binder) missing(p *plan, seen []bool) {
	if b.err != nil {
		return
	}
	for i := range p.members {
		if m := &p.members[i]; m.Required && !seen[i] {
			b.violations = append(b.violations, fmt.Sprintf("Value null at '%s' failed to satisfy constraint: Member must not be null",
				strings.Join(append(b.path, m.path), ".")))
		}
	}
}

func (b *binder) violate(v reflect.Value, failure string) {
	b.violations = append(b.violations, fmt.Sprintf("Value '%s' at '%s' failed to satisfy constraint: %s", valueText(v), strings.Join(b.path, "."), failure))
}

func (b *binder) fault(code string) *fault.Error {
	noun := "errors"
	if len(b.violations) == 1 {
		noun = "error"
	}
	return fault.New("wire.Decode", fault.Invalid, "%d validation %s detected: %s", len(b.violations), noun, strings.Join(b.violations, "; ")).Named(code)
}

func scalar(p *plan) bool { return p.kind < kindList }
