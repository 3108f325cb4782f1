package wire

import (
	"reflect"
	"slices"
	"strings"
)

// Op is one operation of a service.
type Op struct {
	Service *Service
	Name    string
	Method  string   // HTTP method; POST where the protocol has no routes
	Path    string   // route with {labels} and {greedy+} labels; "/" where the protocol has no routes
	Status  int      // HTTP status of success
	Errors  []string // names of the error shapes the operation declares

	in, out reflect.Type
}

// TypedOp is an operation that knows the types of its input and output.
type TypedOp[I, O any] struct{ *Op }

// NewOp describes an operation and adds it to its service. It is called by generated package variables only. The generic part is
// thin on purpose: the linker keeps one copy of it for every pair of types.
func NewOp[I, O any](s *Service, name, httpMethodAndPath string, status int, errs ...string) TypedOp[I, O] {
	return TypedOp[I, O]{newOp(s, name, httpMethodAndPath, status, errs, reflect.TypeFor[I](), reflect.TypeFor[O]())}
}

func newOp(s *Service, name, httpMethodAndPath string, status int, errs []string, in, out reflect.Type) *Op {
	op := &Op{Service: s, Name: name, Method: "POST", Path: "/", Status: status, Errors: errs, in: in, out: out}
	if httpMethodAndPath != "" {
		op.Method, op.Path, _ = strings.Cut(httpMethodAndPath, " ")
	}
	if op.Status == 0 {
		op.Status = 200
	}
	at, _ := slices.BinarySearchFunc(s.Ops, op, func(a, b *Op) int { return strings.Compare(a.Name, b.Name) })
	s.Ops = slices.Insert(s.Ops, at, op)
	return op
}

// HasOutput reports whether the model has an output for the operation. Query replies of those that have one carry a result element
// even when it is empty.
func (op *Op) HasOutput() bool { return !isNothing(op.out) }

// NewInput returns a pointer to an empty input.
func (op *Op) NewInput() any { return reflect.New(op.in).Interface() }

// NewOutput returns a pointer to an empty output.
func (op *Op) NewOutput() any { return reflect.New(op.out).Interface() }

// String is the name in the form logs and messages use: iot.CreateThing.
func (op *Op) String() string { return op.Service.Name + "." + op.Name }

func isNothing(t reflect.Type) bool { return t.NumField() == 1 && t.Field(0).Type == nothingType }
