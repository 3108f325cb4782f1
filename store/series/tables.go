package series

import (
	"context"
	"fmt"

	"telltale/base/caller"
	"telltale/store/state"
)

// streamRow is the catalog's record of a series.
type streamRow struct {
	ID        int64  `json:"id"`
	Account   string `json:"account"`
	Region    string `json:"region"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Dims      []Dim  `json:"dims,omitempty"`
	Unit      string `json:"unit"`
	Last      int64  `json:"last"` // Unix seconds of the newest minute in a block
}

// journalRow is one flush.
type journalRow struct {
	Seq  int64  `json:"seq"`
	Blob []byte `json:"blob"` // encodeMentions
}

// blockRow is what a series has in one span of a tier.
type blockRow struct {
	Stream int64  `json:"stream"`
	Tier   int    `json:"tier"`
	Start  int64  `json:"start"` // Unix seconds
	Blob   []byte `json:"blob"`  // encodeBlock
}

func streamKey(id int64) state.Key                           { return state.K(id) }
func journalKey(seq int64) state.Key                         { return state.K(seq) }
func blockKey(stream int64, tier int, start int64) state.Key { return state.K(stream, tier, start) }

var (
	streamTable = state.Table[streamRow]{
		Name: "series_streams",
		Key:  func(r *streamRow) state.Key { return streamKey(r.ID) },
	}
	journalTable = state.Table[journalRow]{
		Name: "series_journal",
		Key:  func(r *journalRow) state.Key { return journalKey(r.Seq) },
	}
	blockTable = state.Table[blockRow]{
		Name: "series_blocks",
		Key:  func(r *blockRow) state.Key { return blockKey(r.Stream, r.Tier, r.Start) },
	}
)

// row is the record of the stream.
func (st *stream) row() *streamRow {
	m := &st.entry.Metric
	return &streamRow{st.id, m.Account, m.Region, m.Namespace, m.Name, m.Dims, st.unit, st.last.Load()}
}

// load reads the catalog and replays the journal.
func (s *Store) load(ctx context.Context) error {
	return s.db.View(ctx, func(tx *state.Tx) error {
		for r, err := range streamTable.Scan(tx, state.Key{}, state.Key{}, 0) {
			if err != nil {
				return err
			}
			m := Metric{caller.Scope{Account: r.Account, Region: r.Region}, r.Namespace, r.Name, r.Dims}
			st := s.catalog.add(&m, r.Unit, r.ID)
			st.saved = true
			st.last.Store(r.Last)
		}
		for r, err := range journalTable.Scan(tx, state.Key{}, state.Key{}, 0) {
			if err != nil {
				return err
			}
			if err := s.replay(r.Blob); err != nil {
				return fmt.Errorf("series: row %d of the journal: %w", r.Seq, err)
			}
			s.next = r.Seq + 1
		}
		s.whole = s.next
		return nil
	})
}

// replay makes the memory what a row of the journal says.
func (s *Store) replay(blob []byte) error {
	list, err := decodeMentions(blob)
	if err != nil {
		return err
	}
	for _, m := range list {
		st := s.catalog.streams[m.stream]
		if st == nil {
			continue // forgotten since, see forget
		}
		if _, had := st.pending[m.at]; had {
			s.pending.Add(-1)
		}
		delete(st.pending, m.at)
		if m.Count > 0 {
			s.pending.Add(1)
			st.pending[m.at] = &bucket{Stat: m.Stat}
			st.last.Store(max(st.last.Load(), m.at))
		}
	}
	return nil
}
