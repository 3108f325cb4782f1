// Package broker is the MQTT message broker: connections, subscriptions, delivery, and why anything was refused.
//
// It speaks MQTT 3.1.1 and 5 with the rules and limits of AWS IoT (aws: iot/mqtt), enforces IoT policies on every connect, publish,
// subscribe and receive, and records one fact at each ending.
//
// Each connection has one goroutine, which reads and handles packets. What it sends to other clients it puts into their outboxes and
// writes out itself when it has handled all it had read, without ever waiting for a client's network.
package broker

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/base/message"
	"telltale/service/registry"
	"telltale/store/state"
)

// Needs is what the broker is built on.
type Needs struct {
	Registry *registry.Registry
	Facts    *event.Recorder
	// State keeps sessions and retained messages; nil keeps them in memory.
	State *state.DB
	// TLS serves the listeners with TLS. The broker adds the demand for a client certificate.
	TLS *tls.Config
	// Root is the certificate of our own authority, to tell what it issued; nil: not known.
	Root *x509.Certificate
	// Domains knows other server names than that of the default endpoint; nil: there are none.
	Domains Domains
	// Identity decides about clients that signed their request; Authorizers let in clients that have neither certificate nor signature. nil:
	// nobody comes that way.
	Identity    Identity
	Authorizers Authorizers
	// Anonymous is the scope of clients of the plain listener.
	Anonymous caller.Scope
	Diary     *slog.Logger
}

// Broker moves messages between the clients and services of every account and region.
type Broker struct {
	cfg   Config
	needs Needs

	domains sync.Map // caller.Scope to *domain
	mounts  mounts
	routers sync.Pool // of *router, for publishes that no connection makes
	chunks  sync.Pool // of *chunk, for outboxes that have something to write

	spool  *spool
	agenda *agenda

	mu      sync.Mutex
	live    map[*conn]struct{}
	closing bool // no connection is taken any more
	serving sync.WaitGroup

	doors []*door
	crowd crowd
	web   *web
}

// New returns a broker. Listen opens its doors, Run serves them.
func New(cfg Config, needs Needs) *Broker {
	if needs.Diary == nil {
		needs.Diary = slog.Default()
	}
	if needs.Facts == nil {
		needs.Facts = event.NewRecorder()
	}
	b := &Broker{cfg: cfg, needs: needs, live: make(map[*conn]struct{}), web: newWeb(), agenda: newAgenda(), spool: &spool{diary: needs.Diary, wake: make(chan struct{}, 1)}}
	b.routers.New = func() any { return &router{b: b} }
	b.chunks.New = func() any { return new(chunk) }
	return b
}

// Run serves the listeners until ctx ends, then disconnects every client and returns when all are gone and told of. It returns an
// error only if it can no longer learn which certificates were revoked: then it stops rather than serve them.
func (b *Broker) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if b.cfg.Permissive {
		b.needs.Diary.Warn("PERMISSIVE: the policies of devices are not enforced; entries tell what they would have denied")
	}
	var accepting, watching sync.WaitGroup
	for _, d := range b.doors {
		accepting.Go(d.accept)
	}
	watching.Go(func() { b.agenda.run(ctx) })
	watching.Go(func() { b.spool.run(ctx) })
	var failed error
	watching.Go(func() {
		defer stop()
		if err := b.watchCertificates(ctx); err != nil && ctx.Err() == nil {
			failed = fmt.Errorf("broker: certificate changes are no longer watched: %w", err)
		}
	})
	<-ctx.Done()
	b.closeListeners()
	accepting.Wait()
	b.endAll(serverShutdown)
	b.serving.Wait()
	watching.Wait()
	return failed
}

// start serves a connection in a goroutine of its own, unless the broker is closing.
func (b *Broker) start(c *conn) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closing {
		_ = c.raw.Close()
		return false
	}
	b.live[c] = struct{}{}
	b.crowd.waiting.Add(1)
	b.serving.Go(c.serve)
	return true
}

// endAll ends every connection for one reason, and takes none any more.
func (b *Broker) endAll(e ending) {
	b.mu.Lock()
	b.closing = true
	live := slices.Collect(maps.Keys(b.live))
	b.mu.Unlock()
	for _, c := range live {
		c.end(e)
	}
}

func (b *Broker) forget(c *conn) {
	b.mu.Lock()
	delete(b.live, c)
	b.mu.Unlock()
}

// watchCertificates ends the connections of certificates as soon as they are no longer active.
func (b *Broker) watchCertificates(ctx context.Context) error {
	return b.needs.Registry.WatchCertificates(ctx, func(s caller.Scope, id, status string) {
		if status == registry.CertificateActive {
			return
		}
		for _, c := range b.domain(s).connsOf(id) {
			c.end(certificateLost(status))
		}
	})
}

// Publish sends a message on behalf of a service. It implements message.Publisher. That nobody receives a message is no failure; that it
// cannot be stored for a client is.
func (b *Broker) Publish(_ context.Context, m *message.Message) error {
	r := b.borrow(time.Now())
	err := r.routeMessage(m)
	b.giveBack(r)
	return err
}
