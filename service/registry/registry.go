// Package registry keeps the things, types, groups, certificates and policies of every account and region, and answers what a
// connection stands for: its certificate, its thing, the policies that apply, the groups that decide about its log levels.
//
// Its operations are those of the AWS IoT control plane and take the generated shapes; the gateway has checked names, lengths and
// required members against the model before they are called. Everything belongs to the account and region of the caller.
//
// aws: iot/thing-registry, iot/iot-policies, iot/x509-client-certs
package registry

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/policy"
	"telltale/service/registry/authority"
	"telltale/store/state"
)

// Config is what the operator decides.
type Config struct {
	// Endpoint tells the host:port at which devices reach MQTT with TLS. DescribeEndpoint hands it out, so the server's certificate
	// must name its host. It is asked each time, as a port may be known only once it is open. nil is localhost:8883.
	Endpoint func() string
	// CredentialEndpoint does so for the credentials provider. nil, or "" from it, is none.
	CredentialEndpoint func() string
}

// Needs is what the registry is built on.
type Needs struct {
	State     *state.DB
	Authority *authority.Authority
	Diary     *slog.Logger
}

// Registry answers for all accounts and regions. Its methods may be called by any number of goroutines.
type Registry struct {
	cfg   Config
	needs Needs

	generation   atomic.Uint64
	certificates cache[string, *Certificate]
	lines        cache[thingKey, [][]string]
	policies     cache[connectionKey, []policy.Policy]
	documents    documents

	foreign map[string]Taggable // kinds of resources that others keep, set before the first call
}

// thingKey names a thing among those of all accounts.
type thingKey struct {
	scope caller.Scope
	thing string
}

// connectionKey is what decides which policies apply to a connection.
type connectionKey struct {
	scope              caller.Scope
	certificate, thing string
}

// New returns a registry over a database, which it makes know its tables.
func New(ctx context.Context, cfg Config, needs Needs) (*Registry, error) {
	if cfg.Endpoint == nil {
		cfg.Endpoint = func() string { return "localhost:8883" }
	}
	if cfg.CredentialEndpoint == nil {
		cfg.CredentialEndpoint = func() string { return "" }
	}
	if needs.Diary == nil {
		needs.Diary = slog.Default()
	}
	if err := needs.State.Use(ctx, Tables()...); err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	return &Registry{cfg: cfg, needs: needs}, nil
}

// Tables are the tables the registry keeps.
func Tables() []state.Schema {
	return []state.Schema{
		&things, &thingTypes, &groups, &members, &attachments, &certificates, &policies, &grants, &tagged, &billingGroups,
	}
}

// update runs the change an operation makes and raises the generation. An error that is no fault is wrapped as one of the operation.
func (r *Registry) update(ctx context.Context, op string, f func(tx *state.Tx, s caller.Scope) error) error {
	err := r.needs.State.Update(ctx, func(tx *state.Tx) error { return f(tx, caller.From(ctx).Scope) })
	if _, refused := errors.AsType[*fault.Error](err); !refused {
		r.generation.Add(1) // also when the outcome is unknown
	}
	return blame(op, err)
}

// view runs the reading of an operation on one unchanging state of the database.
func (r *Registry) view(ctx context.Context, op string, f func(tx *state.Tx, s caller.Scope) error) error {
	return blame(op, r.needs.State.View(ctx, func(tx *state.Tx) error { return f(tx, caller.From(ctx).Scope) }))
}

// outcome is what an operation returns: its output, or the error alone.
func outcome[O any](out *O, err error) (*O, error) {
	if err != nil {
		return nil, err
	}
	return out, nil
}

// at is the key of what belongs to a scope.
func at(s caller.Scope, parts ...any) state.Key { return state.K(s.Account, s.Region).With(parts...) }

// newID returns a random UUID: the ids AWS gives to things, types and groups.
func newID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// now is the present moment as stored: shapes carry milliseconds.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }
