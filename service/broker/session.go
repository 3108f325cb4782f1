package broker

import (
	"sync"
	"sync/atomic"
	"time"

	"telltale/lang/mqtt"
)

// session is what a client has at the broker: its subscriptions and, if it outlives its connections, what waits for the client.
// Its owner is the goroutine of the connection that holds it; while no connection does, whoever took it out of its domain.
type session struct {
	id      string
	domain  *domain
	version mqtt.Version
	conn    atomic.Pointer[conn] // that gets messages; nil before CONNACK and while the client is away
	holder  *conn                // that has the session; the domain's lock guards it
	queue   *queue               // nil: the session ends with its connection
	row     sessionRow           // what is kept of it, unless it ends with its connection; the owner's
	will    *will                // the owner's
	expiry  time.Duration        // after the connection; the owner's
	parting *task                // ends the session; the domain's lock guards it
	bequest *task                // publishes the will; the domain's lock guards it

	mu            sync.Mutex // guards what follows against those who only look; the owner alone changes it
	subscriptions map[string]*subscription
	receipts      map[uint16]*receipt // messages of QoS 2 whose packet ids the client has not let go of
	lastReceipt   uint64
	thing         string
}

// receipt is a message of QoS 2 that came under a packet id.
type receipt struct {
	n       uint64
	written bool // to the spool
}

// subscription is one filter of a session, or of a group of sessions that share it. It never changes; subscribing again replaces it.
type subscription struct {
	session     *session
	group       *group // nil: not shared
	id          uint32 // subscription identifier; 0: none
	qos         byte
	noLocal     bool
	asPublished bool // the RETAIN flag is forwarded
	filter      string
}

// subscriber is who has a filter in the tree: a session or a group.
type subscriber struct {
	session *session
	group   *group
}

func newSession(c *conn, a *attempt) *session {
	s := &session{id: a.clientID, domain: c.b.domain(c.origin.Scope), version: c.version, subscriptions: make(map[string]*subscription)}
	if a.persistent {
		s.row.Serial = c.b.newSerial()
		s.queue = newQueue(s.domain, s.row.Serial, c.b.cfg.Limits.SessionMessages)
	}
	return s
}

// subscribe adds a subscription or replaces the one of the same filter, and reports whether there was none. [MQTT-3.8.4-3]
func (s *session) subscribe(filter string, x *subscription) (fresh bool) {
	x.session, x.filter = s, filter
	s.mu.Lock()
	_, had := s.subscriptions[filter]
	s.subscriptions[filter] = x
	s.mu.Unlock()
	if !had {
		s.domain.subscriptions.Add(1)
	}
	if x.group != nil {
		x.group.join(x)
		return !had
	}
	s.domain.tree.Add(filter, subscriber{session: s}, x)
	return !had
}

// unsubscribe reports whether there was such a subscription.
func (s *session) unsubscribe(filter string) bool {
	s.mu.Lock()
	x, ok := s.subscriptions[filter]
	delete(s.subscriptions, filter)
	s.mu.Unlock()
	if !ok {
		return false
	}
	s.domain.subscriptions.Add(-1)
	if x.group != nil {
		x.group.leave(x)
		return true
	}
	s.domain.tree.Remove(filter, subscriber{session: s})
	return true
}

func (s *session) unsubscribeAll() {
	s.mu.Lock()
	list := make([]string, 0, len(s.subscriptions))
	for filter := range s.subscriptions {
		list = append(list, filter)
	}
	s.mu.Unlock()
	for _, filter := range list {
		s.unsubscribe(filter)
	}
}

// receive notes a message of QoS 2, unless its packet id says that it came before. [MQTT-4.3.3-10]
func (s *session) receive(id uint16) (r *receipt, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r = s.receipts[id]; r != nil {
		return r, true
	}
	if s.receipts == nil {
		s.receipts = make(map[uint16]*receipt)
	}
	s.lastReceipt++
	r = &receipt{n: s.lastReceipt}
	s.receipts[id] = r
	return r, false
}

// letGo forgets a packet id, and returns what came under it.
func (s *session) letGo(id uint16) *receipt {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.receipts[id]
	delete(s.receipts, id)
	return r
}
