package eventlog

import (
	"sync"
	"time"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/store/logseg"
)

// Record writes an entry for a fact if the level that applies admits it. It returns as soon as the entry waits for the writer;
// when too many wait it blocks for a bounded time, and then drops the entry and counts the drop.
func (l *Log) Record(o *caller.Origin, f event.Fact) {
	kind := f.Kind()
	if kind.Name == "" || o.Account == "" {
		return
	}
	s := l.settings(o.Scope)
	level := kind.Level(f.Result())
	if !s.threshold(o, kind, l.needs.Groups).Admits(level) {
		return
	}
	dest, capture := s.destination(kind), s.capture(o, l.needs.Groups)
	sh := &l.shards[int(o.Trace[0])%len(l.shards)] // one trace, one shard: its entries keep their order
	sh.mu.Lock()
	if len(sh.pending) >= l.cfg.MaxPending && !sh.waitForRoom(l.cfg) {
		sh.dropped[o.Scope]++
		sh.mu.Unlock()
		l.signal()
		return
	}
	sh.add(l.needs.Writer, dest, level, o, f, capture)
	sh.mu.Unlock()
	l.signal()
}

// signal wakes the delivery, which may be awake already.
func (l *Log) signal() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// pending is an entry that waits for the writer.
type pending struct {
	at   int64 // nanoseconds since the epoch; orders entries of different shards
	dest *destination
	tmpl uint32
	vals int // index after its last value in the shard's vals
}

// shard collects entries between two deliveries. Its memory is reused. Facts are valid only while they are recorded, but their texts are strings,
// which nobody changes.
type shard struct {
	mu      sync.Mutex
	room    chan struct{} // closed when the shard was emptied
	batch                 // being filled
	spare   batch         // being delivered, or empty
	writer  event.Writer
	shapes  map[*event.Kind][]*shape
	dropped map[caller.Scope]uint64 // entries that found no room, or no template, since the last delivery
}

type batch struct {
	pending []pending
	vals    []logseg.Value
	began   time.Time // when the first entry came
}

// keepVals is how many values a batch keeps room for when it is emptied: what a burst needed beyond it goes back.
const keepVals = 96 << 10

// reset empties the batch for reuse, and lets go of the texts.
func (b *batch) reset() {
	if cap(b.vals) > keepVals {
		*b = batch{}
		return
	}
	clear(b.vals)
	b.pending, b.vals = b.pending[:0], b.vals[:0]
}

func (s *shard) init() {
	s.room = make(chan struct{})
	s.shapes = make(map[*event.Kind][]*shape)
	s.dropped = make(map[caller.Scope]uint64)
}

// waitForRoom waits, unlocked, until the shard was emptied; it reports false when that took too long.
func (s *shard) waitForRoom(cfg Config) bool {
	timer := time.NewTimer(cfg.MaxWait)
	defer timer.Stop()
	for len(s.pending) >= cfg.MaxPending {
		room := s.room
		s.mu.Unlock()
		select {
		case <-room:
			s.mu.Lock()
		case <-timer.C:
			s.mu.Lock()
			return len(s.pending) < cfg.MaxPending
		}
	}
	return true
}

// add renders a fact into template and values. The shard is locked.
func (s *shard) add(w Writer, dest *destination, level event.Level, o *caller.Origin, f event.Fact, c event.Capture) {
	s.writer.Reset(o)
	s.writer.Capture = c
	f.Fields(&s.writer)
	fields := s.writer.List()
	sh, err := s.shape(w, f.Kind(), level, f.Result(), fields)
	if err != nil {
		s.dropped[o.Scope]++
		return
	}
	s.vals = append(s.vals, logseg.UUID(o.Trace), logseg.Str(o.Account))
	for i := range fields {
		s.vals = append(s.vals, value(&fields[i]))
	}
	s.pending = append(s.pending, pending{at: s.now(), dest: dest, tmpl: sh.tmpl, vals: len(s.vals)})
}

// now is the time in nanoseconds since the epoch. Within a batch it is that of the first entry and what passed since, which takes one reading
// of one clock instead of two, and never goes back.
func (b *batch) now() int64 {
	if len(b.pending) == 0 {
		b.began = time.Now()
	}
	return b.began.UnixNano() + int64(time.Since(b.began))
}

func value(f *event.Field) logseg.Value {
	switch f.Type {
	case event.Number:
		return logseg.Int(f.Int)
	case event.Bool:
		if f.Int != 0 {
			return logseg.JSON("true")
		}
		return logseg.JSON("false")
	case event.JSON:
		return logseg.JSON(f.Str)
	default:
		return logseg.Str(f.Str)
	}
}
