// Package fault is the one kind of error that crosses package borders: a kind for code, a text for the customer, a cause for
// the operator's diary.
//
// A service returns a fault; the gateway turns it into the error the AWS model names for the operation that was called.
package fault

import (
	"context"
	"errors"
	"fmt"
)

// Kind says what sort of thing went wrong, in few enough words that callers can decide by it.
type Kind uint8

// The kinds of fault. The zero Kind is Internal, so that a forgotten kind is never mistaken for the caller's mistake.
const (
	Internal      Kind = iota // a bug or a broken machine
	Invalid                   // the request is malformed or breaks a documented rule
	NotFound                  // the thing named does not exist
	Exists                    // the thing to be made exists already
	Conflict                  // the request contradicts the present state
	Denied                    // the caller may not do this
	Throttled                 // too many requests
	Limit                     // a quota would be exceeded
	Unavailable               // not now; a retry may succeed
	Unimplemented             // this program does not offer it
)

var kindNames = [...]string{"internal", "invalid", "not found", "exists", "conflict", "denied", "throttled", "limit", "unavailable", "unimplemented"}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Error is a fault. Op is where it arose ("registry.CreateThing"); Text is for the customer; Err, if any, is for the diary only.
type Error struct {
	Op      string
	Kind    Kind
	Code    string // modelled error name, if the kind alone does not tell it
	Text    string
	Members map[string]any // further members of the modelled error, e.g. resourceArn
	Err     error
}

// New makes a fault with a text for the customer.
func New(op string, kind Kind, format string, args ...any) *Error {
	return &Error{Op: op, Kind: kind, Text: fmt.Sprintf(format, args...)}
}

// Wrap makes a fault of a foreign error. The customer sees only that something of this kind happened; the cause goes to the diary.
// A nil err gives nil, and a fault that already has a kind keeps it.
func Wrap(op string, kind Kind, err error) error {
	if err == nil {
		return nil
	}
	if inner, ok := errors.AsType[*Error](err); ok {
		return &Error{Op: op, Kind: inner.Kind, Code: inner.Code, Text: inner.Text, Members: inner.Members, Err: err}
	}
	return &Error{Op: op, Kind: kind, Err: err}
}

// In says in which operation an error arose: a fault that names none gets its name, a foreign error becomes a fault. A nil err gives nil.
func In(op string, err error) error {
	f, ok := errors.AsType[*Error](err)
	switch {
	case !ok:
		return Wrap(op, KindOf(err), err)
	case f.Op == "":
		f.Op = op
	}
	return f
}

// Named sets the modelled error this fault is answered with, and returns e.
func (e *Error) Named(code string) *Error {
	e.Code = code
	return e
}

// With sets a further member of the modelled error, and returns e.
func (e *Error) With(member string, value any) *Error {
	if e.Members == nil {
		e.Members = make(map[string]any, 2)
	}
	e.Members[member] = value
	return e
}

// Message is the text for the customer: never the wrapped cause.
func (e *Error) Message() string {
	if e.Text != "" {
		return e.Text
	}
	if e.Kind == Internal {
		return "An internal error has occurred."
	}
	return "The request failed: " + e.Kind.String() + "."
}

// Error is the text for the diary: operation, message and cause.
func (e *Error) Error() string {
	s := e.Message()
	if e.Op != "" {
		s = e.Op + ": " + s
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// KindOf tells the kind of any error: Unavailable for a context that ended, Internal for what is not a fault.
func KindOf(err error) Kind {
	if f, ok := errors.AsType[*Error](err); ok {
		return f.Kind
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return Unavailable
	}
	return Internal
}

// Is reports whether err is a fault of the given kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }

// TextOf is what to tell of an error whose cause is the customer's affair as well: of a fault its message, of any other error its text.
func TextOf(err error) string {
	if f, ok := errors.AsType[*Error](err); ok {
		return f.Message()
	}
	return err.Error()
}
