package series

import (
	"context"
	"time"

	"telltale/store/state"
)

// tier is a resolution in which data are stored for a while. All numbers are seconds.
type tier struct {
	step int64 // resolution
	span int64 // time that a block covers
	keep int64 // age from which on data are thinned to the next tier, or in the last one deleted
}

const (
	hour = 3600
	day  = 24 * hour
)

// Data stay in a tier up to one block of the next tier longer than said, so that whole blocks move.
// aws: cloudwatch/GetMetricStatistics (retention)
var tiers = [...]tier{
	{step: 60, span: hour, keep: 15 * day},
	{step: 300, span: day, keep: 63 * day},
	{step: hour, span: 16 * day, keep: 455 * day},
}

// thin moves blocks that have come of age to the next tier, deletes the oldest, and forgets series of which nothing is left.
func (s *Store) thin(ctx context.Context, now time.Time) error {
	for _, st := range s.catalog.all() {
		for level := range tiers {
			for more := true; more; {
				var err error
				if more, err = s.thinSome(ctx, st.id, level, now.Unix()); err != nil {
					return err
				}
			}
		}
		if err := s.forget(ctx, st, now.Unix()); err != nil {
			return err
		}
	}
	return nil
}

// thinSome thins up to foldBatch blocks of a stream; more says that there may be others.
func (s *Store) thinSome(ctx context.Context, stream int64, level int, now int64) (more bool, err error) {
	t := tiers[level]
	// The first time whose block stays.
	cut := now - t.keep
	last := level == len(tiers)-1
	if last {
		cut -= t.span
	} else {
		cut -= cut % tiers[level+1].span
	}
	// Most of the time there is nothing to do, which a View finds out without waiting for the writer.
	due := false
	err = s.db.View(ctx, func(tx *state.Tx) error {
		for r, err := range blockTable.Scan(tx, state.K(stream, level), state.Key{}, 1) {
			if err != nil {
				return err
			}
			due = r.Start < cut
		}
		return nil
	})
	if err != nil || !due {
		return false, err
	}
	s.moving.Lock()
	defer s.moving.Unlock()
	err = s.db.Update(ctx, func(tx *state.Tx) error {
		groups := make(map[int64][]timed)
		for r, err := range blockTable.Scan(tx, state.K(stream, level), state.Key{}, foldBatch) {
			if err != nil {
				return err
			}
			if more = r.Start < cut; !more {
				break
			}
			if err := blockTable.Delete(tx, blockKey(stream, level, r.Start)); err != nil {
				return err
			}
			if last {
				continue
			}
			buckets, err := decodeBlock(r.Blob, r.Start, t.step, t.span)
			if err != nil {
				return err
			}
			up := r.Start - r.Start%tiers[level+1].span
			groups[up] = append(groups[up], buckets...)
		}
		for start, buckets := range groups {
			if err := mergeBlock(tx, stream, level+1, start, buckets); err != nil {
				return err
			}
		}
		return nil
	})
	return more && err == nil, err
}

// forget takes a series out of the catalog when its last block must be gone and nobody counts on it.
func (s *Store) forget(ctx context.Context, st *stream, now int64) error {
	oldest := tiers[len(tiers)-1]
	if st.last.Load() > now-oldest.keep-3*oldest.span {
		return nil
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	s.catalog.mu.Lock()
	defer s.catalog.mu.Unlock()
	st.mu.Lock()
	defer st.mu.Unlock()
	if len(st.pending) > 0 || st.counter != nil {
		return nil
	}
	if st.saved {
		if err := s.db.Update(ctx, func(tx *state.Tx) error { return streamTable.Delete(tx, streamKey(st.id)) }); err != nil {
			return err
		}
	}
	s.catalog.remove(st)
	return nil
}
