package broker

import (
	"fmt"

	"telltale/base/event"
	"telltale/lang/mqtt"
)

// delivery is one message on its way to its receivers.
type delivery struct {
	packet *mqtt.Publish
	route  *route
	stored *stored // what sessions keep of it; nil until one does
}

// deliverAll delivers a message to the clients of its route.
func (r *router) deliverAll(p *mqtt.Publish, x *route) {
	d := &r.delivery
	*d = delivery{packet: p, route: x}
	for i := range x.targets {
		if t := &x.targets[i]; t.group != nil {
			r.deliverShared(d, t.group)
		} else {
			r.deliver(d, t)
		}
	}
	r.seal(d)
}

// deliver delivers a message to one client. There is one fact for it: now, or when a message that waits is sent, or as one of many
// that were dropped.
func (r *router) deliver(d *delivery, t *target) {
	c := t.session.conn.Load()
	if qos := min(d.packet.QoS, t.qos); qos > 0 && t.session.queue != nil {
		if r.keep(d, t.session, nil, qos, d.packet.Retain && t.asPublished, t.ids) && r.reached != nil {
			r.reached(t.session.id)
		}
		return
	}
	if c == nil {
		return // messages of QoS 0 do not wait
	}
	receive := &t.receive
	if !t.known { // the client came after the route was made
		v := c.mayReceive(r.now, d.route.topic)
		receive = &v
	}
	r.sent = PublishOut{Topic: d.route.topic, Payload: d.packet.Payload, Failure: receive.remark()}
	switch {
	case !receive.allowed:
		r.sent.Failure = receive.failure(c)
	case !c.takes(r):
		r.sent.Failure = throttled("The client gets more messages in a second than its quota or its account's allows")
	default:
		if r.enqueue(c, d, t) {
			return
		}
	}
	r.to = c.origin
	r.to.Trace = r.who.Trace
	if r.sent.Outcome == event.Success {
		r.tallyFor(r.to.Scope).out++
		r.sent.tallied = true
	}
	r.b.needs.Facts.Record(&r.to, &r.sent)
}

// takes counts a message to a client and reports whether the quotas allow it.
func (c *conn) takes(r *router) bool {
	if c.publishes == nil && c.account == nil {
		return true
	}
	if !allows(c.publishes, r.now, 1) {
		c.b.needs.Facts.Record(&c.origin, &Throttled{})
		return false
	}
	return allows(c.account, r.now, 1)
}

// enqueue puts a message into the client's outbox, to be flushed when the router is done with its batch. It reports whether the fact of
// it comes later, or never.
func (r *router) enqueue(c *conn, d *delivery, t *target) (later bool) {
	p := d.packet
	r.onward = mqtt.Publish{Topic: d.route.raw, Payload: p.Payload, QoS: min(p.QoS, t.qos), ID: 1, Retain: p.Retain && t.asPublished}
	if c.version == mqtt.V5 {
		r.onward.Properties = p.Properties
		r.onward.Properties.TopicAlias = mqtt.Opt[uint16]{}
		r.onward.Properties.SubscriptionIDs = t.ids
	}
	outcome, flush := c.out.message(&r.onward, c.version, c.maxPacket, d.route.topic, r.who.Trace)
	if flush {
		r.touched = append(r.touched, c)
	}
	if r.reached != nil && (outcome == queued || outcome == waits) {
		r.reached(c.origin.ClientID)
	}
	switch outcome {
	case tooLarge:
		r.sent.Failure = invalid(fmt.Sprintf("The message is larger than the client's Maximum Packet Size of %d", c.maxPacket))
	case gone, waits, full:
		return true
	}
	return false
}

// recordDropped tells, once for a burst, how many messages a slow client lost.
func (c *conn) recordDropped(l lost) {
	c.b.needs.Facts.Record(&c.origin, &PublishOut{Topic: l.topic, Dropped: l.n, Failure: event.Failure{Outcome: event.Throttle, Reason: "THROTTLED",
		Details: fmt.Sprintf("%d messages were dropped because the client did not take them fast enough; this is the topic of the last", l.n)}})
}

// recordLost tells how many messages were lost with the connection: those that were held, and those dropped before that.
func (c *conn) recordLost(unsent, dropped lost) {
	if dropped.n > 0 {
		c.recordDropped(dropped)
	}
	if unsent.n == 0 {
		return
	}
	c.b.needs.Facts.Record(&c.origin, &PublishOut{Topic: unsent.topic, Dropped: unsent.n, Failure: invalid(fmt.Sprintf(
		"%d QoS 1 messages that waited for the client's acknowledgements were lost with its connection; this is the topic of the last", unsent.n))})
}
