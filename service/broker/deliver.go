package broker

import (
	"fmt"

	"telltale/base/event"
	"telltale/lang/mqtt"
)

// deliverAll delivers a message to the clients of its route, one fact for each.
func (r *router) deliverAll(p *mqtt.Publish, x *route, publisher *conn) {
	for i := range x.targets {
		t := &x.targets[i]
		if receiver := t.sub.session.conn; receiver != publisher || !t.sub.noLocal { // [MQTT-3.8.3-3]
			r.deliver(p, x, t, receiver)
		}
	}
}

func (r *router) deliver(p *mqtt.Publish, x *route, t *target, c *conn) {
	r.to = c.origin
	r.to.Trace = r.who.Trace
	r.sent = PublishOut{Topic: x.topic}
	switch {
	case t.receive.err != nil:
		r.sent.Failure = c.broken(t.receive.err)
	case !t.receive.allowed:
		r.sent.Failure = denied(t.receive.why)
	default:
		switch dropped, outcome := c.enqueue(r, p, x, t.sub); outcome {
		case gone:
			return
		case tooLarge:
			r.sent.Failure = invalid(fmt.Sprintf("The message is larger than the client's Maximum Packet Size of %d", c.maxPacket))
		case full:
			return // told with its count when the burst is over
		case queued:
			if dropped > 0 {
				c.recordDropped(dropped)
			}
		}
	}
	r.b.needs.Facts.Record(&r.to, &r.sent)
}

// queueing is what became of a message for one client.
type queueing uint8

const (
	queued   queueing = iota // will be written
	gone                     // the client is leaving
	tooLarge                 // the client does not take packets of this size [MQTT-3.1.2-24]
	full                     // the client is too slow; the message is dropped and counted
)

// enqueue puts a message into the client's outbox. With queued it also returns how many messages were dropped just before.
func (c *conn) enqueue(r *router, p *mqtt.Publish, x *route, sub *subscription) (dropped uint64, outcome queueing) {
	limits := &c.b.cfg.Limits
	out := mqtt.Publish{Topic: x.raw, Payload: p.Payload, QoS: min(p.QoS, sub.qos), ID: 1}
	if c.version == mqtt.V5 {
		out.Properties = p.Properties
		out.Properties.TopicAlias = mqtt.Opt[uint16]{}
	}
	o := &c.out
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return 0, gone
	}
	if len(o.buf)+o.heldLen+len(p.Payload) > limits.QueueBytes || out.QoS == 1 && len(o.held) >= limits.QueueMessages {
		o.dropped++
		return 0, full
	}
	start := len(o.buf)
	o.buf = mqtt.AppendPublish(o.buf, &out, c.version)
	frame := o.buf[start:]
	if c.maxPacket > 0 && len(frame) > c.maxPacket {
		o.buf = o.buf[:start]
		return 0, tooLarge
	}
	switch {
	case out.QoS == 1 && o.window.full():
		o.held = append(o.held, append([]byte(nil), frame...))
		o.heldLen += len(frame)
		o.buf = o.buf[:start]
	case out.QoS == 1:
		mqtt.SetPublishID(frame, o.window.take())
		fallthrough
	default:
		if o.soil() {
			r.touched = append(r.touched, c)
		}
	}
	dropped, o.dropped = o.dropped, 0
	return dropped, queued
}

// recordDropped tells, once for a burst, how many messages a slow client lost.
func (c *conn) recordDropped(n uint64) {
	c.b.needs.Facts.Record(&c.origin, &PublishOut{Dropped: n, Failure: event.Failure{Outcome: event.Throttle, Reason: "THROTTLED",
		Details: fmt.Sprintf("%d messages were dropped because the client did not read them fast enough", n)}})
}
