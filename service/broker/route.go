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
	tally   tally
	batch   batch           // what must be written before it is acknowledged
	pays    func(err error) // sends the answers that waited for the batch; nil for services

	packet   mqtt.Publish // being handled
	delivery delivery     // of it
	who      caller.Origin
	in       PublishIn
	onward   mqtt.Publish // to one receiver
	to       caller.Origin
	sent     PublishOut

	reached func(clientID string) // of a service's message: told of each receiver
}

// route is all that is known about publishing to one topic: whether it may be done, and who receives it. It is valid while neither
// subscriptions nor the registry change, and where policies decide for a second, because they may ask for the time.
type route struct {
	topic     string
	raw       []byte     // topic
	objection *objection // why nobody may publish to the topic, nil if they may
	publish   verdict
	retain    *verdict // nil: not asked yet
	targets   []target
	mounts    []message.Handler

	made                time.Time
	judged              bool   // policies were asked
	tree, registry, tap uint64 // generations
}

// target is one client that receives the messages of a route, by the best of its subscriptions, or a group of which one member does.
type target struct {
	session     *session
	group       *group // not nil: the rest is of no use
	ids         []uint32
	receive     verdict
	qos         byte
	asPublished bool
	known       bool // receive was decided
}

// routeLife is how long policies are believed; maxRoutes how many topics a router remembers, at some 400 bytes each. Finding a route anew takes
// a third of the time of a message where there are 100,000 subscriptions.
const (
	routeLife = time.Second
	maxRoutes = 4096
)

// route finds the route of a topic within a domain, for a connection that publishes.
func (r *router) route(d *domain, topic []byte, publisher *conn) *route {
	x := r.routes[string(topic)]
	if x != nil && x.tree == d.tree.Generation() && x.registry == r.b.needs.Registry.Generation() && x.tap == r.b.mounts.generation() &&
		(!x.judged || r.now.Sub(x.made) < routeLife) {
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
	if x.publish = r.judge(x, publisher, "iot:Publish"); x.publish.allowed {
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
	r.found = d.tree.Match(x.topic, r.found[:0])
	var at map[*session]int // a client gets a message once, at the best QoS of its subscriptions [MQTT-3.3.5-1]
	if len(r.found) > 1 {
		at = make(map[*session]int, len(r.found))
	}
	for _, sub := range r.found {
		if sub.group != nil {
			x.targets = append(x.targets, target{group: sub.group})
			continue
		}
		if sub.noLocal && sub.session == publisher { // [MQTT-3.8.3-3]
			continue
		}
		i, known := at[sub.session]
		if !known {
			i = len(x.targets)
			if at != nil {
				at[sub.session] = i
			}
			t := target{session: sub.session}
			if c := sub.session.conn.Load(); c != nil {
				t.receive, t.known = r.judge(x, c, "iot:Receive"), true
			}
			x.targets = append(x.targets, t)
		}
		x.targets[i].add(sub)
	}
	clear(r.found)
}

// judge decides whether a client may publish to the topic of a route, or receive its messages.
func (r *router) judge(x *route, c *conn, action string) verdict {
	if c.permissions.everything {
		return verdict{allowed: true}
	}
	x.judged = true
	return c.permissions.allow(r.now, action, arn.IoT(c.origin.Scope, "topic", x.topic))
}

// add counts a subscription in. [MQTT-3.3.4-3] [MQTT-3.3.4-4]
func (t *target) add(sub *subscription) {
	t.qos = max(t.qos, sub.qos)
	t.asPublished = t.asPublished || sub.asPublished
	if sub.id != 0 {
		t.ids = append(t.ids, sub.id)
	}
}

// routeMessage delivers a service's message.
func (r *router) routeMessage(m *message.Message) error {
	r.who, r.reached = m.Origin, m.Reached
	if r.who.Trace.IsZero() {
		r.who.Trace = caller.NewTrace()
	}
	x := &route{topic: m.Topic}
	d := r.b.domain(m.Origin.Scope)
	if m.To != "" {
		r.resolveOne(x, d, m)
	} else {
		r.resolve(x, d, m.Origin.Scope, nil)
	}
	r.packet = mqtt.Publish{Topic: x.raw, Payload: m.Payload, QoS: min(m.QoS, r.b.cfg.Limits.QoS), Retain: m.Retain}
	fill(&r.packet.Properties, m.Properties, &r.b.cfg.Limits)
	if m.Retain && m.To == "" {
		r.retain(d.scope, &r.packet, x.topic)
	}
	r.deliverAll(&r.packet, x)
	err := r.commit()
	for _, h := range x.mounts {
		h.HandleMessage(context.Background(), m)
	}
	r.packet, r.onward, r.delivery, r.sent, r.reached = mqtt.Publish{}, mqtt.Publish{}, delivery{}, PublishOut{}, nil // the router is kept; the message need not be
	return err
}

// resolveOne finds the one receiver of a message, if it is connected.
func (r *router) resolveOne(x *route, d *domain, m *message.Message) {
	x.raw = []byte(x.topic)
	s := d.session(m.To)
	if s == nil {
		return
	}
	c := s.conn.Load()
	if c == nil {
		return
	}
	receive := c.permissions.allow(r.now, "iot:Receive", arn.IoT(m.Origin.Scope, "topic", x.topic))
	x.targets = []target{{session: s, qos: m.QoS, receive: receive, known: true}}
}

// callMounts gives a client's message to the services of its topic. Its slices alias the connection's buffers.
func (r *router) callMounts(x *route, p *mqtt.Publish) {
	if len(x.mounts) == 0 {
		return
	}
	m := &message.Message{Origin: r.who, Topic: x.topic, Payload: p.Payload, QoS: p.QoS, Retain: p.Retain, Properties: propertiesOf(&p.Properties)}
	for _, h := range x.mounts {
		h.HandleMessage(context.Background(), m)
	}
}

// flushTouched writes out everything this router put into outboxes since the last time. It is counted before it can be seen.
func (r *router) flushTouched() {
	r.tell()
	for i, c := range r.touched {
		c.flush()
		r.touched[i] = nil
	}
	r.touched = r.touched[:0]
}

// borrow returns a router for work that no connection's goroutine does; giveBack writes out what it did.
func (b *Broker) borrow(now time.Time) *router {
	r := b.routers.Get().(*router)
	r.now = now
	return r
}

func (b *Broker) giveBack(r *router) {
	r.flushTouched()
	b.routers.Put(r)
}
