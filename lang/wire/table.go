package wire

import (
	"context"
	"fmt"
	"slices"
)

// Handler runs an operation on a decoded input.
type Handler func(ctx context.Context, in any) (any, error)

// Refuser is told of a call that never reaches its operation's Handler, and returns the error to answer with.
type Refuser func(ctx context.Context, in any, why error) error

// Table holds all operations of some services. Every one of them can be routed; those with a handler can be called.
// It is filled while the program is put together and only read afterwards.
type Table struct {
	services []*Service
	handlers map[*Op]Handler
	refusals map[*Op]Refuser
	open     map[*Op]bool
	codecs   map[Protocol]Codec
	routes   map[*Service]*routes
}

// NewTable makes a table of the operations of the given services, none of them handled yet.
func NewTable(services ...*Service) *Table {
	t := &Table{
		services: services,
		handlers: make(map[*Op]Handler),
		refusals: make(map[*Op]Refuser),
		open:     make(map[*Op]bool),
		codecs:   make(map[Protocol]Codec),
		routes:   make(map[*Service]*routes),
	}
	for _, s := range services {
		if s.Speaks(RestJSON) {
			t.routes[s] = newRoutes(s)
		}
	}
	return t
}

// Use teaches the table the codecs of some protocols and returns it. A request in a protocol without codec is not routed.
func (t *Table) Use(codecs ...Codec) *Table {
	for _, c := range codecs {
		t.codecs[c.Protocol()] = c
	}
	return t
}

// Handle says which function answers an operation. It panics if the operation's service is not in the table or the operation has a
// handler already: both are mistakes in the program, found when it starts.
func Handle[I, O any](t *Table, op TypedOp[I, O], f func(context.Context, *I) (*O, error)) {
	t.handle(op.Op, func(ctx context.Context, in any) (any, error) {
		out, err := f(ctx, in.(*I))
		if err != nil {
			return nil, err
		}
		if out == nil {
			out = new(O)
		}
		return out, nil
	})
}

// HandleRefusals says which function is told of the calls of an operation that are refused before its handler is asked: the caller may
// not make them, or the input breaks the model. The function returns the error to answer with.
func HandleRefusals[I, O any](t *Table, op TypedOp[I, O], f func(ctx context.Context, in *I, why error) error) {
	t.refusals[op.Op] = func(ctx context.Context, in any, why error) error { return f(ctx, in.(*I), why) }
}

// HandleOpen is Handle for an operation whose input alone, such as a secret token, says that the caller may do this: it may be called
// without a signature.
func HandleOpen[I, O any](t *Table, op TypedOp[I, O], f func(context.Context, *I) (*O, error)) {
	Handle(t, op, f)
	t.open[op.Op] = true
}

func (t *Table) handle(op *Op, h Handler) {
	if !slices.Contains(t.services, op.Service) {
		panic(fmt.Sprintf("wire: %s handled, but its service is not in the table", op))
	}
	if t.handlers[op] != nil {
		panic(fmt.Sprintf("wire: %s handled twice", op))
	}
	t.handlers[op] = h
}

// Services lists the services of the table in the order given.
func (t *Table) Services() []*Service { return slices.Clone(t.services) }

// Covered says whether an operation of the table has a handler.
type Covered struct {
	Op      *Op
	Handled bool
}

// Coverage lists all operations, by service in table order and then by name.
func (t *Table) Coverage() []Covered {
	var list []Covered
	for _, s := range t.services {
		for _, op := range s.Ops {
			list = append(list, Covered{op, t.handlers[op] != nil})
		}
	}
	return list
}
