package broker

import (
	"sync"
	"sync/atomic"
	"time"

	"telltale/base/caller"
)

// domain is one account and region: its clients, their subscriptions, and the messages that topics retain. Nothing passes from one to
// another.
type domain struct {
	scope         caller.Scope
	b             *Broker
	tree          *tree
	subscriptions atomic.Int64
	connections   atomic.Int64
	retained      retained
	throttles     throttles
	visits        visits

	mu       sync.Mutex
	sessions map[string]*session  // by client id
	departed map[string]*Presence // clients that left in the last half hour without a session
	groups   map[string]*group    // by share name, slash, filter
}

func (b *Broker) domain(s caller.Scope) *domain {
	if d, ok := b.domains.Load(s); ok {
		return d.(*domain)
	}
	fresh := &domain{scope: s, b: b, sessions: make(map[string]*session), departed: make(map[string]*Presence), groups: make(map[string]*group), tree: newTree(b.cfg.Limits.Dialect)}
	fresh.retained.init(b, s)
	fresh.throttles.init(&b.cfg.Rates)
	d, _ := b.domains.LoadOrStore(s, fresh)
	return d.(*domain)
}

// session is that of a client, nil if it has none.
func (d *domain) session(clientID string) *session {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.sessions[clientID]
}

// connsOf lists the connections made with a certificate.
func (d *domain) connsOf(certificate string) (list []*conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range d.sessions {
		if s.holder != nil && s.holder.certificate == certificate {
			list = append(list, s.holder)
		}
	}
	return list
}

// occupy makes a connection the holder of its client's session: the one that is there if it goes on, otherwise a new one in place of
// it. A connection that holds the session is ended first: the newer one wins, and the end of the older is told before it.
// [MQTT-3.1.4-2] (aws: iot/mqtt#mqtt-duplicate-client-id)
func (d *domain) occupy(c *conn, a *attempt) (s, replaced *session) {
	for {
		d.mu.Lock()
		old := d.sessions[a.clientID]
		if old != nil && old.holder != nil {
			rival := old.holder
			d.mu.Unlock()
			rival.end(takenOverBy(c))
			<-rival.done
			continue
		}
		delete(d.departed, a.clientID)
		if old != nil {
			d.b.agenda.cancel(old.parting)
			d.b.agenda.cancel(old.bequest)
			old.parting, old.bequest = nil, nil
		}
		if old != nil && !a.packet.CleanStart && old.version == c.version { // (aws: iot/mqtt#mqtt5-mqtt3-interop)
			old.holder = c
			d.mu.Unlock()
			return old, nil
		}
		s = newSession(c, a)
		s.holder = c
		d.sessions[s.id] = s
		d.mu.Unlock()
		return s, old
	}
}

// vacate gives up the session's place; another connection of the client may have it. A session that stays is ended at its time, and a
// will that is due later published.
func (d *domain) vacate(s *session, ended bool, due time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s.holder = nil
	if ended {
		if d.sessions[s.id] == s {
			delete(d.sessions, s.id)
		}
		return
	}
	d.b.plan(s, due)
}

// plan is the second half of vacate. The domain is locked.
func (b *Broker) plan(s *session, due time.Time) {
	if !due.IsZero() {
		s.bequest = b.agenda.at(due, func(time.Time) { b.execute(s) })
	}
	if s.expiry < never {
		s.parting = b.agenda.at(s.row.Away.Add(s.expiry), func(time.Time) { b.expire(s) })
	}
}
