package broker

import (
	"fmt"

	"telltale/base/caller"
	"telltale/base/event"
)

// Why a message is not stored for a client, in AWS's words. (aws: iot/cwl-format#queued)
var (
	queueThrottled = event.Failure{Outcome: event.Throttle, Reason: "THROTTLED", Details: "Throttled while queueing offline message"}
	queueBroken    = event.Failure{Outcome: event.ServerError, Reason: "SERVER_ERROR", Details: "Server Error"}
)

// admitted counts a message that is stored for an absent client and reports whether the quota allows it.
func (q *queue) admitted(r *router) bool { return allows(q.rate, r.now, 1) }

// recordQueued tells that a message waits for a client, or why it does not.
func (r *router) recordQueued(p *put, m *stored, qos byte, f event.Failure) {
	o := caller.Origin{Trace: p.trace, Protocol: protocolMQTT}
	if p.session != nil {
		o.Scope, o.ClientID = p.session.domain.scope, p.session.id
		p.session.mu.Lock()
		o.Thing = p.session.thing
		p.session.mu.Unlock()
	} else {
		o.Scope, o.ClientID = p.group.domain.scope, "$share/"+p.group.name
	}
	r.b.needs.Facts.Record(&o, &Queued{Failure: f, Topic: m.topic, QoS: qos})
}

// recordForgotten tells that messages were lost because their session ended.
func (b *Broker) recordForgotten(s *session, l lost) {
	if l.n == 0 {
		return
	}
	o := s.row.Origin
	o.Trace = caller.NewTrace()
	b.needs.Facts.Record(&o, &PublishOut{Topic: l.topic, Dropped: l.n, Failure: invalid(fmt.Sprintf(
		"%d messages that waited for the client were lost because its session ended; this is the topic of the last", l.n))})
}

// recordAbandoned tells that messages were lost because the last member left a shared subscription.
func (b *Broker) recordAbandoned(g *group, l lost) {
	if l.n == 0 {
		return
	}
	o := caller.Origin{Scope: g.domain.scope, Trace: caller.NewTrace(), ClientID: "$share/" + g.name, Protocol: protocolMQTT}
	b.needs.Facts.Record(&o, &PublishOut{Topic: l.topic, Dropped: l.n, Failure: invalid(fmt.Sprintf(
		"%d messages that waited for a member of the shared subscription were lost because the last one left it; this is the topic of the last", l.n))})
}

// recordExpired tells that a message was not taken by any member of a shared subscription in time.
func (b *Broker) recordExpired(g *group, e *entry) {
	o := caller.Origin{Scope: g.domain.scope, Trace: e.m.trace, ClientID: "$share/" + g.name, Protocol: protocolMQTT}
	b.needs.Facts.Record(&o, &PublishOut{Topic: e.m.topic, Failure: invalid("The message expired while it waited for a member of the shared subscription")})
}
