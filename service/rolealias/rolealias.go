// Package rolealias lets devices act as IAM roles: it keeps role aliases, and gives the holder of a client certificate temporary
// credentials of the role behind an alias, if the policies of the certificate and the trust of the role allow it.
//
// (aws: iot/authorizing-direct-aws)
package rolealias

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/lang/shape/sts"
	"telltale/service/registry"
	"telltale/store/state"
)

// Session is a session of a role that is asked for on behalf of a device.
type Session struct {
	RoleARN string
	Service string // the principal that assumes the role
	Source  string // ARN of the role alias
	Name    string // of the session
	Seconds int32
	Keys    map[string]string // what policies of the role may ask, by names in lower case
}

// Roles gives credentials of roles. Its fault is NotFound if there is no such role, Denied if its trust policy keeps the service out,
// Invalid if its sessions may not last so long.
type Roles interface {
	Credentials(ctx context.Context, s Session) (*sts.Credentials, error)
}

// Needs is what the service is built on.
type Needs struct {
	State    *state.DB
	Registry *registry.Registry
	Roles    Roles
	Facts    *event.Recorder // nil: nothing is recorded
	Diary    *slog.Logger    // nil: slog.Default()
}

// Aliases is the service. Its methods may be called by any number of goroutines.
type Aliases struct{ needs Needs }

// New returns the service over a database, which it makes know its tables.
func New(ctx context.Context, needs Needs) (*Aliases, error) {
	if needs.State == nil || needs.Registry == nil || needs.Roles == nil {
		return nil, fmt.Errorf("rolealias: Needs.State, Needs.Registry or Needs.Roles is missing")
	}
	if needs.Facts == nil {
		needs.Facts = event.NewRecorder()
	}
	if needs.Diary == nil {
		needs.Diary = slog.Default()
	}
	if err := needs.State.Use(ctx, Tables()...); err != nil {
		return nil, fmt.Errorf("rolealias: %w", err)
	}
	needs.Registry.LetTag(kind, func(tx *state.Tx, s caller.Scope, name string) (bool, error) { return aliases.Has(tx, at(s, name)) })
	return &Aliases{needs}, nil
}

// Tables are the tables the service keeps.
func Tables() []state.Schema { return []state.Schema{&aliases} }

// kind is the word for role aliases in ARNs.
const kind = "rolealias"

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
func blame(op string, err error) error { return fault.In("rolealias."+op, err) }
