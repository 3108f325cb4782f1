// Package authorizer decides by functions of the customer who may connect: custom authorizers. It keeps the authorizers, verifies the
// signatures of tokens, calls the function of an authorizer with what a client presented, and checks what the function answers.
//
// A function is one that the operator configured under a name; whatever its ARN says, it is an URL or a local program.
//
// Everything belongs to the account and region of the caller or the client. (aws: iot/custom-authentication)
package authorizer

import (
	"context"
	"fmt"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/service/registry"
	"telltale/store/state"
)

// Functions are the functions that authorizers can name.
type Functions interface {
	// Knows reports whether a function, given as a name or an ARN, can be called.
	Knows(function string) bool
	// Invoke calls a function with a JSON event and returns its JSON answer.
	Invoke(ctx context.Context, function string, event []byte) ([]byte, error)
}

// Needs is what the service is built on.
type Needs struct {
	State     *state.DB
	Registry  *registry.Registry // keeps the tags
	Functions Functions
}

// Authorizers is the service. Its methods may be called by any number of goroutines.
type Authorizers struct {
	needs   Needs
	answers answers
}

// New returns the service over a database, which it makes know its tables.
func New(ctx context.Context, needs Needs) (*Authorizers, error) {
	if needs.State == nil || needs.Registry == nil || needs.Functions == nil {
		return nil, fmt.Errorf("authorizer: Needs.State, Needs.Registry or Needs.Functions is missing")
	}
	if err := needs.State.Use(ctx, Tables()...); err != nil {
		return nil, fmt.Errorf("authorizer: %w", err)
	}
	needs.Registry.LetTag(kind, func(tx *state.Tx, s caller.Scope, name string) (bool, error) { return stored.Has(tx, at(s, name)) })
	return &Authorizers{needs: needs}, nil
}

// Tables are the tables the service keeps.
func Tables() []state.Schema { return []state.Schema{&stored, &defaults} }

// kind is the word for authorizers in ARNs.
const kind = "authorizer"

// Exists reports whether there is an authorizer of the name.
func (a *Authorizers) Exists(tx *state.Tx, s caller.Scope, name string) (bool, error) {
	return stored.Has(tx, at(s, name))
}

// at is the key of what belongs to a scope.
func at(s caller.Scope, parts ...any) state.Key { return state.K(s.Account, s.Region).With(parts...) }

// now is the present moment as stored: shapes carry milliseconds.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// refuse makes a fault; blame adds the operation.
func refuse(kind fault.Kind, format string, args ...any) *fault.Error {
	return fault.New("", kind, format, args...)
}

// invalid refuses an input.
func invalid(format string, args ...any) *fault.Error {
	return refuse(fault.Invalid, format, args...).Named(iot.InvalidRequestException)
}

// blame says in which operation an error arose.
func blame(op string, err error) error { return fault.In("authorizer."+op, err) }
