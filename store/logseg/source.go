package logseg

import (
	"context"
	"errors"
)

// source walks the rows of one pager that match the query.
type source struct {
	q     *query
	pages pager
	open  bool // inside a page
	n, i  int  // rows of the page, next one to look at

	at      Cursor // of the current row, or the bound of the next page
	found   bool   // there is a current row
	row     stored
	body    body
	message []byte
	ready   bool // message is rendered
}

// start moves s before its next page. It returns false when there is none.
func (s *source) start() bool {
	var ok bool
	s.at, ok = s.pages.bound()
	return ok
}

// advance moves to the next matching row of the page, else before the next page, loading it first when s is before
// one. It returns false at the end. After a *DamageError it can be called again.
func (s *source) advance(ctx context.Context) (bool, error) {
	s.found = false
	if !s.open {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		n, err := s.pages.load()
		if err != nil {
			return s.start(), err
		}
		s.n, s.i, s.open = n, 0, true
	}
	for s.i < s.n {
		s.row = s.pages.row(s.i)
		s.i++
		if s.i%1024 == 0 && ctx.Err() != nil {
			return false, ctx.Err()
		}
		ok, err := s.match()
		if err != nil {
			return true, err
		}
		if ok {
			s.found = true
			s.at = Cursor{TS: s.row.ts, Seq: s.row.seq}
			return true, nil
		}
	}
	s.open = false
	return s.start(), nil
}

var errNoTemplate = errors.New("a row does not fit its template")

// match decides about the current row, cheap questions first.
func (s *source) match() (bool, error) {
	q, r := s.q, &s.row
	s.ready = false
	if !q.inRange(r) {
		return false, nil
	}
	var ok bool
	if s.body, ok = readBody(r.body); !ok {
		return false, s.damage()
	}
	if !q.wants(&s.body, r) {
		return false, nil
	}
	if q.matcher == nil {
		return true, nil
	}
	if !q.words.inRow(s.body.tmpl, s.body.rest) {
		return false, nil
	}
	if err := s.render(); err != nil {
		return false, err
	}
	return q.matcher.Match(s.message), nil
}

// render makes the message of the current row.
func (s *source) render() error {
	if s.ready {
		return nil
	}
	var ok bool
	if s.message, ok = appendMessage(s.message[:0], s.row.ts, &s.body, s.q.shapes); !ok {
		return s.damage()
	}
	s.ready = true
	return nil
}

// damage names the block of a row that passed its checksum and still makes no sense.
func (s *source) damage() error {
	if p, ok := s.pages.(*segPager); ok {
		return &DamageError{File: p.seg.name, Block: p.current, Err: errNoTemplate}
	}
	return &DamageError{File: "memtable", Block: 0, Err: errNoTemplate}
}

// sources is a heap: the source whose rows come first is at the top.
type sources struct {
	list []*source
	desc bool
}

func (h *sources) Len() int      { return len(h.list) }
func (h *sources) Swap(i, j int) { h.list[i], h.list[j] = h.list[j], h.list[i] }
func (h *sources) Push(x any)    { h.list = append(h.list, x.(*source)) }

func (h *sources) Less(i, j int) bool {
	if h.desc {
		i, j = j, i
	}
	return h.list[i].at.Compare(h.list[j].at) < 0
}

func (h *sources) Pop() any {
	n := len(h.list) - 1
	s := h.list[n]
	h.list = h.list[:n]
	return s
}
