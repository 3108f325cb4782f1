package broker

import (
	"fmt"

	"telltale/base/event"
	"telltale/lang/mqtt"
)

// deliverAll delivers a message to the clients of its route.
func (r *router) deliverAll(p *mqtt.Publish, x *route) {
	for i := range x.targets {
		r.deliver(p, x, &x.targets[i])
	}
}

// deliver delivers a message to one client. There is one fact for it: now, or when a message that is held is sent, or as one of many
// that were dropped.
func (r *router) deliver(p *mqtt.Publish, x *route, t *target) {
	c := t.sub.session.conn
	r.sent = PublishOut{Topic: x.topic, Payload: p.Payload, Failure: t.receive.remark()}
	if !t.receive.allowed {
		r.sent.Failure = t.receive.failure(c)
	} else {
		outcome := c.enqueue(r, p, x, t.sub.qos)
		if r.reached != nil && (outcome == queued || outcome == waits) {
			r.reached(c.origin.ClientID)
		}
		switch outcome {
		case tooLarge:
			r.sent.Failure = invalid(fmt.Sprintf("The message is larger than the client's Maximum Packet Size of %d", c.maxPacket))
		case gone, waits, full:
			return
		}
	}
	r.to = c.origin
	r.to.Trace = r.who.Trace
	r.b.needs.Facts.Record(&r.to, &r.sent)
}

// enqueue puts a message into the client's outbox, to be flushed when the router is done with its batch.
func (c *conn) enqueue(r *router, p *mqtt.Publish, x *route, qos byte) queueing {
	r.onward = mqtt.Publish{Topic: x.raw, Payload: p.Payload, QoS: min(p.QoS, qos), ID: 1}
	if c.version == mqtt.V5 {
		r.onward.Properties = p.Properties
		r.onward.Properties.TopicAlias = mqtt.Opt[uint16]{}
	}
	outcome, flush := c.out.message(&r.onward, c.version, c.maxPacket, x.topic, r.who.Trace)
	if flush {
		r.touched = append(r.touched, c)
	}
	return outcome
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
