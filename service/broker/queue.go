package broker

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// queue is what a session that outlives its connections has still to get: messages of QoS 1 and 2, from the moment they are queued until
// the client acknowledged them. Packet ids are chosen when a message is queued.
type queue struct {
	serial uint64 // of the session, in the spool
	spool  *spool
	limits *Limits
	most   int // messages
	agenda *agenda
	rate   *rate.Limiter // of messages stored for absent clients

	mu       sync.Mutex
	conn     *conn // that gets the messages; nil while the client is away
	window   int   // most messages under way
	flight   int   // messages under way
	last     uint64
	lastID   uint16
	byID     map[uint16]*entry
	bytes    int
	backlog  line // what waited when the client came, or waits for it
	fresh    line // what came after the client
	paced    time.Time
	pacing   *task
	retrying *task
	over     bool // the session has ended
}

// line is a first-in, first-out queue.
type line struct {
	list []*entry
	head int
}

func (l *line) push(e *entry) { l.list = append(l.list, e) }

func (l *line) first() *entry {
	if l.head == len(l.list) {
		return nil
	}
	return l.list[l.head]
}

func (l *line) pop() *entry {
	e := l.list[l.head]
	l.list[l.head] = nil
	if l.head++; l.head == len(l.list) {
		l.list, l.head = l.list[:0], 0
	} else if l.head > 64 && l.head > len(l.list)/2 {
		n := copy(l.list, l.list[l.head:])
		clear(l.list[n:])
		l.list, l.head = l.list[:n], 0
	}
	return e
}

func newQueue(d *domain, serial uint64, most int) *queue {
	b := d.b
	return &queue{rate: d.throttles.queued, serial: serial, spool: b.spool, limits: &b.cfg.Limits, agenda: b.agenda, most: min(most, 60_000), byID: make(map[uint16]*entry)}
}

// reserve makes room for a message, or returns nil where a limit does not let it. The entry counts when it is pushed.
func (q *queue) reserve(m *stored, qos byte, retain bool, ids []uint32) *entry {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.over || len(q.byID) >= q.most || q.bytes+m.size > q.limits.SessionBytes || !q.spool.admit(m, q.limits.AllSessionBytes) {
		return nil
	}
	for q.lastID++; q.lastID == 0 || q.byID[q.lastID] != nil; {
		q.lastID++
	}
	q.last++
	e := &entry{m: m, n: q.last, id: q.lastID, qos: qos, retain: retain, ids: ids}
	q.byID[e.id] = e
	q.bytes += m.size
	return e
}

// push queues a reserved message whose record is written.
func (q *queue) push(e *entry) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.over {
		return
	}
	e.phase = waiting
	if q.conn == nil {
		q.backlog.push(e)
	} else {
		q.fresh.push(e)
	}
}

// remove forgets a message. The queue is locked.
func (q *queue) remove(e *entry) {
	if q.byID[e.id] != e {
		return
	}
	delete(q.byID, e.id)
	q.bytes -= e.m.size
	q.spool.drop(e.m)
	if e.flying {
		q.flight--
	}
}

// fly counts a message as under way. The queue is locked.
func (q *queue) fly(e *entry) {
	if !e.flying {
		e.flying = true
		q.flight++
	}
}

// finish forgets a message that is done with, and has that noted. The queue is locked.
func (q *queue) finish(e *entry) {
	if q.remove(e); !e.lent {
		q.spool.note(q.serial, e.n)
	}
}

// cancel forgets a reserved message whose record could not be written.
func (q *queue) cancel(e *entry) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.remove(e)
}

// attach lets the queue go to a connection: what was under way first, then what waited, each in the order in which it came.
// [MQTT-4.4.0-1] [MQTT-4.6.0-1]
func (q *queue) attach(c *conn, window int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.conn, q.window = c, window
	q.rearrange()
}

