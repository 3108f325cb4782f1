// Package broker is the MQTT message broker: connections, subscriptions, delivery, and why anything was refused.
//
// It speaks MQTT 3.1.1 and 5 with the rules and limits of AWS IoT (aws: iot/mqtt), enforces IoT policies on every connect, publish,
// subscribe and receive, and records one fact at each ending.
package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/base/message"
	"telltale/service/registry"
)

// Needs is what the broker is built on.
type Needs struct {
	Registry *registry.Registry
	Facts    *event.Recorder
	// TLS serves the MQTTS listener. The broker adds the demand for a client certificate.
	TLS *tls.Config
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
	conns   sync.WaitGroup
	live    sync.Map // *conn to struct{}
	closing atomic.Bool
	routers sync.Pool // of *router, for publishes that no connection makes

	mqtts, mqtt net.Listener
}

// New returns a broker. Listen opens its doors, Run serves them.
func New(cfg Config, needs Needs) *Broker {
	if needs.Diary == nil {
		needs.Diary = slog.Default()
	}
	b := &Broker{cfg: cfg, needs: needs}
	b.routers.New = func() any { return &router{b: b} }
	return b
}

// Run serves the listeners until ctx ends, then disconnects every client and returns when all are gone.
func (b *Broker) Run(ctx context.Context) error {
	var accepting sync.WaitGroup
	if b.mqtts != nil {
		accepting.Go(func() { b.accept(b.mqtts, b.deviceTLS()) })
	}
	if b.mqtt != nil {
		accepting.Go(func() { b.accept(b.mqtt, nil) })
	}
	revoked := make(chan struct{})
	go func() { defer close(revoked); b.watchCertificates(ctx) }()
	<-ctx.Done()
	b.closing.Store(true)
	b.closeListeners()
	accepting.Wait()
	b.each(func(c *conn) { c.end(serverShutdown) })
	b.conns.Wait()
	<-revoked
	return nil
}

// watchCertificates ends the connections of certificates as soon as they are no longer active.
func (b *Broker) watchCertificates(ctx context.Context) {
	err := b.needs.Registry.WatchCertificates(ctx, func(s caller.Scope, id, status string) {
		if status == registry.CertificateActive {
			return
		}
		for _, c := range b.domain(s).connsOf(id) {
			c.end(certificateLost(status))
		}
	})
	if err != nil && !errors.Is(err, context.Canceled) {
		b.needs.Diary.Error("certificate changes are no longer watched", "error", err)
	}
}

func (b *Broker) each(f func(*conn)) {
	b.live.Range(func(c, _ any) bool { f(c.(*conn)); return true })
}

// Publish sends a message on behalf of a service. It implements message.Publisher.
func (b *Broker) Publish(ctx context.Context, m *message.Message) error {
	r := b.routers.Get().(*router)
	defer b.routers.Put(r)
	r.routeMessage(ctx, m)
	r.flushTouched()
	return nil
}

// domain is one account and region: its clients and their subscriptions.
type domain struct {
	scope    caller.Scope
	mu       sync.Mutex
	sessions map[string]*session // by client id
	tree     *tree
}

func (b *Broker) domain(s caller.Scope) *domain {
	if d, ok := b.domains.Load(s); ok {
		return d.(*domain)
	}
	d, _ := b.domains.LoadOrStore(s, &domain{scope: s, sessions: make(map[string]*session), tree: newTree()})
	return d.(*domain)
}

// connsOf lists the connections made with a certificate.
func (d *domain) connsOf(certificate string) (list []*conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range d.sessions {
		if s.conn.certificate == certificate {
			list = append(list, s.conn)
		}
	}
	return list
}
