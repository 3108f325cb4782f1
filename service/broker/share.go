package broker

import (
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"telltale/lang/topic"
)

// group is a shared subscription: each message goes to one of its members. What comes while no member is there waits, if a member has a
// session that outlives its connections. (aws: iot/mqtt#mqtt5-shared-subscription)
type group struct {
	name   string // share name, slash, filter
	filter string
	domain *domain
	queue  *queue // never attached to a connection

	mu       sync.Mutex
	members  atomic.Pointer[[]*subscription] // replaced, never changed
	draining *task
}

// groupOf is the group of a filter, nil for one that is not shared.
func (d *domain) groupOf(filter string) *group {
	share, inner, err := topic.ParseShared(filter)
	if share == "" || err != nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	name := share + "/" + inner
	g := d.groups[name]
	if g == nil {
		g = &group{name: name, filter: inner, domain: d, queue: newQueue(d, d.shareSerial(name), d.b.cfg.Limits.ShareMessages)}
		g.members.Store(&[]*subscription{})
		d.groups[name] = g
	}
	return g
}

// share counts the members of a shared subscription that there is, and the shared subscriptions where it would be another one.
func (d *domain) share(filter string) (groups, members int) {
	share, inner, err := topic.ParseShared(filter)
	if share == "" || err != nil {
		return 0, 0
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if g := d.groups[share+"/"+inner]; g != nil {
		return 0, len(*g.members.Load())
	}
	return len(d.groups), 0
}

// shareSerial names a group in the spool. It is the same after a restart.
func (d *domain) shareSerial(name string) uint64 {
	h := fnv.New64a()
	for _, text := range []string{d.scope.Account, d.scope.Region, name} {
		_, _ = h.Write([]byte(text)) // never fails
		_, _ = h.Write([]byte{0})
	}
	return h.Sum64() | 1<<63
}

// join adds a member, or replaces its subscription. The first one puts the group into the tree.
func (g *group) join(x *subscription) {
	g.mu.Lock()
	defer g.mu.Unlock()
	old := *g.members.Load()
	list := slices.Clone(old)
	if i := g.find(list, x.session); i >= 0 {
		list[i] = x
	} else {
		list = append(list, x)
	}
	g.members.Store(&list)
	if len(old) == 0 {
		g.domain.mu.Lock()
		g.domain.groups[g.name] = g // it may have been left meanwhile
		g.domain.mu.Unlock()
		g.domain.tree.Add(g.filter, subscriber{group: g}, &subscription{group: g, filter: g.filter})
	}
}

// leave removes a member. With the last one the group goes, and what waited for it.
func (g *group) leave(x *subscription) {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := slices.Clone(*g.members.Load())
	i := g.find(list, x.session)
	if i < 0 {
		return
	}
	list = slices.Delete(list, i, i+1)
	g.members.Store(&list)
	if len(list) > 0 {
		return
	}
	g.domain.tree.Remove(g.filter, subscriber{group: g})
	g.domain.mu.Lock()
	if g.domain.groups[g.name] == g {
		delete(g.domain.groups, g.name)
	}
	g.domain.mu.Unlock()
	g.domain.b.recordAbandoned(g, g.queue.empty())
}

func (g *group) find(list []*subscription, s *session) int {
	return slices.IndexFunc(list, func(x *subscription) bool { return x.session == s })
}

// empty forgets all messages, but not the queue.
func (q *queue) empty() (l lost) {
	l = q.discard()
	q.mu.Lock()
	q.over = false
	q.mu.Unlock()
	return l
}

// deliverShared delivers a message to one member of a group, chosen at random among those that are there; if none is, it waits.
func (r *router) deliverShared(d *delivery, g *group) {
	members := *g.members.Load()
	if len(members) == 0 {
		return
	}
	var keeper *subscription
	start := rand.IntN(len(members))
	for i := range members {
		x := members[(start+i)%len(members)]
		c := x.session.conn.Load()
		if c == nil {
			if x.session.queue != nil && x.qos > 0 && (keeper == nil || x.qos > keeper.qos) {
				keeper = x
			}
			continue
		}
		t := target{session: x.session, qos: x.qos, asPublished: x.asPublished, receive: c.mayReceive(r.now, d.route.topic), known: true}
		if x.id != 0 {
			t.ids = []uint32{x.id}
		}
		if !t.receive.allowed && i < len(members)-1 {
			continue
		}
		r.deliver(d, &t)
		return
	}
	if qos := min(d.packet.QoS, r.b.cfg.Limits.QoS); keeper != nil && qos > 0 {
		r.keep(d, nil, g, min(qos, keeper.qos), d.packet.Retain && keeper.asPublished, nil)
	}
}

// drainGroups has the members of a session's groups get what waited for them.
func (d *domain) drainGroups(s *session) {
	s.mu.Lock()
	var groups []*group
	for _, x := range s.subscriptions {
		if x.group != nil {
			groups = append(groups, x.group)
		}
	}
	s.mu.Unlock()
	for _, g := range groups {
		g.drainAt(time.Now())
	}
}

// drainAt plans the next step of draining.
func (g *group) drainAt(at time.Time) {
	g.queue.mu.Lock()
	some := g.queue.backlog.first() != nil
	g.queue.mu.Unlock()
	g.mu.Lock()
	defer g.mu.Unlock()
	if some && g.draining == nil {
		g.draining = g.domain.b.agenda.at(at, g.drain)
	}
}

// drain hands waiting messages to members that are there: one to each, at the pace of the profile.
func (g *group) drain(now time.Time) {
	g.mu.Lock()
	g.draining = nil
	g.mu.Unlock()
	b := g.domain.b
	present := 0
	for _, x := range *g.members.Load() {
		if x.session.conn.Load() != nil {
			present++
		}
	}
	turn, pause := present, time.Duration(0)
	if rate := b.cfg.Limits.SharedPerSecond; rate > 0 {
		pause = time.Second / time.Duration(rate)
	} else {
		turn *= 100
	}
	if present == 0 {
		return
	}
	r := b.borrow(now)
	for range turn {
		e := g.queue.draw()
		if e == nil {
			break
		}
		r.handOver(g, e)
	}
	_ = r.commit() // what cannot be stored stays in the group's log, for the next start
	b.giveBack(r)
	g.drainAt(now.Add(pause))
}

// draw takes the next message out of a queue without a connection.
func (q *queue) draw() *entry {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.backlog.first() == nil {
		return nil
	}
	return q.backlog.pop()
}

// handOver delivers a message that waited for a group.
func (r *router) handOver(g *group, e *entry) {
	left, alive := e.m.remaining(r.now)
	if alive {
		p := e.m.packet
		p.QoS, p.Retain = e.qos, e.retain
		if !e.m.expires.IsZero() {
			p.Properties.MessageExpiry.Value = left
		}
		r.who.Trace, r.who.Scope = e.m.trace, g.domain.scope
		d := &delivery{packet: &p, route: &route{topic: e.m.topic, raw: p.Topic}}
		r.deliverShared(d, g)
		r.seal(d)
	} else {
		r.b.recordExpired(g, e)
	}
	r.batch.done(g.queue, e)
}

// restoreGroups brings back what waited for the groups that sessions brought back.
func (b *Broker) restoreGroups(open map[uint64][]*entry, last map[uint64]uint64) {
	b.domains.Range(func(_, value any) bool {
		for _, g := range value.(*domain).groups {
			g.queue.load(open[g.queue.serial], last[g.queue.serial])
		}
		return true
	})
}
