package broker

import (
	"context"
	"time"

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

	packet mqtt.Publish // being handled
	who    caller.Origin
	in     PublishIn
	to     caller.Origin // the receiver of a delivery
	sent   PublishOut
}

// route is all that is known about publishing to one topic: whether it may be done, and who receives it. It is valid while neither
// subscriptions nor the registry change, and for a second, because policies may ask for the time.
type route struct {
	topic      string
	raw        []byte // topic
	invalid    string // why nobody may publish to the topic, "" if they may
	publish    routeVerdict
	targets    []target
	mounts     []message.Handler
	made       time.Time
	tree       uint64
	registry   uint64
	authorized bool
}

type routeVerdict struct {
	verdict
	err error
}

type target struct {
	sub     *subscription
	receive routeVerdict
}

// routeLife is how long a route is believed; maxRoutes how many topics a router remembers.
const (
	routeLife = time.Second
	maxRoutes = 1024
)

// route finds the route of a topic within a domain. The publisher is nil for a service, which needs no permission.
func (r *router) route(d *domain, topic []byte, publisher *conn) *route {
	found := r.routes[string(topic)]
	if found != nil && found.tree == d.tree.Generation() && found.registry == r.b.needs.Registry.Generation() && r.now.Sub(found.made) < routeLife {
		return found
	}
	fresh := r.resolve(d, string(topic), publisher)
	if r.routes == nil || len(r.routes) >= maxRoutes {
		r.routes = make(map[string]*route)
	}
	r.routes[fresh.topic] = fresh
	return fresh
}

func (r *router) resolve(d *domain, topic string, publisher *conn) *route {
	x := &route{topic: topic, raw: []byte(topic), made: r.now, tree: d.tree.Generation(), registry: r.b.needs.Registry.Generation()}
	x.mounts = r.b.mounts.match(topic)
	if publisher != nil {
		if x.invalid = r.b.checkPublishTopic(topic, len(x.mounts) > 0); x.invalid != "" {
			return x
		}
		x.publish.verdict, x.publish.err = publisher.authority.allow(context.Background(), r.now, "iot:Publish", "topic", topic)
		if !x.publish.allowed {
			return x
		}
	}
	best := make(map[*session]*subscription) // a client gets a message once, at the highest QoS of its subscriptions [MQTT-3.3.5-1]
	for _, sub := range d.tree.Match(topic, nil) {
		if have := best[sub.session]; have == nil || sub.qos > have.qos {
			best[sub.session] = sub
		}
	}
	for s, sub := range best {
		t := target{sub: sub}
		t.receive.verdict, t.receive.err = s.conn.authority.allow(context.Background(), r.now, "iot:Receive", "topic", topic)
		x.targets = append(x.targets, t)
	}
	return x
}

// routeMessage delivers a service's message.
func (r *router) routeMessage(ctx context.Context, m *message.Message) {
	r.now = time.Now()
	r.who = m.Origin
	x := r.resolve(r.b.domain(m.Origin.Scope), m.Topic, nil)
	r.packet = mqtt.Publish{Topic: x.raw, Payload: m.Payload, QoS: m.QoS}
	fill(&r.packet.Properties, m.Properties)
	r.deliverAll(&r.packet, x, nil)
	r.callMounts(x, m)
}

// message is a PUBLISH as services see it. Its slices alias the connection's buffers.
func (r *router) message(p *mqtt.Publish, x *route) *message.Message {
	return &message.Message{Origin: r.who, Topic: x.topic, Payload: p.Payload, QoS: p.QoS, Properties: properties(&p.Properties)}
}

func (r *router) callMounts(x *route, m *message.Message) {
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
