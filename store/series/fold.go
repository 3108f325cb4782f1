package series

import (
	"context"
	"errors"
	"slices"

	"telltale/store/state"
)

// foldBatch is how many blocks one transaction of a fold or a thinning writes: others wait for it, for some milliseconds.
const foldBatch = 256

// part is the hour of a stream that a fold moves.
type part struct {
	stream *stream
	start  int64
	taken  map[int64]*bucket
}

// fold moves all buckets of the hours that are over before a time from memory into their blocks, and begins a new journal.
func (s *Store) fold(ctx context.Context, before int64) error {
	var parts []part
	for _, st := range s.catalog.all() {
		parts = append(parts, st.hoursBefore(before)...)
	}
	for batch := range slices.Chunk(parts, foldBatch) {
		if err := s.foldBatch(ctx, batch); err != nil {
			return err
		}
	}
	return s.restartJournal(ctx)
}

// hoursBefore lists the hours of which the stream has something in memory.
func (st *stream) hoursBefore(before int64) []part {
	st.mu.Lock()
	defer st.mu.Unlock()
	var hours []int64
	for at := range st.pending {
		if start := at - at%hour; start+hour <= before {
			hours = append(hours, start)
		}
	}
	slices.Sort(hours)
	var parts []part
	for _, start := range slices.Compact(hours) {
		parts = append(parts, part{stream: st, start: start})
	}
	return parts
}

// foldBatch moves some hours. Block and journal change in one transaction: the journal says that the buckets left the memory, so that a
// process that dies in the middle of a fold counts nothing twice.
func (s *Store) foldBatch(ctx context.Context, parts []part) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.moving.Lock()
	defer s.moving.Unlock()
	var fresh []*stream
	gone := s.take(parts)
	err := s.db.Update(ctx, func(tx *state.Tx) (err error) {
		for i := range parts {
			if err := parts[i].store(tx); err != nil {
				return err
			}
		}
		fresh, err = s.writeJournal(tx, gone)
		return err
	})
	if err != nil {
		s.untake(parts)
		return err
	}
	s.written(fresh)
	return nil
}

// take moves the buckets from memory into parts, and lists them as gone.
func (s *Store) take(parts []part) (gone []mention) {
	for i := range parts {
		p := &parts[i]
		p.taken = make(map[int64]*bucket)
		p.stream.mu.Lock()
		for at := p.start; at < p.start+hour; at += 60 {
			if b := p.stream.pending[at]; b != nil {
				p.taken[at] = b
				delete(p.stream.pending, at)
				gone = append(gone, mention{p.stream.id, timed{at: at}})
			}
		}
		p.stream.mu.Unlock()
		s.pending.Add(-int64(len(p.taken)))
	}
	return gone
}

func (s *Store) untake(parts []part) {
	for _, p := range parts {
		p.stream.mu.Lock()
		for at, b := range p.taken {
			s.bucket(p.stream, at).Merge(&b.Stat)
		}
		p.stream.mu.Unlock()
	}
}

// store merges the part into its block.
func (p *part) store(tx *state.Tx) error {
	buckets := make([]timed, 0, len(p.taken))
	for at, b := range p.taken {
		buckets = append(buckets, timed{at, b.Stat})
	}
	if err := mergeBlock(tx, p.stream.id, 0, p.start, buckets); err != nil {
		return err
	}
	return streamTable.Put(tx, p.stream.row())
}

// mergeBlock merges buckets in any order into a block.
func mergeBlock(tx *state.Tx, stream int64, level int, start int64, buckets []timed) error {
	t := tiers[level]
	old, err := blockTable.Get(tx, blockKey(stream, level, start))
	switch {
	case err == nil:
		before, err := decodeBlock(old.Blob, start, t.step, t.span)
		if err != nil {
			return err
		}
		buckets = append(before, buckets...)
	case !errors.Is(err, state.ErrNotFound):
		return err
	}
	return blockTable.Put(tx, &blockRow{stream, level, start, encodeBlock(start, t.step, coarsen(buckets, t.step))})
}

// coarsen merges buckets of the same multiple of step, and sorts them.
func coarsen(buckets []timed, step int64) []timed {
	slices.SortStableFunc(buckets, func(a, b timed) int { return int(a.at - b.at) })
	var list []timed
	for _, b := range buckets {
		at := b.at - b.at%step
		if n := len(list); n > 0 && list[n-1].at == at {
			list[n-1].Merge(&b.Stat)
		} else {
			list = append(list, timed{at, b.clone()})
		}
	}
	return list
}

// restartJournal writes one row of all that is in memory, in place of every other row.
func (s *Store) restartJournal(ctx context.Context) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	number := s.begun.Add(1)
	changed := s.takeChanged()
	var refs []ref
	for _, st := range s.catalog.all() {
		st.mu.Lock()
		for at := range st.pending {
			refs = append(refs, ref{st, at})
		}
		st.mu.Unlock()
	}
	if err := s.journal(ctx, 0, s.mentions(refs)); err != nil {
		s.giveBack(changed)
		return err
	}
	s.ended = number
	clear(s.recent)
	s.whole = s.next
	return nil
}
