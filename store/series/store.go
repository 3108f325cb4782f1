package series

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"telltale/store/state"
)

// Store keeps series. All methods may be called from several goroutines.
type Store struct {
	cfg     Config
	db      *state.DB
	clock   clock
	catalog catalog
	pending atomic.Int64 // buckets in memory

	changedMu sync.Mutex
	changed   []ref // buckets that differ from what the journal says of them

	// writing is held by the one flush or fold that runs.
	writing sync.Mutex
	next    int64         // number of the next row of the journal
	whole   int64         // rows from here on are replaced by the row of the whole minute
	recent  map[ref]bool  // the buckets in those rows
	ended   uint64        // number of the last flush that ended well
	begun   atomic.Uint64 // number of the last flush that began

	// moving is held while buckets go from memory to their blocks, and shared by those who read both.
	moving sync.RWMutex

	closed atomic.Bool
}

// ref names a bucket in memory.
type ref struct {
	stream *stream
	at     int64
}

// errClosed is the answer to a Put after Close.
var errClosed = errors.New("series: the store is closed")

// Open reads the catalog and what the last process had in memory.
func Open(ctx context.Context, db *state.DB, cfg Config) (*Store, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if err := db.Use(ctx, &streamTable, &journalTable, &blockTable); err != nil {
		return nil, err
	}
	s := &Store{cfg: cfg, db: db, catalog: newCatalog(), recent: make(map[ref]bool)}
	s.clock.set()
	return s, s.load(ctx)
}

// Close writes what is in memory to the journal. The database stays open.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	s.drain()
	return s.flush(context.Background(), true)
}

// Run flushes, folds and thins until ctx ends. What fails is tried again; nothing is lost by it as long as the process lives.
func (s *Store) Run(ctx context.Context) error {
	tick := time.NewTicker(s.cfg.FlushEvery)
	defer tick.Stop()
	day := ""
	last := time.Now()
	var folded time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		now := time.Now()
		s.clock.set()
		s.drain()
		s.try(ctx, "flush", func() error { return s.flush(ctx, !sameMinute(last, now)) })
		last = now
		// Two minutes past the hour nearly everything that belongs to it is there.
		if hour := now.Add(-2 * time.Minute).Truncate(time.Hour); hour.After(folded) {
			if s.try(ctx, "fold", func() error { return s.fold(ctx, hour.Unix()) }) {
				folded = hour
			}
		} else if s.pending.Load() > int64(s.cfg.MaxPending) {
			s.try(ctx, "fold", func() error { return s.fold(ctx, now.Add(24*time.Hour).Unix()) })
		}
		if today := now.UTC().Format(time.DateOnly); today != day {
			if s.try(ctx, "thin", func() error { return s.thin(ctx, now) }) {
				day = today
			}
		}
	}
}

func sameMinute(a, b time.Time) bool { return a.Truncate(time.Minute).Equal(b.Truncate(time.Minute)) }

// try runs a step and tells the diary if it failed.
func (s *Store) try(ctx context.Context, step string, f func() error) bool {
	err := f()
	if err != nil && ctx.Err() == nil {
		slog.Error("metrics could not be stored; trying again", "step", step, "error", err)
	}
	return err == nil
}

// Datum is data for one minute of one series.
type Datum struct {
	Metric
	Unit string
	Time time.Time
	Stat Stat
}

// Put merges the data into their minutes, all or, if one of them is not a finite number of values, none. When it returns nil they are
// durable; when it fails otherwise they are counted and may or may not survive.
func (s *Store) Put(ctx context.Context, data []Datum) error {
	if s.closed.Load() {
		return errClosed
	}
	for i := range data {
		if err := data[i].Stat.check(); err != nil {
			return err
		}
	}
	for i := range data {
		d := &data[i]
		s.with(&d.Metric, d.Unit, func(st *stream) {
			st.mu.Lock()
			defer st.mu.Unlock()
			s.bucket(st, d.Time.Truncate(time.Minute).Unix()).Merge(&d.Stat)
		})
	}
	return s.sync(ctx)
}

// with runs f on a series, which it makes if need be. While f runs the series stays in the catalog.
func (s *Store) with(m *Metric, unit string, f func(*stream)) {
	s.catalog.mu.RLock()
	if st := s.catalog.stream(m, unit); st != nil {
		defer s.catalog.mu.RUnlock()
		f(st)
		return
	}
	s.catalog.mu.RUnlock()
	s.catalog.mu.Lock()
	defer s.catalog.mu.Unlock()
	f(s.catalog.add(m, unit, 0))
}

// bucket returns a minute of a series for changing it. The caller holds the stream's mu.
func (s *Store) bucket(st *stream, at int64) *Stat {
	b := st.pending[at]
	if b == nil {
		b = new(bucket)
		st.pending[at] = b
		s.pending.Add(1)
		st.last.Store(max(st.last.Load(), at))
	}
	if !b.changed {
		b.changed = true
		s.changedMu.Lock()
		s.changed = append(s.changed, ref{st, at})
		s.changedMu.Unlock()
	}
	return &b.Stat
}

// drain moves all counts into the buckets.
func (s *Store) drain() {
	s.catalog.mu.RLock()
	defer s.catalog.mu.RUnlock()
	for _, st := range s.catalog.streams {
		st.active()
	}
}
