package logseg

import (
	"context"
	"math"
	"time"

	"telltale/base/fault"
	"telltale/lang/predicate"
)

// query is a checked request together with a view of what the store held when it began.
type query struct {
	groups  map[uint32]hiding
	streams map[uint32]bool // nil: all
	from    int64
	to      int64
	after   Cursor
	desc    bool
	words   *prefilter
	matcher *predicate.Matcher // nil: every row matches
	shapes  []*shape
	sources []*source // those that may hold rows
	heap    *sources  // those not at their end, once reading in order has begun
	held    []*segment
}

// scope is what ScanReq and AggReq have in common.
type scope struct {
	op       string
	groups   []uint32
	streams  []uint32
	from, to int64
	pred     *predicate.Expr
	after    Cursor
	desc     bool
}

// query prepares reading. The caller must close the query.
func (l *Log) query(s scope) (*query, error) {
	if len(s.groups) == 0 {
		return nil, fault.New(s.op, fault.Invalid, "the request names no group, at least one is needed")
	}
	q := &query{groups: make(map[uint32]hiding, len(s.groups)), from: s.from, to: s.to, after: s.after, desc: s.desc}
	if q.to == 0 {
		q.to = math.MaxInt64
	}
	if len(s.streams) > 0 {
		q.streams = make(map[uint32]bool, len(s.streams))
		for _, id := range s.streams {
			q.streams[id] = true
		}
	}
	switch {
	case q.after == Cursor{}:
	case q.desc && q.after.TS < math.MaxInt64:
		q.to = min(q.to, q.after.TS+1)
	case !q.desc:
		q.from = max(q.from, q.after.TS)
	}
	if s.pred != nil {
		m, err := s.pred.Compile()
		if err != nil {
			return nil, fault.Wrap(s.op, fault.Invalid, err)
		}
		q.matcher = m
	}
	if err := l.look(q, s.groups); err != nil {
		return nil, fault.Wrap(s.op, fault.Unavailable, err)
	}
	q.shapes = *l.catalog.shapes.Load() // after the rows were looked at: it knows all their templates
	if s.pred != nil {
		q.words = newPrefilter(s.pred, q.shapes)
	}
	return q, nil
}

// look takes the view of the store.
func (l *Log) look(q *query, groups []uint32) error {
	now := time.Now()
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.closed {
		return errClosed
	}
	for _, g := range groups {
		q.groups[g] = l.catalog.rule(g, now)
	}
	for _, m := range append(l.frozen[:len(l.frozen):len(l.frozen)], l.active) {
		if m.rows > 0 && m.maxTS >= q.from && m.minTS < q.to {
			q.sources = append(q.sources, &source{q: q, pages: &memPager{q: q, view: m.view()}})
		}
	}
	for _, s := range l.segments {
		if s.maxTS >= q.from && s.minTS < q.to {
			s.acquire()
			q.held = append(q.held, s)
			q.sources = append(q.sources, &source{q: q, pages: newSegPager(q, s, &l.decoders)})
		}
	}
	return nil
}

func (q *query) close() {
	for _, s := range q.held {
		s.release()
	}
}

// wantsAny reports whether the query reads one of the groups, which are sorted.
func (q *query) wantsAny(groups []uint32) bool {
	for _, g := range groups {
		if _, ok := q.groups[g]; ok {
			return true
		}
	}
	return false
}

// inRange reports whether the place of a row is asked for.
func (q *query) inRange(r *stored) bool {
	if r.ts < q.from || r.ts >= q.to {
		return false
	}
	if q.after == (Cursor{}) {
		return true
	}
	side := Cursor{TS: r.ts, Seq: r.seq}.Compare(q.after)
	return side > 0 && !q.desc || side < 0 && q.desc
}

// wants reports whether a row belongs to what is asked for and is not hidden.
func (q *query) wants(v *body, r *stored) bool {
	h, ok := q.groups[v.group]
	if !ok || q.streams != nil && !q.streams[v.stream] {
		return false
	}
	return !h.hides(v.stream, r.ts, r.seq)
}

// each calls f with every matching row, source by source, until it fails.
func (q *query) each(ctx context.Context, f func(s *source) error) error {
	for _, s := range q.sources {
		for ok := s.start(); ok; {
			var err error
			if ok, err = s.advance(ctx); err != nil {
				return err
			}
			if ok && s.found {
				if err := f(s); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
