package logseg

import (
	"math"
	"slices"
	"sync"
)

// pager gives the rows of one memtable or segment page by page, in the direction of a query.
type pager interface {
	// bound returns a place that none of the rows to come lies before (behind, when descending);
	// ok is false when there are none.
	bound() (c Cursor, ok bool)
	// load moves to the next page and returns how many rows to look at it has.
	load() (int, error)
	// row returns row i of the page, counted in the direction of the query.
	row(i int) stored
}

// memPager has all rows of a memtable on one page.
type memPager struct {
	q      *query
	view   memView
	loaded bool
	spots  []spot
}

func (p *memPager) bound() (Cursor, bool) {
	if p.q.desc {
		return Cursor{TS: p.view.maxTS, Seq: math.MaxUint64}, !p.loaded
	}
	return Cursor{TS: p.view.minTS}, !p.loaded
}

func (p *memPager) load() (int, error) {
	p.loaded = true
	p.spots = p.view.spots(func(r *ref) bool {
		if r.ts < p.q.from || r.ts >= p.q.to {
			return false
		}
		_, ok := p.q.groups[r.group]
		return ok
	})
	if p.q.desc {
		slices.Reverse(p.spots)
	}
	return len(p.spots), nil
}

func (p *memPager) row(i int) stored { return p.view.row(p.spots[i]) }

// segPager has a page per block that may hold rows of the query.
type segPager struct {
	q        *query
	seg      *segment
	blocks   []int // still to come, in the direction of the query
	current  int   // block of the page
	buf      blockBuffer
	decoders *sync.Pool
}

func newSegPager(q *query, s *segment, decoders *sync.Pool) *segPager {
	p := &segPager{q: q, seg: s, decoders: decoders}
	for i := range s.blocks {
		if b := &s.blocks[i]; b.maxTS >= q.from && b.minTS < q.to && q.wantsAny(b.groups) {
			p.blocks = append(p.blocks, i)
		}
	}
	if q.desc {
		slices.Reverse(p.blocks)
	}
	return p
}

func (p *segPager) bound() (Cursor, bool) {
	if len(p.blocks) == 0 {
		return Cursor{}, false
	}
	b := &p.seg.blocks[p.blocks[0]]
	if p.q.desc {
		return Cursor{TS: b.maxTS, Seq: math.MaxUint64}, true
	}
	return Cursor{TS: b.minTS}, true
}

func (p *segPager) load() (int, error) {
	n := p.blocks[0]
	p.current = n
	p.blocks = p.blocks[1:]
	p.buf.rows = p.buf.rows[:0]
	if err := p.seg.read(n, &p.buf, p.decoders); err != nil {
		return 0, err
	}
	if !p.q.words.inBlock(p.buf.raw, p.seg.blocks[n].tmpls) {
		return 0, nil
	}
	return len(p.buf.rows), nil
}

func (p *segPager) row(i int) stored {
	if p.q.desc {
		i = len(p.buf.rows) - 1 - i
	}
	r := &p.buf.rows[i]
	return stored{ts: r.ts, seq: r.seq, body: p.buf.raw[r.off : r.off+r.size]}
}
