package broker

import (
	"telltale/base/caller"
	"telltale/base/event"
	"telltale/lang/mqtt"
)

// batch is what the packets of one read owe to the disk. Nothing of it is acknowledged, or sent on, before it is written.
type batch struct {
	record  []byte
	list    []destination // sessions of the message that is being delivered
	puts    []put         // entries of the record
	drawn   []put         // entries that the record ends
	marks   []*receipt    // receipts of the record
	retains []*retainedRow
	owed    []owed
}

// put is a message and the queue it goes into, with the session or else the group whose queue it is.
type put struct {
	queue   *queue
	session *session
	group   *group
	e       *entry
	trace   caller.Trace
}

// owed is an answer that waits for the disk.
type owed struct {
	kind   mqtt.Type
	id     uint16
	reason mqtt.ReasonCode
	text   string
}

func (x *batch) empty() bool { return len(x.record) == 0 && len(x.puts) == 0 && len(x.retains) == 0 }

// done has a message of a queue that was handed on ended with the record.
func (x *batch) done(q *queue, e *entry) {
	x.record = appendDone(x.record, q.serial, e.n)
	x.drawn = append(x.drawn, put{queue: q, e: e})
}

func (x *batch) reset() {
	clear(x.puts)
	clear(x.drawn)
	clear(x.list)
	clear(x.retains)
	clear(x.marks)
	*x = batch{record: x.record[:0], list: x.list[:0], puts: x.puts[:0], drawn: x.drawn[:0], marks: x.marks[:0], retains: x.retains[:0], owed: x.owed[:0]}
	if cap(x.record) > maxPooled {
		x.record = nil
	}
}

// keep reserves a place for a message in the queue of a session, or of a group, to be filled when the record is written.
func (r *router) keep(d *delivery, s *session, g *group, qos byte, retain bool, ids []uint32) bool {
	x, q := &r.batch, (*queue)(nil)
	if s != nil {
		q = s.queue
	} else {
		q = g.queue
	}
	if d.stored == nil {
		d.stored = store(d.packet, d.route.topic, r.who.Trace, r.now)
	}
	p := put{queue: q, session: s, group: g, trace: r.who.Trace}
	if (s == nil || s.conn.Load() == nil) && !q.admitted(r) {
		r.recordQueued(&p, d.stored, qos, queueThrottled)
		return false
	}
	if p.e = q.reserve(d.stored, qos, retain, ids); p.e == nil {
		r.recordQueued(&p, d.stored, qos, queueThrottled)
		return false
	}
	x.puts = append(x.puts, p)
	x.list = append(x.list, destination{q.serial, p.e})
	return true
}

// seal writes the message of a delivery and its sessions into the record.
func (r *router) seal(d *delivery) {
	x := &r.batch
	if len(x.list) == 0 {
		return
	}
	if r.b.spool.log != nil {
		x.record = appendMessage(x.record, d.stored, x.list)
	}
	clear(x.list)
	x.list = x.list[:0]
}

// commit writes what the batch owes to the disk. Then the messages are in their queues, to be sent, and answers that waited leave.
func (r *router) commit() error {
	x := &r.batch
	if x.empty() && len(x.owed) == 0 {
		return nil
	}
	err := r.b.saveRetained(x.retains)
	if err == nil && (len(x.record) > 0 || len(x.puts) > 0) {
		err = r.b.spool.append(x.record, func() {
			for _, p := range x.puts {
				p.queue.push(p.e)
			}
			for _, p := range x.drawn {
				p.queue.forget(p.e)
			}
			for _, m := range x.marks {
				m.written = true
			}
		})
	}
	if r.pays != nil { // first: a client that subscribes to what it publishes expects the answer before the message
		r.pays(err)
	}
	if err != nil {
		r.b.needs.Diary.Error("messages cannot be stored", "error", err)
		for i := range x.puts {
			x.puts[i].queue.cancel(x.puts[i].e)
			r.recordQueued(&x.puts[i], x.puts[i].e.m, x.puts[i].e.qos, queueBroken)
		}
	} else {
		for i := range x.puts {
			r.delivered(&x.puts[i])
		}
	}
	x.reset()
	return err
}

// delivered has a message that is in its queue sent, if its client is there.
func (r *router) delivered(p *put) {
	switch {
	case p.session == nil:
		r.recordQueued(p, p.e.m, p.e.qos, event.Failure{})
		p.group.drainAt(r.now)
	case p.session.conn.Load() == nil:
		r.recordQueued(p, p.e.m, p.e.qos, event.Failure{})
	default:
		r.pump(p.queue)
	}
}

// forget removes an entry whose end is written.
func (q *queue) forget(e *entry) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.remove(e)
}

// abandon gives up what was not written, after a fault.
func (x *batch) abandon() {
	for _, p := range x.puts {
		p.queue.cancel(p.e)
	}
	x.reset()
}
