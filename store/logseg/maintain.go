package logseg

import (
	"context"
	"errors"
	"math"
	"os"
	"slices"
	"time"

	"telltale/base/fault"
)

// Run keeps the store in order until ctx ends: it deletes what has expired or was dropped and merges small segments.
// A round that fails is told to the diary and tried again.
func (l *Log) Run(ctx context.Context) error {
	ticker := time.NewTicker(l.cfg.MaintainEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		if err := l.Maintain(ctx); err != nil && ctx.Err() == nil {
			l.cfg.Diary.Error("upkeep of the log store failed; the next round tries again", "error", err)
		}
	}
}

// Maintain does one round of what Run does.
func (l *Log) Maintain(ctx context.Context) error {
	const op = "logseg.Maintain"
	l.maintainMu.Lock()
	defer l.maintainMu.Unlock()
	tried := map[string]bool{} // by name: each segment once per round, also those that cannot be read
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		l.mu.RLock()
		segments, closed := l.segments, l.closed
		l.mu.RUnlock()
		if closed {
			return fault.Wrap(op, fault.Unavailable, errClosed)
		}
		run := l.pick(segments, tried)
		if len(run) == 0 {
			break
		}
		for _, s := range run {
			tried[s.name] = true
		}
		err := l.rewrite(ctx, run)
		if damage, ok := errors.AsType[*DamageError](err); ok {
			l.cfg.Diary.Error("a damaged segment is left as it is", "file", damage.File, "block", damage.Block, "error", damage.Err)
			continue
		}
		if err != nil {
			return fault.Wrap(op, fault.Unavailable, err)
		}
	}
	return fault.Wrap(op, fault.Unavailable, l.pruneCatalog())
}

// mergeRun is how many small neighbours are merged at least.
const mergeRun = 8

// pick returns a segment worth rewriting without its hidden rows, or else a run of small neighbours to merge.
func (l *Log) pick(segments []*segment, tried map[string]bool) []*segment {
	trimmed := l.wal.First()
	// As long as the log holds its rows a segment must stand for them, or they would be replayed.
	free := func(s *segment) bool { return s.last < trimmed && !tried[s.name] }
	now := time.Now()
	hidden := map[uint32]hiding{}
	purged := len(tried) > 0 // a few dropped rows are worth rewriting one segment per round
	for i, s := range segments {
		if !free(s) {
			continue
		}
		d := l.dead(s, now, hidden)
		if s.rows == 0 || d.rows*4 > s.rows || d.dropped && !purged {
			return segments[i : i+1]
		}
	}
	run, rows := 0, uint64(0) // the segments up to the current one that can be merged
	for i, s := range segments {
		if !free(s) || s.rows > uint64(l.cfg.MergeRows/4) {
			run, rows = 0, 0
			continue
		}
		if rows+s.rows > uint64(l.cfg.MergeRows) {
			run, rows = 0, 0
		}
		run, rows = run+1, rows+s.rows
		if run == mergeRun {
			return segments[i+1-run : i+1]
		}
	}
	return nil
}

// dead says what of a segment is hidden.
type dead struct {
	rows    uint64 // dropped rows and, judged by the times of their streams, expired ones
	dropped bool   // some were dropped
}

func (l *Log) dead(s *segment, now time.Time, hidden map[uint32]hiding) dead {
	var d dead
	for _, u := range s.usage {
		h, known := hidden[u.group]
		if !known {
			h = l.catalog.rule(u.group, now)
			hidden[u.group] = h
		}
		switch {
		case h.hides(u.stream, h.oldest, s.last):
			d.rows += u.span.Entries
			d.dropped = true
		case u.span.LastTS < h.oldest:
			d.rows += u.span.Entries
		case u.span.FirstTS < h.oldest:
			part := float64(h.oldest-u.span.FirstTS) / float64(u.span.LastTS-u.span.FirstTS+1)
			d.rows += uint64(part * float64(u.span.Entries))
		}
	}
	return d
}

// rewrite replaces a run of neighbouring segments by one without the hidden rows, or by none.
func (l *Log) rewrite(ctx context.Context, run []*segment) error {
	q := &query{groups: map[uint32]hiding{}, to: math.MaxInt64, shapes: *l.catalog.shapes.Load()}
	now := time.Now()
	var gen uint32
	for _, s := range run {
		gen = max(gen, s.gen)
		for _, u := range s.usage {
			if _, known := q.groups[u.group]; !known {
				q.groups[u.group] = l.catalog.rule(u.group, now)
			}
		}
		q.sources = append(q.sources, &source{q: q, pages: newSegPager(q, s, &l.decoders)})
	}
	s, err := l.writeSegment(run[0].first, run[len(run)-1].last, gen+1, func(w *segmentWriter) error {
		return q.inOrder(ctx, func(s *source) error { return w.add(s.row, &s.body) })
	})
	if err != nil {
		return err
	}
	l.mu.Lock()
	i := slices.Index(l.segments, run[0])
	var replacement []*segment
	if s.rows > 0 {
		replacement = []*segment{s}
	}
	l.segments = slices.Replace(slices.Clone(l.segments), i, i+len(run), replacement...)
	l.mu.Unlock()
	return l.remove(run, s)
}

// remove deletes the files of segments that are no longer part of the store, and that of s when it is empty. The
// newer file goes last: until then it keeps the others from coming back.
func (l *Log) remove(run []*segment, s *segment) error {
	var err error
	for _, old := range run {
		if old.path != "" {
			err = errors.Join(err, os.Remove(old.path))
		}
		old.release()
	}
	if s.rows == 0 && err == nil {
		s.release()
		if s.path != "" {
			err = errors.Join(syncDir(l.sub(segmentDir)), os.Remove(s.path))
		}
	}
	return err
}

// pruneCatalog forgets the drops that no row in segments or in the log needs any more.
func (l *Log) pruneCatalog() error {
	l.mu.RLock()
	segments := l.segments
	unsealed := l.active.first
	if len(l.frozen) > 0 {
		unsealed = l.frozen[0].first
	}
	l.mu.RUnlock()
	unsealed = min(unsealed, l.wal.First())
	return l.catalog.prune(func(at place, seq uint64) bool {
		if seq >= unsealed {
			return true
		}
		return slices.ContainsFunc(segments, func(s *segment) bool {
			return s.first <= seq && slices.ContainsFunc(s.of(at.group), func(u spanAt) bool {
				return at.stream == 0 || u.stream == at.stream
			})
		})
	})
}
