package logseg

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// memtable holds the rows since the last seal, encoded, in the order they came. Log.mu guards it; what a view was
// given stays as it is, because bytes and references are only added behind it.
type memtable struct {
	first  uint64 // sequence number that item numbers count from
	next   uint64 // sequence number behind the newest row
	chunks []chunk
	rows   int
	bytes  int64 // memory the chunks take
	usage  map[place]Span
	born   time.Time // when the first row came

	minTS, maxTS int64
}

// chunk is a stretch of rows. A batch is never split.
type chunk struct {
	data []byte
	refs []ref
}

const (
	firstChunk = 32 << 10 // small, so that an idle store is
	nextChunk  = 512 << 10
	refSize    = 32 // bytes of a ref
)

func newMemtable(first uint64) *memtable {
	return &memtable{first: first, next: first, usage: map[place]Span{}, minTS: math.MaxInt64, maxTS: math.MinInt64}
}

// insert adds the rows of b.
func (m *memtable) insert(b *batch) {
	if m.rows == 0 {
		m.born = time.Now()
	}
	data := b.rec.Payload[1:]
	n := len(m.chunks)
	if n == 0 || cap(m.chunks[n-1].data)-len(m.chunks[n-1].data) < len(data) {
		size := nextChunk
		if n == 0 {
			size = firstChunk
		}
		m.chunks = append(m.chunks, chunk{data: make([]byte, 0, max(size, len(data)))})
		m.bytes += int64(max(size, len(data)))
		n++
	}
	c := &m.chunks[n-1]
	shift := uint32(len(c.data)) - 1 // offsets of b count its first byte
	item := uint32(b.rec.First - m.first)
	c.data = append(c.data, data...)
	m.bytes -= int64(cap(c.refs)) * refSize
	c.refs = slices.Grow(c.refs, len(b.refs))
	m.bytes += int64(cap(c.refs)) * refSize
	for _, r := range b.refs {
		r.off += shift
		r.item += item
		c.refs = append(c.refs, r)
	}
	m.rows += len(b.refs)
	m.next = b.rec.First + uint64(b.rec.Count)
	for i := range b.spans {
		s := m.usage[b.spans[i].place]
		s.add(b.spans[i].span)
		m.usage[b.spans[i].place] = s
		m.minTS, m.maxTS = min(m.minTS, b.spans[i].span.FirstTS), max(m.maxTS, b.spans[i].span.LastTS)
	}
}

// forget stops counting the rows of a place, all of which were just dropped.
func (m *memtable) forget(at place) {
	if at.stream != 0 {
		delete(m.usage, at)
		return
	}
	for p := range m.usage {
		if p.group == at.group {
			delete(m.usage, p)
		}
	}
}

// memView is what a memtable held at one moment.
type memView struct {
	first        uint64
	chunks       []chunk
	minTS, maxTS int64
}

func (m *memtable) view() memView {
	return memView{first: m.first, chunks: slices.Clone(m.chunks), minTS: m.minTS, maxTS: m.maxTS}
}

// spot finds a row of a view.
type spot struct {
	ts    int64
	item  uint32
	chunk uint32
	index uint32
}

// spots returns the rows that want accepts, sorted by (TS, Seq).
func (v memView) spots(want func(r *ref) bool) []spot {
	var spots []spot
	for c := range v.chunks {
		refs := v.chunks[c].refs
		for i := range refs {
			if r := &refs[i]; want(r) {
				spots = append(spots, spot{ts: r.ts, item: r.item, chunk: uint32(c), index: uint32(i)})
			}
		}
	}
	order := func(a, b spot) int {
		if a.ts != b.ts {
			return cmp.Compare(a.ts, b.ts)
		}
		return cmp.Compare(a.item, b.item)
	}
	if !slices.IsSortedFunc(spots, order) {
		slices.SortFunc(spots, order)
	}
	return spots
}

// row returns the row at s.
func (v memView) row(s spot) stored {
	c := &v.chunks[s.chunk]
	r := &c.refs[s.index]
	return stored{ts: r.ts, seq: v.first + uint64(r.item), body: c.data[r.off : r.off+r.size], message: int(r.msg)}
}

// stored is a row in its encoded form.
type stored struct {
	ts   int64
	seq  uint64
	body []byte

	message int // its size, or 0: not known
}
