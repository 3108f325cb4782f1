package broker

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/base/message"
	"telltale/lang/mqtt"
)

// Presence is what the broker knows of a client, for half an hour after it left, and as long as it has a session.
// (aws: iot/connection-management)
type Presence struct {
	ClientID         string
	Connected        bool
	Clean            bool      // the session ends, or ended, with the connection
	Since            time.Time // connected, or disconnected
	DisconnectReason string    // "" while connected
	Thing            string
	KeepAlive        time.Duration
	SessionExpiry    time.Duration
	Source, Target   string         // addresses with ports of a connection
	Subscriptions    []Subscription // by filter
}

// Subscription is one filter of a client.
type Subscription struct {
	Filter string
	QoS    byte
}

// departure is how long a client is known that left without a session.
const departure = 30 * time.Minute

// Session tells of a client; fault.NotFound when the broker does not know it.
func (b *Broker) Session(s caller.Scope, clientID string) (*Presence, error) {
	d := b.domain(s)
	d.mu.Lock()
	defer d.mu.Unlock()
	x := d.sessions[clientID]
	if x == nil {
		if p := d.departed[clientID]; p != nil {
			known := *p
			return &known, nil
		}
		return nil, fault.New("broker.Session", fault.NotFound, "client %s is not known: it is not connected, has no session, and did not leave in the last half hour", clientID)
	}
	if c := x.holder; c != nil {
		return c.presence(x), nil
	}
	p := &Presence{ClientID: x.id, Since: x.row.Away, DisconnectReason: x.row.Why, Thing: x.row.Origin.Thing, KeepAlive: x.row.KeepAlive, SessionExpiry: x.expiry}
	p.Subscriptions = x.list()
	return p, nil
}

// presence is that of a connected client.
func (c *conn) presence(x *session) *Presence {
	p := &Presence{ClientID: x.id, Connected: true, Clean: x.queue == nil, Since: c.connected, Thing: c.origin.Thing, KeepAlive: c.patience.silence * 2 / 3, SessionExpiry: c.told,
		Source: c.raw.RemoteAddr().String(), Target: c.raw.LocalAddr().String()}
	p.Subscriptions = x.list()
	return p
}

// list is the subscriptions of a session, by filter.
func (s *session) list() (list []Subscription) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for filter, x := range s.subscriptions {
		list = append(list, Subscription{filter, x.qos})
	}
	slices.SortFunc(list, func(a, b Subscription) int { return cmp.Compare(a.Filter, b.Filter) })
	return list
}

// remember keeps for a while how a client left that has no session.
func (c *conn) remember(cause *ending, stays bool) {
	s := c.session
	s.row.Why = cause.reason
	if stays {
		return
	}
	p := &Presence{ClientID: s.id, Clean: true, Since: time.Now(), DisconnectReason: cause.reason, Thing: c.origin.Thing, KeepAlive: c.patience.silence * 2 / 3}
	d := s.domain
	d.mu.Lock()
	d.departed[s.id] = p
	d.mu.Unlock()
	c.b.agenda.at(p.Since.Add(departure), func(time.Time) {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.departed[p.ClientID] == p {
			delete(d.departed, p.ClientID)
		}
	})
}

// deleted ends a connection at the wish of the API. (aws: iot/connection-management)
func deleted(clean, preventWill bool) ending {
	return ending{reason: "API_INITIATED_DISCONNECT", code: mqtt.AdministrativeAction, text: "The connection was deleted", speaks: true, forgets: clean, quiet: preventWill}
}

