package logseg

import (
	"context"
	"encoding/binary"
	"slices"
	"sync"

	"telltale/base/fault"
	"telltale/lang/predicate"
)

// Follower receives the rows of a FollowReq as they are acknowledged. It must be closed.
type Follower struct {
	log     *Log
	all     bool
	groups  map[uint32]bool
	streams map[uint32]bool // nil: all
	limit   int

	mu      sync.Mutex
	pending []byte // rows not yet taken: Seq and TS as u64, size of the body as u32, body
	lost    uint64 // rows that found no room behind pending
	ended   bool
	news    chan struct{} // has an element when there may be something to take

	// what follows belongs to the goroutine that calls Next
	matcher *predicate.Matcher
	words   *prefilter
	pred    *predicate.Expr
	shapes  []*shape
	taken   []byte // rest of what was pending
	spare   []byte // to be pending next
	missed  uint64 // rows lost behind taken
	row     Row
}

const (
	defaultBuffer = 1 << 20
	followHead    = 8 + 8 + 4
)

// Follow implements Store.
func (l *Log) Follow(r FollowReq) (*Follower, error) {
	const op = "logseg.Follow"
	if !r.All && len(r.Groups) == 0 {
		return nil, fault.New(op, fault.Invalid, "the request names no group; at least one is needed, or All")
	}
	if r.Buffer < 0 {
		return nil, fault.New(op, fault.Invalid, "a buffer of %d bytes is negative", r.Buffer)
	}
	f := &Follower{log: l, all: r.All, groups: setOf(r.Groups), streams: setOf(r.Streams), pred: r.Pred, limit: r.Buffer, news: make(chan struct{}, 1)}
	if f.limit == 0 {
		f.limit = defaultBuffer
	}
	if r.Pred != nil {
		m, err := r.Pred.Compile()
		if err != nil {
			return nil, fault.Wrap(op, fault.Invalid, err)
		}
		f.matcher = m
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, fault.Wrap(op, fault.Unavailable, errClosed)
	}
	l.followers = append(slices.Clip(l.followers), f)
	return f, nil
}

// setOf returns nil for no ids.
func setOf(ids []uint32) map[uint32]bool {
	if len(ids) == 0 {
		return nil
	}
	set := make(map[uint32]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}

// offer hands the rows of a batch over. It never waits: rows that find no room are counted.
func (f *Follower) offer(b *batch) {
	f.mu.Lock()
	defer f.mu.Unlock()
	before, lost := len(f.pending), f.lost
	for i := range b.refs {
		r := &b.refs[i]
		if !f.all && !f.groups[r.group] {
			continue
		}
		content := b.rec.Payload[r.off : r.off+r.size]
		if f.streams != nil {
			if v, ok := readBody(content); !ok || !f.streams[v.stream] {
				continue
			}
		}
		// Once rows are lost none is taken before the reader knows, so that the gap has one place.
		// A row larger than the whole buffer still goes when it is alone.
		if f.lost > 0 || len(f.pending) > 0 && len(f.pending)+followHead+len(content) > f.limit {
			f.lost++
			continue
		}
		f.pending = binary.LittleEndian.AppendUint64(f.pending, b.rec.First+uint64(i))
		f.pending = binary.LittleEndian.AppendUint64(f.pending, uint64(r.ts))
		f.pending = binary.LittleEndian.AppendUint32(f.pending, r.size)
		f.pending = append(f.pending, content...)
	}
	if len(f.pending) > before || f.lost > lost {
		f.ring()
	}
}

func (f *Follower) ring() {
	select {
	case f.news <- struct{}{}:
	default:
	}
}

// Next returns the next row, which stays valid until the next call, or how many rows of the followed groups and
// streams were lost at this point because the reader was too slow; then row is nil. It waits until there is one or
// the other. It fails when ctx ends, and with fault.Unavailable once the follower or its store is closed and all rows
// are taken. Only one goroutine may call it at a time.
func (f *Follower) Next(ctx context.Context) (row *Row, lost uint64, err error) {
	for {
		for len(f.taken) > 0 {
			if f.take() {
				return &f.row, 0, nil
			}
		}
		if lost, f.missed = f.missed, 0; lost > 0 {
			return nil, lost, nil
		}
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		if f.swap() {
			continue
		}
		if f.hasEnded() {
			return nil, 0, fault.New("logseg.Follow", fault.Unavailable, "the follower is closed")
		}
		select {
		case <-f.news:
		case <-ctx.Done():
			return nil, 0, ctx.Err()
		}
	}
}

// swap takes what is pending. It returns false when there is nothing.
func (f *Follower) swap() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.pending) == 0 && f.lost == 0 {
		return false
	}
	f.pending, f.spare = f.spare[:0], f.pending
	f.taken = f.spare
	f.missed, f.lost = f.lost, 0
	if shapes := *f.log.catalog.shapes.Load(); len(shapes) != len(f.shapes) {
		f.shapes = shapes
		if f.pred != nil {
			f.words = newPrefilter(f.pred, shapes)
		}
	}
	return true
}

func (f *Follower) hasEnded() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ended && len(f.pending) == 0 && f.lost == 0
}

// take moves the next row out of taken. It returns false when the row does not match.
func (f *Follower) take() bool {
	b := f.taken
	seq, ts := binary.LittleEndian.Uint64(b), int64(binary.LittleEndian.Uint64(b[8:]))
	end := followHead + int(binary.LittleEndian.Uint32(b[16:]))
	v, ok := readBody(b[followHead:end])
	f.taken = b[end:]
	if !ok || f.matcher != nil && !f.words.inRow(v.tmpl, v.rest) {
		return false
	}
	message, ok := appendMessage(f.row.Message[:0], ts, &v, f.shapes)
	f.row = Row{Group: v.group, Stream: v.stream, TS: ts, Ingested: ts + v.delay, Seq: seq, Message: message}
	return ok && (f.matcher == nil || f.matcher.Match(message))
}

// end lets Next return once everything is taken.
func (f *Follower) end() {
	f.mu.Lock()
	f.ended = true
	f.mu.Unlock()
	f.ring()
}

// Close ends the subscription.
func (f *Follower) Close() {
	f.log.mu.Lock()
	kept := make([]*Follower, 0, len(f.log.followers))
	for _, o := range f.log.followers {
		if o != f {
			kept = append(kept, o)
		}
	}
	f.log.followers = kept
	f.log.mu.Unlock()
	f.end()
}
