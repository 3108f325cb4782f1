// Package domain keeps domain configurations: under which server names devices reach this installation, with which certificate and TLS
// policy, how they authenticate there, and which custom authorizer judges those that name none.
//
// A configuration belongs to an account and region; a server name to one configuration in all of them, because a handshake knows nothing
// but the name. (aws: iot/iot-custom-endpoints-configurable)
package domain

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/service/registry"
	"telltale/store/state"
)

// Authorizers knows the custom authorizers.
type Authorizers interface {
	Exists(tx *state.Tx, s caller.Scope, name string) (bool, error)
}

// Certificates are those that servers show.
type Certificates interface {
	// Known finds one that the operator configured, by its ARN.
	Known(arn string) (*tls.Certificate, bool)
	// For makes one for a name, or finds the one made before.
	For(name string) (*tls.Certificate, error)
}

// Config is what the operator decides.
type Config struct {
	// Host is the name of the default endpoint.
	Host string
}

// Needs is what the service is built on.
type Needs struct {
	State        *state.DB
	Registry     *registry.Registry // keeps the tags
	Authorizers  Authorizers
	Certificates Certificates
	Diary        *slog.Logger // nil: slog.Default()
}

// Domains is the service. Its methods may be called by any number of goroutines.
type Domains struct {
	cfg   Config
	needs Needs

	reloading sync.Mutex
	names     atomic.Pointer[names]
}

// New returns the service over a database, which it makes know its tables.
func New(ctx context.Context, cfg Config, needs Needs) (*Domains, error) {
	if needs.State == nil || needs.Registry == nil || needs.Authorizers == nil || needs.Certificates == nil {
		return nil, fmt.Errorf("domain: Needs.State, Needs.Registry, Needs.Authorizers or Needs.Certificates is missing")
	}
	if needs.Diary == nil {
		needs.Diary = slog.Default()
	}
	if err := needs.State.Use(ctx, Tables()...); err != nil {
		return nil, fmt.Errorf("domain: %w", err)
	}
	needs.Registry.LetTag(kind, tagged)
	d := &Domains{cfg: cfg, needs: needs}
	if err := d.reload(ctx); err != nil {
		return nil, fmt.Errorf("domain: %w", err)
	}
	return d, nil
}

// Tables are the tables the service keeps.
func Tables() []state.Schema { return []state.Schema{&stored} }

// kind is the word for domain configurations in ARNs.
const kind = "domainconfiguration"

// tagged reports whether there is a configuration to have tags: what follows the kind in its ARN is name and id.
func tagged(tx *state.Tx, s caller.Scope, resource string) (bool, error) {
	name, _, _ := strings.Cut(resource, "/")
	r, err := stored.Get(tx, at(s, name))
	if errors.Is(err, state.ErrNotFound) {
		return false, nil
	}
	return err == nil && kind+"/"+resource == r.resource(), err
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
func blame(op string, err error) error { return fault.In("domain."+op, err) }
