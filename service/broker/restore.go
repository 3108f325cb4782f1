package broker

import (
	"context"
	"fmt"
	"time"

	"telltale/store/state"
)

// Open brings back the sessions and retained messages of an earlier run. Without it the broker keeps everything in memory. Close is its
// end.
func (b *Broker) Open(ctx context.Context) error {
	spool, err := openSpool(b.cfg.Sessions, b.needs.Diary)
	if err != nil {
		return fmt.Errorf("broker: %w", err)
	}
	spool.extent = b.extent
	b.spool = spool
	b.agenda.at(time.Now().Add(sweepEvery), b.sweep)
	if b.needs.State == nil {
		return nil
	}
	var rows []*sessionRow
	err = b.needs.State.View(ctx, func(tx *state.Tx) error {
		for row, err := range sessionTable.Scan(tx, state.Key{}, state.Key{}, 0) {
			if err != nil {
				return err
			}
			rows = append(rows, row)
		}
		return b.loadRetained(tx)
	})
	if err != nil {
		return fmt.Errorf("broker: %w", err)
	}
	kept := b.readSpool()
	open := kept.open()
	bySerial := map[uint64]*session{}
	now := time.Now()
	for _, row := range rows {
		s := b.restore(row, now)
		bySerial[row.Serial] = s
		s.queue.load(open[row.Serial], kept.lastN[row.Serial])
	}
	b.restoreGroups(open, kept.lastN)
	for key, id := range kept.receipts {
		if s := bySerial[key.serial]; s != nil && !kept.letGo[key] {
			s.load(id, key.n)
		}
	}
	for serial, n := range kept.lastReceipt {
		if s := bySerial[serial]; s != nil {
			s.lastReceipt = max(s.lastReceipt, n)
		}
	}
	return nil
}

// Close writes what is left of the sessions' messages. It comes after Run and after all who publish.
func (b *Broker) Close() error {
	if b.spool == nil {
		return nil
	}
	return b.spool.close()
}

// readSpool reads the log of an earlier run. What is damaged is told, and what is readable counts.
func (b *Broker) readSpool() *contents {
	kept := newContents()
	if b.spool.log == nil {
		return kept
	}
	for view, err := range b.spool.log.Records(0) {
		if err == nil {
			err = kept.add(view.Payload)
		}
		if err != nil {
			b.needs.Diary.Error("messages that waited for absent clients are lost", "error", err)
		}
	}
	return kept
}

// restore brings back a session as that of an absent client. One whose connection the broker did not see end is absent from now on.
func (b *Broker) restore(row *sessionRow, now time.Time) *session {
	d := b.domain(row.scope())
	s := &session{id: row.ClientID, domain: d, version: row.Version, row: *row, expiry: row.Expiry, subscriptions: make(map[string]*subscription)}
	s.thing = row.Origin.Thing
	s.queue = newQueue(d, row.Serial, b.cfg.Limits.SessionMessages)
	if s.row.Away.IsZero() {
		s.row.Away, s.row.Why = now, connectionLost.reason
	}
	for _, x := range row.Subscriptions {
		s.subscribe(x.Filter, &subscription{qos: x.QoS, noLocal: x.NoLocal, asPublished: x.AsPublished, id: x.ID, group: d.groupOf(x.Filter)})
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sessions[s.id] = s
	var due time.Time
	if row.Will != nil {
		due = s.row.Away.Add(min(row.Will.Delay, s.expiry))
	}
	b.plan(s, due)
	return s
}

// load fills a queue with the messages of an earlier run.
func (q *queue) load(list []*entry, last uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.last = last
	for _, e := range list {
		if older := q.byID[e.id]; older != nil { // it was acknowledged: otherwise its packet id would not have been free
			q.finish(older)
		}
		q.spool.hold(e.m)
		q.byID[e.id] = e
		q.bytes += e.m.size
		e.again = true // for all we know
		q.lastID = e.id
	}
	q.rearrange()
}

// load brings back a packet id that the client has not let go of.
func (s *session) load(id uint16, n uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.receipts == nil {
		s.receipts = make(map[uint16]*receipt)
	}
	if have := s.receipts[id]; have == nil || have.n < n {
		s.receipts[id] = &receipt{n: n, written: true}
	}
	s.lastReceipt = max(s.lastReceipt, n)
}

// extent adds to a snapshot everything that the spool must keep.
func (b *Broker) extent(x *snapshot) {
	b.domains.Range(func(_, value any) bool {
		d := value.(*domain)
		d.mu.Lock()
		sessions, groups := make([]*session, 0, len(d.sessions)), make([]*group, 0, len(d.groups))
		for _, s := range d.sessions {
			if s.queue != nil {
				sessions = append(sessions, s)
			}
		}
		for _, g := range d.groups {
			groups = append(groups, g)
		}
		d.mu.Unlock()
		for _, s := range sessions {
			s.queue.extent(x)
			s.mu.Lock()
			for id, r := range s.receipts {
				if r.written {
					x.receipt(s.row.Serial, r.n, id)
				}
			}
			s.mu.Unlock()
		}
		for _, g := range groups {
			g.queue.extent(x)
		}
		return true
	})
}

func (q *queue) extent(x *snapshot) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, e := range q.byID {
		if e.phase != reserved && !e.lent {
			x.message(q.serial, e)
		}
	}
}
