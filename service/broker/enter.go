package broker

import (
	"context"
	"time"

	"telltale/base/event"
	"telltale/base/message"
	"telltale/lang/mqtt"
)

// enter gives the connection its client's session: one that goes on, or a new one.
func (c *conn) enter(a *attempt) *refusal {
	limits, p := &c.b.cfg.Limits, &a.packet.Properties
	c.patience.silence = c.keepAlive(a) * 3 / 2
	c.window = min(int(p.ReceiveMaximum.Or(65535)), limits.Inflight)
	c.out.window.max = c.window
	c.out.aliases.most = min(int(p.TopicAliasMaximum.Or(0)), limits.TopicAliases)
	c.maxPacket = int(p.MaximumPacketSize.Or(0))
	c.terse = !p.RequestProblemInfo.Or(true)
	d := c.b.domain(c.origin.Scope)
	if n := d.connections.Add(1); n > int64(limits.Connections) {
		d.connections.Add(-1)
		return tooMany(event.Throttle, "THROTTLED", "The account has %d connections; more are not allowed", limits.Connections)
	}
	c.publishes, c.bytes, c.account = limiter(c.b.cfg.Rates.Publishes), limiter(c.b.cfg.Rates.Bytes), d.throttles.deliveries
	c.connected, c.told = c.now, a.expiry
	s, replaced := d.occupy(c, a)
	a.present = replaced == nil && s.queue != nil && !s.row.fresh()
	if replaced != nil {
		c.b.endSession(replaced)
	}
	s.expiry, s.will = a.expiry, a.will
	s.row.take(c, s, a)
	if err := c.b.saveSession(s); err != nil {
		c.b.endSession(s)
		d.vacate(s, true, time.Time{})
		d.connections.Add(-1)
		return c.undecided(err)
	}
	c.session = s
	c.settle()
	return nil
}

// welcome lets the session's messages go to its connection, whose CONNACK has been sent.
func (c *conn) welcome() {
	s := c.session
	s.conn.Store(c)
	if s.queue == nil {
		return
	}
	s.domain.tree.Touch() // what may be received is decided anew
	s.queue.attach(c, c.window)
	c.pump(s.queue)
	if after := c.b.cfg.Limits.RetryAfter; after > 0 && c.version == mqtt.V311 {
		c.b.resend(s.queue, c, c.now)
	}
	s.domain.drainGroups(s)
}

// leave is the end of enter: the session stays without a connection, or ends. Only when all is told the next connection of the client
// may come.
func (c *conn) leave(cause *ending) {
	s := c.session
	s.conn.Store(nil)
	s.domain.connections.Add(-1)
	stays := s.queue != nil && s.expiry > 0 && !cause.forgets
	if s.queue != nil {
		s.queue.detach()
	}
	if !stays {
		s.unsubscribeAll()
	}
	c.recordLost(c.out.abandon())
	fact := cause.fact()
	fact.Life = c.life(cause)
	c.b.needs.Facts.Record(&c.origin, fact)
	due := c.bequeath(s, cause, stays)
	c.remember(cause, stays)
	c.announceDisconnected(cause, stays)
	switch {
	case stays:
		s.row.Away = time.Now()
		if err := c.b.saveSession(s); err != nil {
			c.b.needs.Diary.Error("the end of a connection cannot be written", "client", s.id, "error", err)
		}
	case s.queue != nil:
		c.b.endSession(s)
	}
	s.domain.vacate(s, !stays, due)
}

// expire ends the session of a client that did not come back in time. [MQTT-4.1.0-2]
func (b *Broker) expire(s *session) {
	if !s.domain.claim(s) {
		return // the client was faster
	}
	b.endSession(s)
}

// claim takes the session of an absent client out of its domain.
func (d *domain) claim(s *session) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s.holder != nil || d.sessions[s.id] != s {
		return false
	}
	delete(d.sessions, s.id)
	d.b.agenda.cancel(s.parting)
	d.b.agenda.cancel(s.bequest)
	return true
}

// endSession forgets a session that nobody holds any more, with all that waited for it. A will that is not published yet is: its delay
// ends with the session. [MQTT-3.1.3-9]
func (b *Broker) endSession(s *session) {
	s.unsubscribeAll()
	if s.queue != nil {
		b.recordForgotten(s, s.queue.discard())
	}
	if s.row.Will != nil && !s.row.Away.IsZero() {
		b.publishBequest(&s.row, s.row.Will)
	}
	b.deleteSession(s)
}

// execute publishes the will of a client that did not come back within its delay.
func (b *Broker) execute(s *session) {
	s.domain.mu.Lock()
	var w *keptWill
	row := s.row
	if s.holder == nil && s.bequest != nil && s.domain.sessions[s.id] == s {
		w, s.row.Will, s.bequest = s.row.Will, nil, nil
	}
	s.domain.mu.Unlock()
	if w == nil {
		return
	}
	b.publishBequest(&row, w)
	if err := b.forgetWill(&row); err != nil {
		b.needs.Diary.Error("that a will message was published cannot be written", "client", s.id, "error", err)
	}
}

// publishBequest publishes a will that outlived its connection.
func (b *Broker) publishBequest(row *sessionRow, w *keptWill) {
	m := &message.Message{Origin: row.Origin, Topic: w.Topic, Payload: w.Payload, QoS: w.QoS, Retain: w.Retain, Properties: w.Properties}
	b.needs.Facts.Record(&m.Origin, &PublishIn{Topic: m.Topic, Payload: m.Payload, Retain: m.Retain})
	if err := b.Publish(context.Background(), m); err != nil {
		b.needs.Diary.Error("a will message cannot be stored", "client", row.ClientID, "error", err)
	}
}