// detach is the end of attach.
func (q *queue) detach() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.conn = nil
	q.agenda.cancel(q.pacing)
	q.agenda.cancel(q.retrying)
	q.pacing, q.retrying = nil, nil
	q.rearrange()
}

// rearrange makes all there is the backlog. The queue is locked.
func (q *queue) rearrange() {
	q.backlog, q.fresh, q.flight = line{}, line{}, 0
	for _, e := range q.byID {
		e.flying = false
		if e.lent {
			q.remove(e) // with its connection
		} else if e.phase != reserved {
			q.backlog.push(e)
		}
	}
	slices.SortFunc(q.backlog.list, func(a, b *entry) int {
		return cmp.Or(cmp.Compare(b.phase/sent, a.phase/sent), cmp.Compare(a.n, b.n))
	})
}

// discard forgets all messages, because the session has ended, and returns how many were lost.
func (q *queue) discard() (l lost) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.over = true
	q.agenda.cancel(q.pacing)
	for _, e := range q.byID {
		if e.phase != released && !e.lent {
			l.n++
			l.topic = e.m.topic
		}
		q.finish(e)
	}
	q.backlog, q.fresh = line{}, line{}
	return l
}

// take returns a message that may be sent now, nil if there is none. The queue is locked.
func (q *queue) take(r *router) *entry {
	if q.conn == nil || q.flight >= q.window || q.flight > 0 && q.conn.out.crowded() {
		return nil
	}
	for q.backlog.first() != nil && q.byID[q.backlog.first().id] != q.backlog.first() {
		q.backlog.pop() // acknowledged before it was sent again
	}
	l := &q.fresh
	if q.backlog.first() != nil && q.pace(r) {
		l = &q.backlog
	}
	if l.first() == nil {
		return nil
	}
	if c := q.conn; !allows(c.publishes, r.now, 1) {
		q.later(r, r.now.Add(time.Second/time.Duration(r.b.cfg.Rates.Publishes)))
		return nil
	}
	if l == &q.backlog && q.limits.StoredPerSecond > 0 {
		q.paced = r.now.Add(time.Second / time.Duration(q.limits.StoredPerSecond))
	}
	return l.pop()
}

// later has the queue looked at again. The queue is locked.
func (q *queue) later(r *router, at time.Time) {
	if q.pacing != nil {
		return
	}
	b := r.b
	q.pacing = q.agenda.at(at, func(now time.Time) {
		q.mu.Lock()
		q.pacing = nil
		q.mu.Unlock()
		b.pumpAt(q, now)
	})
}

// pace reports whether the next of the backlog may go, and otherwise has it sent at its time. (aws: iot/mqtt-persistent-sessions)
func (q *queue) pace(r *router) bool {
	if q.limits.StoredPerSecond == 0 || !q.paced.After(r.now) {
		return true
	}
	q.later(r, q.paced)
	return false
}

// acknowledged ends what a PUBACK or PUBCOMP names, and reports whether it was under way.
func (q *queue) acknowledged(id uint16, want phase) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	e := q.byID[id]
	if e == nil || e.phase != want || (e.qos == 2) != (want == released) {
		return false
	}
	q.finish(e)
	return true
}

// received notes a PUBREC; what it names is never sent again as a message. [MQTT-4.3.3-7]
func (q *queue) received(id uint16, refused bool) (e *entry) {
	q.mu.Lock()
	defer q.mu.Unlock()
	e = q.byID[id]
	switch {
	case e == nil || e.qos != 2 || e.phase != sent && e.phase != released:
		return nil
	case refused:
		q.finish(e)
	default:
		e.phase = released
	}
	return e
}

// late lists the messages that were sent before a time and not acknowledged, the oldest first. The queue is locked.
func (q *queue) late(before time.Time) (list []*entry) {
	for _, e := range q.byID {
		if e.phase == sent && !e.lent && !e.sentAt.After(before) {
			list = append(list, e)
		}
	}
	slices.SortFunc(list, func(a, b *entry) int { return cmp.Compare(a.n, b.n) })
	return list
}
