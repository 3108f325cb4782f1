package logseg

import (
	"container/heap"
	"context"
	"errors"
	"iter"

	"telltale/base/fault"
)

// Scan implements Store.
func (l *Log) Scan(ctx context.Context, r ScanReq) iter.Seq2[*Row, error] {
	return func(yield func(*Row, error) bool) {
		if r.Limit < 0 {
			yield(nil, fault.New("logseg.Scan", fault.Invalid, "limit %d is negative", r.Limit))
			return
		}
		q, err := l.query(scope{op: "logseg.Scan", groups: r.Groups, streams: r.Streams, from: r.From, to: r.To,
			pred: r.Pred, after: r.After, desc: r.Descending})
		if err != nil {
			yield(nil, err)
			return
		}
		defer q.close()
		q.merge(ctx, r.Limit, yield)
	}
}

// errStop ends a walk early.
var errStop = errors.New("stop")

// merge yields the matching rows of all sources in order.
func (q *query) merge(ctx context.Context, limit int, yield func(*Row, error) bool) {
	var row Row
	n := 0
	emit := func(s *source) error {
		if err := s.render(); err != nil {
			return err
		}
		row = Row{Group: s.body.group, Stream: s.body.stream, TS: s.row.ts, Ingested: s.row.ts + s.body.delay, Seq: s.row.seq, Message: s.message}
		if n++; !yield(&row, nil) || n == limit {
			return errStop
		}
		return nil
	}
	for {
		err := q.inOrder(ctx, emit)
		if err == nil || errors.Is(err, errStop) {
			return
		}
		_, damaged := errors.AsType[*DamageError](err)
		if !yield(nil, err) || !damaged {
			return
		}
	}
}

// inOrder calls f with each matching row of all sources, in order. A source is opened only when its turn comes.
// After an error it goes on behind the place of the error when it is called again.
func (q *query) inOrder(ctx context.Context, f func(s *source) error) error {
	if q.heap == nil {
		q.heap = &sources{desc: q.desc}
		for _, s := range q.sources {
			if s.start() {
				q.heap.list = append(q.heap.list, s)
			}
		}
		heap.Init(q.heap)
	}
	for q.heap.Len() > 0 {
		s := q.heap.list[0]
		var err error
		if s.found {
			err = f(s)
		}
		more, moveErr := s.advance(ctx)
		if more {
			heap.Fix(q.heap, 0)
		} else {
			heap.Pop(q.heap)
		}
		if err != nil || moveErr != nil {
			return errors.Join(err, moveErr)
		}
	}
	return nil
}
