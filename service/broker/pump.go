package broker

import (
	"fmt"
	"sync"
	"time"

	"telltale/base/arn"
	"telltale/lang/mqtt"
)

// pump sends what may be sent of a queue.
func (r *router) pump(q *queue) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for e := q.take(r); e != nil; e = q.take(r) {
		if e.phase == released {
			q.fly(e)
			r.put(q.conn, func(dst []byte) []byte { return mqtt.AppendPubrel(dst, &mqtt.Pubrel{ID: e.id}, q.conn.version) })
			continue
		}
		r.sendStored(q, e)
	}
}

// pumpAt is pump for those who publish nothing.
func (b *Broker) pumpAt(q *queue, now time.Time) {
	r := b.borrow(now)
	r.pump(q)
	b.giveBack(r)
}

// sendStored sends one message of a queue, or drops it for a reason that is told. The queue is locked.
func (r *router) sendStored(q *queue, e *entry) {
	c, m := q.conn, e.m
	left, alive := m.remaining(r.now)
	v := c.mayReceive(r.now, m.topic)
	r.sent = PublishOut{Topic: m.topic, Payload: m.packet.Payload, Failure: v.remark()}
	switch {
	case !alive && e.phase == waiting:
		r.sent.Failure = invalid("The message expired while it waited for the client")
	case !v.allowed:
		r.sent.Failure = v.failure(c)
	default:
		switch r.writeStored(c, e, left) {
		case queued:
			e.phase = sent
			q.fly(e)
			e.again, e.sentAt = true, r.now
		case tooLarge:
			r.sent.Failure = invalid(fmt.Sprintf("The message is larger than the client's Maximum Packet Size of %d", c.maxPacket))
		default:
			return // the client is leaving; it stays in the queue
		}
	}
	if r.sent.Outcome != 0 {
		q.finish(e)
	}
	to := c.origin
	to.Trace = m.trace
	r.b.needs.Facts.Record(&to, &r.sent)
}

// writeStored puts a message of a queue into the client's outbox.
func (r *router) writeStored(c *conn, e *entry, left uint32) queueing {
	r.onward = e.m.packet
	r.onward.ID, r.onward.QoS, r.onward.Retain = e.id, e.qos, e.retain
	r.onward.Dup = e.again && r.b.cfg.Limits.Redelivered
	if !e.m.expires.IsZero() {
		r.onward.Properties.MessageExpiry = mqtt.Some(left)
	}
	r.onward.Properties.SubscriptionIDs = e.ids
	outcome, flush := c.out.storedMessage(&r.onward, c.version, c.maxPacket)
	if flush {
		r.touched = append(r.touched, c)
	}
	return outcome
}

// resend sends again what a connected client did not acknowledge in time, and looks again later. (aws: general/iot-core#message-broker-limits)
func (b *Broker) resend(q *queue, c *conn, now time.Time) {
	r := b.borrow(now)
	defer b.giveBack(r)
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.conn != c {
		return
	}
	next := now.Add(q.limits.RetryAfter)
	for _, e := range q.late(now.Add(-q.limits.RetryAfter)) {
		left, _ := e.m.remaining(now)
		e.sentAt = now
		if r.writeStored(c, e, left) == queued {
			r.sent = PublishOut{Topic: e.m.topic, Payload: e.m.packet.Payload}
			to := c.origin
			to.Trace = e.m.trace
			b.needs.Facts.Record(&to, &r.sent)
		}
	}
	for _, e := range q.byID {
		if at := e.sentAt.Add(q.limits.RetryAfter); e.phase == sent && !e.lent && at.Before(next) {
			next = at
		}
	}
	q.retrying = b.agenda.at(next, func(now time.Time) { b.resend(q, c, now) })
}

// put puts an answer into another client's outbox.
func (r *router) put(c *conn, frame func(dst []byte) []byte) {
	flush, full := c.out.put(frame)
	if flush {
		r.touched = append(r.touched, c)
	}
	if full {
		c.end(doesNotRead)
	}
}

// receives is what was decided about the topics that a client receives from.
type receives struct {
	mu         sync.Mutex
	verdicts   map[string]verdict
	generation uint64
	made       time.Time
}

// mayReceive is whether a client may receive the messages of a topic. It is remembered like a route.
func (c *conn) mayReceive(now time.Time, topic string) verdict {
	if c.permissions.everything {
		return verdict{allowed: true}
	}
	c.receives.mu.Lock()
	defer c.receives.mu.Unlock()
	generation := c.b.needs.Registry.Generation()
	if c.receives.generation != generation || now.Sub(c.receives.made) >= routeLife || len(c.receives.verdicts) >= maxRoutes {
		c.receives.generation, c.receives.made, c.receives.verdicts = generation, now, make(map[string]verdict)
	}
	v, known := c.receives.verdicts[topic]
	if !known {
		v = c.permissions.allow(now, "iot:Receive", arn.IoT(c.origin.Scope, "topic", topic))
		c.receives.verdicts[topic] = v
	}
	return v
}
