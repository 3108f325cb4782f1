package wire

import (
	"fmt"
	"reflect"
	"time"
)

type kind uint8

const (
	kindString kind = iota
	kindBool
	kindInt
	kindFloat
	kindTime
	kindBlob
	kindList
	kindMap
	kindStruct
)

// plan is what reflection and the schema say about a Go type, worked out once.
type plan struct {
	kind  kind
	typ   reflect.Type
	bits  int    // of numbers
	check *check // nil: all values are allowed
	form  Form   // of lists and maps
	iso   bool   // timestamps in bodies are ISO 8601
	key   *plan  // of maps
	elem  *plan  // of lists and maps

	members []Member // of structures
	byName  map[string]int
	first   int // index of the payload member, or -1
}

var (
	timeType = reflect.TypeFor[time.Time]()
	blobType = reflect.TypeFor[[]byte]()
)

// plan gives the plan of a structure. Plans are made when first needed and kept with the service.
func (s *Service) plan(t reflect.Type) *plan {
	if p, ok := s.plans.Load(t); ok {
		return p.(*plan)
	}
	pl := planner{service: s, structs: make(map[reflect.Type]*plan), checks: make(map[string]*check)}
	root := pl.structure(t)
	s.plans.LoadOrStore(t, root)
	return root
}

// planner makes the plans of one input or output. Structures may contain themselves, so a plan is known before it is complete; no
// other goroutine sees it until the whole is.
type planner struct {
	service *Service
	structs map[reflect.Type]*plan
	checks  map[string]*check
}

func (pl *planner) structure(t reflect.Type) *plan {
	if p, ok := pl.structs[t]; ok {
		return p
	}
	p := &plan{kind: kindStruct, typ: t, first: -1, byName: make(map[string]int, t.NumField())}
	pl.structs[t] = p
	if isNothing(t) {
		return p
	}
	for i := range t.NumField() {
		f := t.Field(i)
		m, flat := parseTag(f)
		m.index = i
		ft := f.Type
		if ft.Kind() == reflect.Pointer {
			m.pointer, ft = true, ft.Elem()
		}
		m.plan = pl.value(ft, f.Tag.Get("is"))
		if flat {
			m.plan.form.Flat = true
		}
		if m.Place == Payload {
			p.first = i
		}
		p.byName[m.Name] = i
		p.members = append(p.members, m)
	}
	return p
}

func (pl *planner) value(t reflect.Type, shape string) *plan {
	facts := pl.service.Shapes[shape]
	p := &plan{typ: t, check: pl.check(shape, facts)}
	p.form = Form{Flat: facts.Flat, KeyName: facts.KeyName, ElemName: facts.ElemName}
	p.iso = facts.Time == "iso8601"
	switch {
	case t == timeType:
		p.kind = kindTime
	case t == blobType:
		p.kind = kindBlob
	case t.Kind() == reflect.String:
		p.kind = kindString
	case t.Kind() == reflect.Bool:
		p.kind = kindBool
	case t.Kind() == reflect.Int32 || t.Kind() == reflect.Int64:
		p.kind, p.bits = kindInt, t.Bits()
	case t.Kind() == reflect.Float32 || t.Kind() == reflect.Float64:
		p.kind, p.bits = kindFloat, t.Bits()
	case t.Kind() == reflect.Slice:
		p.kind, p.elem = kindList, pl.value(t.Elem(), facts.Elem)
	case t.Kind() == reflect.Map:
		p.kind, p.elem, p.key = kindMap, pl.value(t.Elem(), facts.Elem), pl.value(t.Key(), facts.Key)
	case t.Kind() == reflect.Struct:
		return pl.structure(t)
	default:
		panic(fmt.Sprintf("wire: no plan for type %s: apigen and wire disagree", t))
	}
	return p
}

func (pl *planner) check(name string, s Shape) *check {
	if s.Range == "" && s.Pattern == "" && len(s.Enum) == 0 {
		return nil
	}
	c, ok := pl.checks[name]
	if !ok {
		c = newCheck(s)
		pl.checks[name] = c
	}
	return c
}