// Disconnect ends the connection of a client, and with clean its session; fault.NotFound when there is neither. It returns when the
// Disconnect has been told.
func (b *Broker) Disconnect(ctx context.Context, s caller.Scope, clientID string, clean, preventWill bool) error {
	d := b.domain(s)
	for {
		d.mu.Lock()
		x := d.sessions[clientID]
		var c *conn
		if x != nil {
			c = x.holder
		}
		d.mu.Unlock()
		switch {
		case x == nil:
			return fault.New("broker.Disconnect", fault.NotFound, "client %s is not connected and has no session", clientID)
		case c != nil:
			c.end(deleted(clean, preventWill))
			select {
			case <-c.done:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		case !clean:
			return fault.New("broker.Disconnect", fault.NotFound, "client %s is not connected", clientID)
		case d.claim(x):
			if preventWill {
				x.row.Will = nil
			}
			b.endSession(x)
			return nil
		}
	}
}

// Why a direct message was not sent, as Reason of the error that SendTo returns. (aws: iot/connection-management)
const (
	TargetNotFound     = "TARGET_CLIENT_ID_NOT_FOUND"
	TargetNotConnected = "TARGET_CLIENT_NOT_CONNECTED"
	ReceiveDenied      = "RECEIVE_AUTHORIZATION_FAILURE"
	ReceiveThrottled   = "RECEIVE_SESSION_THROTTLED"
	TooManyUnconfirmed = "RECEIVER_MAX_UNACKED_QOS1_EXCEEDED"
	NotConfirmed       = "DELIVERY_CONFIRMATION_TIMEOUT"
	NotWritable        = "CLIENT_ENDPOINT_NOT_WRITABLE"
	SenderGone         = "DELIVERY_CONFIRMATION_SENDER_DISCONNECT"
)

// Undelivered is why a direct message did not reach its client.
type Undelivered struct {
	Reason string
	Why    string // of a denial: the explanation as a JSON object
}

func (e *Undelivered) Error() string { return e.Reason }

// SendTo sends a message to one connected client, subscribed or not. With confirm it is of QoS 1, and SendTo returns when the client has
// acknowledged it. The error is an *Undelivered. (aws: iot/connection-management)
func (b *Broker) SendTo(ctx context.Context, clientID string, m *message.Message, confirm bool, timeout time.Duration) error {
	d := b.domain(m.Origin.Scope)
	s := d.session(clientID)
	if s == nil {
		return &Undelivered{Reason: TargetNotFound}
	}
	c := s.conn.Load()
	if c == nil {
		return &Undelivered{Reason: TargetNotConnected}
	}
	v := c.permissions.allow(time.Now(), "iot:Receive", arn.IoT(m.Origin.Scope, "topic", m.Topic))
	if v.err != nil || !v.allowed {
		return &Undelivered{Reason: ReceiveDenied, Why: v.why}
	}
	id, confirmed, err := c.sendDirect(m, confirm)
	if err != nil || !confirm {
		return err
	}
	defer c.confirming.forget(id)
	wait := time.NewTimer(timeout)
	defer wait.Stop()
	select {
	case <-confirmed:
		return nil
	case <-wait.C:
		return &Undelivered{Reason: NotConfirmed}
	case <-c.done:
		return &Undelivered{Reason: NotWritable}
	case <-ctx.Done():
		return &Undelivered{Reason: SenderGone}
	}
}

// sendDirect puts a direct message into the client's outbox.
func (c *conn) sendDirect(m *message.Message, confirm bool) (id uint16, confirmed <-chan struct{}, err error) {
	r := c.b.borrow(time.Now())
	defer c.b.giveBack(r)
	if !c.takes(r) {
		return 0, nil, &Undelivered{Reason: ReceiveThrottled}
	}
	p := mqtt.Publish{Topic: []byte(m.Topic), Payload: m.Payload}
	if confirm {
		p.QoS = 1
	}
	if c.version == mqtt.V5 {
		fill(&p.Properties, m.Properties, &c.b.cfg.Limits)
	}
	if p.QoS == 1 {
		id, confirmed = c.confirming.begin(c.session.queue, &c.out)
		if id == 0 {
			return 0, nil, &Undelivered{Reason: TooManyUnconfirmed}
		}
		p.ID = id
	}
	outcome, flush := c.out.storedMessage(&p, c.version, c.maxPacket)
	if flush {
		r.touched = append(r.touched, c)
	}
	sent := &PublishOut{Topic: m.Topic, Payload: m.Payload}
	switch outcome {
	case queued:
	case tooLarge:
		sent.Failure = invalid("The message is larger than the client takes")
		err = &Undelivered{Reason: NotWritable}
	default:
		return id, nil, &Undelivered{Reason: NotWritable}
	}
	to := c.origin
	to.Trace = m.Origin.Trace
	c.b.needs.Facts.Record(&to, sent)
	return id, confirmed, err
}

// confirming is the direct messages to a client that somebody waits for.
type confirming struct {
	mu   sync.Mutex
	list map[uint16]chan struct{}
}

// begin takes a packet id that nothing else has; 0 if there is none.
func (x *confirming) begin(q *queue, o *outbox) (id uint16, confirmed <-chan struct{}) {
	if q != nil {
		id = q.lend()
	} else {
		id = o.lend()
	}
	if id == 0 {
		return 0, nil
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.list == nil {
		x.list = make(map[uint16]chan struct{})
	}
	done := make(chan struct{})
	x.list[id] = done
	return id, done
}

// confirmed tells whoever waits that a client acknowledged a message.
func (x *confirming) confirmed(id uint16) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if done := x.list[id]; done != nil {
		close(done)
		delete(x.list, id)
	}
}

func (x *confirming) forget(id uint16) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.list, id)
}

// lend takes a packet id for a message that is not in the queue; a PUBACK gives it back.
func (q *queue) lend() uint16 {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.conn == nil || q.flight >= q.window {
		return 0
	}
	for q.lastID++; q.lastID == 0 || q.byID[q.lastID] != nil; {
		q.lastID++
	}
	e := &entry{m: &stored{}, id: q.lastID, qos: 1, phase: sent, lent: true}
	q.spool.hold(e.m)
	q.byID[e.id] = e
	q.fly(e)
	return e.id
}

// lend takes a packet id for a message that was not queued.
func (o *outbox) lend() uint16 {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.window.full() {
		return 0
	}
	return o.window.take(1)
}

// confirm tells whoever waits for the PUBACK of a direct message.
func (c *conn) confirm(id uint16, reason mqtt.ReasonCode) {
	if !reason.Failed() {
		c.confirming.confirmed(id)
	}
}
