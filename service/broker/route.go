package broker

import (
	"context"
	"time"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/base/message"
	"telltale/lang/mqtt"
)

// router is the working memory of whoever publishes: one per connection, and some for services. Only one goroutine uses it at a time.
type router struct {
	b       *Broker
	now     time.Time // of the present batch of packets
	routes  map[string]*route
	touched []*conn // whose outboxes this router must flush
	found   []*subscription

	packet mqtt.Publish // being handled
	who    caller.Origin
	in     PublishIn
	onward mqtt.Publish // to one receiver
	to     caller.Origin
	sent   PublishOut

	reached func(clientID string) // of a service's message: told of each receiver
}

// route is all that is known about publishing to one topic: whether it may be done, and who receives it. It is valid while neither
// subscriptions nor the registry change, and for a second, because policies may ask for the time.
type route struct {
	topic     string
	raw       []byte     // topic
	objection *objection // why nobody may publish to the topic, nil if they may
	publish   verdict
	targets   []target
	mounts    []message.Handler

	made                time.Time
	tree, registry, tap uint64 // generations
}

// target is one client that receives the messages of a route, by the best of its subscriptions.
type target struct {
	sub     *subscription
	receive verdict
}

// routeLife is how long a route is believed; maxRoutes how many topics a router remembers.
const (
	routeLife = time.Second
	maxRoutes = 1024
)

// route finds the route of a topic within a domain, for a connection that publishes.
func (r *router) route(d *domain, topic []byte, publisher *conn) *route {
	x := r.routes[string(topic)]
	if x != nil && x.tree == d.tree.Generation() && x.registry == r.b.needs.Registry.Generation() && x.tap == r.b.mounts.generation() &&
		r.now.Sub(x.made) < routeLife {
		return x
	}
	if r.routes == nil || len(r.routes) >= maxRoutes {
		r.routes = make(map[string]*route)
	}
	x = &route{topic: string(topic), made: r.now, tree: d.tree.Generation(), registry: r.b.needs.Registry.Generation(), tap: r.b.mounts.generation()}
	r.routes[x.topic] = x
	if x.objection = r.b.checkTopic(x.topic); x.objection != nil {
		return x
	}
	resource := arn.IoT(publisher.origin.Scope, "topic", x.topic)
	if x.publish = publisher.permissions.allow(r.now, "iot:Publish", resource); x.publish.allowed {
		r.resolve(x, d, publisher.origin.Scope, publisher.session)
	}
	return x
}

// forgetRoutes drops the routes that are no longer believed, which would keep clients that are gone in memory. An idle publisher does so
// when it pings.
func (r *router) forgetRoutes() {
	for topic, x := range r.routes {
		if r.now.Sub(x.made) >= routeLife {
			delete(r.routes, topic)
		}
	}
}

// resolve finds who receives the messages of a route. The publisher is nil for a service.
func (r *router) resolve(x *route, d *domain, s caller.Scope, publisher *session) {
	x.raw = []byte(x.topic)
	x.mounts = r.b.mounts.match(x.topic)
	if h := r.b.mounts.listen(s, x.topic); h != nil {
		x.mounts = append(x.mounts, h)
	}
	resource := arn.IoT(s, "topic", x.topic)
	r.found = d.tree.Match(x.topic, r.found[:0])
	at := make(map[*session]int, len(r.found)) // a client gets a message once, at the best QoS of its subscriptions [MQTT-3.3.5-1]
	for _, sub := range r.found {
		if sub.noLocal && sub.session == publisher { // [MQTT-3.8.3-3]
			continue
		}
		if i, known := at[sub.session]; !known {
			at[sub.session] = len(x.targets)
			receive := sub.session.conn.permissions.allow(r.now, "iot:Receive", resource)
			x.targets = append(x.targets, target{sub, receive})
		} else if sub.qos > x.targets[i].sub.qos {
			x.targets[i].sub = sub
		}
	}
	clear(r.found)
}

// routeMessage delivers a service's message.
func (r *router) routeMessage(m *message.Message) {
	r.now, r.who, r.reached = time.Now(), m.Origin, m.Reached
	if r.who.Trace.IsZero() {
		r.who.Trace = caller.NewTrace()
	}
	x := &route{topic: m.Topic}
	if d := r.b.domain(m.Origin.Scope); m.To != "" {
		r.resolveOne(x, d, m)
	} else {
		r.resolve(x, d, m.Origin.Scope, nil)
	}
	r.packet = mqtt.Publish{Topic: x.raw, Payload: m.Payload, QoS: min(m.QoS, 1)}
	fill(&r.packet.Properties, m.Properties)
	r.deliverAll(&r.packet, x)
	for _, h := range x.mounts {
		h.HandleMessage(context.Background(), m)
	}
	r.packet, r.onward, r.sent, r.reached = mqtt.Publish{}, mqtt.Publish{}, PublishOut{}, nil // the router is kept; the message need not be
}

// resolveOne finds the one receiver of a message, if it is connected.
func (r *router) resolveOne(x *route, d *domain, m *message.Message) {
	x.raw = []byte(x.topic)
	s := d.session(m.To)
	if s == nil {
		return
	}
	receive := s.conn.permissions.allow(r.now, "iot:Receive", arn.IoT(m.Origin.Scope, "topic", x.topic))
	x.targets = []target{{&subscription{session: s, qos: m.QoS}, receive}}
}

// callMounts gives a client's message to the services of its topic. Its slices alias the connection's buffers.
func (r *router) callMounts(x *route, p *mqtt.Publish) {
	if len(x.mounts) == 0 {
		return
	}
	m := &message.Message{Origin: r.who, Topic: x.topic, Payload: p.Payload, QoS: p.QoS, Properties: propertiesOf(&p.Properties)}
	for _, h := range x.mounts {
		h.HandleMessage(context.Background(), m)
	}
}

// flushTouched writes out everything this router put into outboxes since the last time.
func (r *router) flushTouched() {
	for i, c := range r.touched {
		c.flush()
		r.touched[i] = nil
	}
	r.touched = r.touched[:0]
}
