package logseg

import (
	"context"
	"errors"
	"sync"
	"time"

	"telltale/base/fault"
	"telltale/store/logseg/wal"
)

// Log is the Store of one node, in files or in memory.
type Log struct {
	cfg      Config
	lock     *dirLock // nil in memory
	wal      *wal.Log
	catalog  *catalog
	batches  sync.Pool // *batch
	decoders sync.Pool // *zstd.Decoder

	mu        sync.RWMutex
	active    *memtable     // takes new rows
	frozen    []*memtable   // waiting to be sealed, oldest first
	segments  []*segment    // by sequence number; the slice is replaced, never changed
	followers []*Follower   // the slice is replaced, never changed
	sealed    chan struct{} // closed and replaced whenever frozen gets shorter or sealErr changes
	sealErr   error         // why the last seal failed
	closed    bool

	freezeMu   sync.Mutex // one freeze at a time
	maintainMu sync.Mutex // one round of maintenance at a time
	wake       chan struct{}
	stop       context.CancelFunc
	done       chan struct{}
}

var errClosed = errors.New("the store is closed")

// maxFrozen is how many memtables may wait for the disk before Append waits too.
const maxFrozen = 3

func (l *Log) getBatch() *batch {
	b, _ := l.batches.Get().(*batch)
	if b == nil {
		b = &batch{}
		b.rec.Apply = func(*wal.Record) { l.publish(b) }
	}
	b.reset()
	return b
}

func (l *Log) putBatch(b *batch) {
	if b.small() {
		l.batches.Put(b)
	}
}

// Template implements Store.
func (l *Log) Template(t Template) (uint32, error) { return l.catalog.template(t) }

// AppendMessage renders the message of e, as Scan would, behind dst. An entry that Append would refuse adds nothing.
func (l *Log) AppendMessage(dst []byte, e *Entry) []byte {
	shapes := *l.catalog.shapes.Load()
	b, _, err := appendBody(nil, e, shapes)
	if err != nil {
		return dst
	}
	v, ok := readBody(b)
	if !ok {
		return dst
	}
	out, ok := appendMessage(dst, e.TS, &v, shapes)
	if !ok {
		return dst
	}
	return out
}

// Append implements Store.
func (l *Log) Append(ctx context.Context, entries []Entry) error {
	const op = "logseg.Append"
	if len(entries) == 0 {
		return nil
	}
	if err := l.awaitRoom(ctx); err != nil {
		return fault.Wrap(op, fault.Unavailable, err)
	}
	b := l.getBatch()
	defer l.putBatch(b)
	shapes := *l.catalog.shapes.Load()
	now := time.Now().UnixMilli()
	for i := range entries {
		e := &entries[i]
		if e.Ingested == 0 {
			e.Ingested = now
		}
		if err := b.add(e, shapes); err != nil {
			return err
		}
	}
	b.rec.Count = uint32(len(entries))
	if err := l.wal.Append(&b.rec); err != nil {
		return fault.Wrap(op, fault.Unavailable, err)
	}
	for i := range entries {
		entries[i].Seq = b.rec.First + uint64(i)
	}
	l.freezeIfFull()
	return nil
}

// publish makes the rows of b visible. The log calls it in the order of sequence numbers, once they are written.
func (l *Log) publish(b *batch) {
	l.mu.Lock()
	first := l.active.rows == 0
	l.active.insert(b)
	followers := l.followers
	l.mu.Unlock()
	for _, f := range followers {
		f.offer(b)
	}
	if first {
		l.wakeSealer() // it has an age to watch now
	}
}

// awaitRoom waits while too many memtables wait for the disk. When the disk refuses them it says so at once.
func (l *Log) awaitRoom(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		l.mu.RLock()
		n, err, closed, sealed := len(l.frozen), l.sealErr, l.closed, l.sealed
		l.mu.RUnlock()
		switch {
		case closed:
			return errClosed
		case n < maxFrozen:
			return nil
		case err != nil:
			return err
		}
		select {
		case <-sealed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Drop implements Store.
func (l *Log) Drop(_ context.Context, group, stream uint32) error {
	const op = "logseg.Drop"
	if group == 0 {
		return fault.New(op, fault.Invalid, "group 0 cannot be dropped, it never exists")
	}
	at := place{group, stream}
	var err error
	l.wal.Between(func(next uint64) {
		if err = l.catalog.drop(at, next-1); err != nil {
			return
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		l.active.forget(at)
		for _, m := range l.frozen {
			m.forget(at)
		}
	})
	return fault.Wrap(op, fault.Unavailable, err)
}

// maxDays is the longest retention, in days: longer than CloudWatch Logs knows, short enough not to overflow.
const maxDays = 1 << 20

// Retain implements Store.
func (l *Log) Retain(_ context.Context, group uint32, days int) error {
	const op = "logseg.Retain"
	if group == 0 || days < 0 || days > maxDays {
		return fault.New(op, fault.Invalid, "group %d kept for %d days: the group may not be 0, the days are 0 to %d", group, days, maxDays)
	}
	return fault.Wrap(op, fault.Unavailable, l.catalog.retain(group, days))
}

// Usage implements Store.
func (l *Log) Usage(group uint32) Usage {
	l.mu.RLock()
	defer l.mu.RUnlock()
	hidden := l.catalog.rule(group, time.Now())
	u := Usage{Streams: map[uint32]Span{}}
	add := func(at place, s Span, last uint64) {
		if at.group != group || s.Entries == 0 || hidden.hides(at.stream, s.LastTS, last) {
			return
		}
		s.FirstTS = max(s.FirstTS, hidden.oldest)
		total := u.Streams[at.stream]
		total.add(s)
		u.Streams[at.stream] = total
		u.add(s)
	}
	for _, s := range l.segments {
		for _, x := range s.of(group) {
			add(x.place, x.span, s.last) // a segment never holds rows both before and behind a drop
		}
	}
	for _, m := range append(l.frozen[:len(l.frozen):len(l.frozen)], l.active) {
		for at, s := range m.usage {
			add(at, s, m.next)
		}
	}
	return u
}

// Stats implements Store.
func (l *Log) Stats() Stats {
	l.mu.RLock()
	s := Stats{Segments: len(l.segments), Followers: len(l.followers)}
	for _, x := range l.segments {
		s.SegmentRows += x.rows
		s.SegmentBytes += x.size
	}
	for _, m := range append(l.frozen[:len(l.frozen):len(l.frozen)], l.active) {
		s.MemRows += m.rows
		s.MemBytes += m.bytes
	}
	l.mu.RUnlock()
	s.WALBytes = l.wal.Size()
	s.LastSeq = l.wal.Next() - 1
	return s
}

// Close implements Store. Rows not yet in a segment wait in the log for the next Open.
func (l *Log) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	l.closed = true
	followers := l.followers
	l.followers = nil
	l.mu.Unlock()
	l.stop()
	<-l.done
	l.maintainMu.Lock()
	defer l.maintainMu.Unlock()
	for _, f := range followers {
		f.end()
	}
	err := errors.Join(l.wal.Close(), l.catalog.log.Close(), l.lock.release())
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.segments {
		s.release()
	}
	l.segments = nil
	close(l.sealed)
	l.sealed = make(chan struct{})
	return fault.Wrap("logseg.Close", fault.Unavailable, err)
}
