package series

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"telltale/store/state"
)

// sync returns when everything added before the call is in the journal. Those who wait at the same time share one flush: whoever finds that
// one began after it had come, and ended well, has nothing left to do.
func (s *Store) sync(ctx context.Context) error {
	before := s.begun.Load()
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.ended > before {
		return nil
	}
	return s.flushLocked(ctx, false)
}

// flush appends the changed buckets to the journal. A whole flush states everything since the last whole one, and replaces the rows written
// in between.
func (s *Store) flush(ctx context.Context, whole bool) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.flushLocked(ctx, whole)
}

func (s *Store) flushLocked(ctx context.Context, whole bool) error {
	number := s.begun.Add(1)
	changed := s.takeChanged()
	refs := changed
	if whole {
		refs = slices.AppendSeq(slices.Clone(changed), maps.Keys(s.recent))
	}
	if len(refs) == 0 {
		s.ended = number
		return nil
	}
	first := s.next
	if whole {
		first = s.whole
	}
	if err := s.journal(ctx, first, s.mentions(refs)); err != nil {
		s.giveBack(changed)
		return err
	}
	s.ended = number
	if whole {
		clear(s.recent)
		s.whole = s.next
		return nil
	}
	for _, r := range changed {
		s.recent[r] = true
	}
	return nil
}

func (s *Store) takeChanged() []ref {
	s.changedMu.Lock()
	defer s.changedMu.Unlock()
	changed := s.changed
	s.changed = nil
	return changed
}

// giveBack undoes takeChanged after a failure.
func (s *Store) giveBack(refs []ref) {
	for _, r := range refs {
		r.stream.mu.Lock()
		if r.stream.pending[r.at] != nil {
			r.stream.pending[r.at].changed = false
			s.bucket(r.stream, r.at)
		}
		r.stream.mu.Unlock()
	}
}

// mentions copies the buckets, those that still are in memory, and takes them for unchanged from now on.
func (s *Store) mentions(refs []ref) []mention {
	refs = slices.Clone(refs)
	slices.SortFunc(refs, func(a, b ref) int {
		if a.stream != b.stream {
			return cmp.Compare(a.stream.id, b.stream.id)
		}
		return cmp.Compare(a.at, b.at)
	})
	refs = slices.Compact(refs)
	list := make([]mention, 0, len(refs))
	for _, r := range refs {
		r.stream.mu.Lock()
		if b := r.stream.pending[r.at]; b != nil {
			b.changed = false
			list = append(list, mention{r.stream.id, timed{r.at, b.clone()}})
		}
		r.stream.mu.Unlock()
	}
	return list
}

// journal writes a row in place of the rows from first on, and the catalog's rows of new series.
func (s *Store) journal(ctx context.Context, first int64, list []mention) error {
	var fresh []*stream
	err := s.db.Update(ctx, func(tx *state.Tx) (err error) {
		if err := s.dropJournal(tx, first); err != nil {
			return err
		}
		fresh, err = s.writeJournal(tx, list)
		return err
	})
	if err != nil {
		return err
	}
	s.written(fresh)
	return nil
}

// writeJournal adds the next row, and the catalog's rows of series that the database does not know yet.
func (s *Store) writeJournal(tx *state.Tx, list []mention) (fresh []*stream, err error) {
	s.catalog.mu.RLock()
	defer s.catalog.mu.RUnlock()
	for i, m := range list {
		st := s.catalog.streams[m.stream]
		if st == nil || st.saved || i > 0 && list[i-1].stream == m.stream {
			continue
		}
		if err := streamTable.Put(tx, st.row()); err != nil {
			return nil, err
		}
		fresh = append(fresh, st)
	}
	return fresh, journalTable.Put(tx, &journalRow{s.next, encodeMentions(list)})
}

// written notes that a row of writeJournal is durable.
func (s *Store) written(fresh []*stream) {
	for _, st := range fresh {
		st.saved = true
	}
	s.next++
}

// dropJournal deletes the rows from first on.
func (s *Store) dropJournal(tx *state.Tx, first int64) error {
	for r, err := range journalTable.Scan(tx, state.Key{}, journalKey(first-1), 0) {
		if err != nil {
			return err
		}
		if err := journalTable.Delete(tx, journalKey(r.Seq)); err != nil {
			return err
		}
	}
	return nil
}
