package series

import (
	"context"
	"fmt"
	"slices"
	"time"

	"telltale/store/state"
)

// Point is what a series has in one period.
type Point struct {
	Time time.Time // start of the period, UTC
	Stat
}

// Query returns the points of a metric in time order, one for each period that has data. Periods follow one another from from on, which is
// rounded down to the minute; a minute belongs to the period in which it begins, and counts if it begins before to. period is a multiple
// of a minute. Data that have been thinned are left out where the period is no multiple of their resolution.
// With unit "" the data of all units are merged.
func (s *Store) Query(ctx context.Context, m Metric, unit string, from, to time.Time, period time.Duration) ([]Point, error) {
	if period < time.Minute || period%time.Minute != 0 {
		return nil, fmt.Errorf("series: the period is %v; allowed are multiples of 1m", period)
	}
	g := newGrid(from.Truncate(time.Minute).Unix(), to.Unix(), int64(period/time.Second))
	s.moving.RLock()
	defer s.moving.RUnlock()
	streams := s.streamsOf(&m, unit)
	if len(streams) == 0 || g.from >= g.to {
		return nil, nil
	}
	for _, st := range streams {
		st.collect(g)
	}
	err := s.db.View(ctx, func(tx *state.Tx) error {
		for _, st := range streams {
			for level := range tiers {
				if err := g.collectBlocks(tx, st.id, level); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return g.sorted(), nil
}

// Units lists the units in which a metric has been reported, in the order in which they appeared.
func (s *Store) Units(m Metric) []string {
	var units []string
	for _, st := range s.streamsOf(&m, "") {
		units = append(units, st.unit)
	}
	return units
}

// streamsOf returns the series of a metric in one unit, or with "" in all.
func (s *Store) streamsOf(m *Metric, unit string) []*stream {
	s.catalog.mu.RLock()
	defer s.catalog.mu.RUnlock()
	e := s.catalog.find(m)
	if e == nil {
		return nil
	}
	if unit == "" {
		return slices.Clone(e.streams)
	}
	if st := s.catalog.stream(m, unit); st != nil {
		return []*stream{st}
	}
	return nil
}

// collect adds what is in memory.
func (st *stream) collect(g *grid) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.counter != nil {
		st.counter.drain()
	}
	for at, b := range st.pending {
		g.add(at, &b.Stat)
	}
}

// grid gathers buckets into periods.
type grid struct {
	from, to, period int64
	index            map[int64]int // number of the period: place in points
	points           []Point
	last             int64 // number of the period of the bucket before, at place, so that neighbours need no look into the index
	place            int
}

func newGrid(from, to, period int64) *grid {
	return &grid{from: from, to: to, period: period, index: make(map[int64]int), last: -1}
}

func (g *grid) add(at int64, s *Stat) {
	if at < g.from || at >= g.to {
		return
	}
	n := (at - g.from) / g.period
	if n != g.last {
		place, known := g.index[n]
		if !known {
			place = len(g.points)
			g.index[n] = place
			g.points = append(g.points, Point{Time: time.Unix(g.from+n*g.period, 0).UTC()})
		}
		g.last, g.place = n, place
	}
	g.points[g.place].Merge(s)
}

// collectBlocks adds what one tier has of a stream.
func (g *grid) collectBlocks(tx *state.Tx, stream int64, level int) error {
	t := tiers[level]
	if g.period%t.step != 0 {
		return nil
	}
	first := g.from - g.from%t.span
	for r, err := range blockTable.Scan(tx, state.K(stream, level), blockKey(stream, level, first-1), 0) {
		if err != nil {
			return err
		}
		if r.Start >= g.to {
			break
		}
		if err := eachBucket(r.Blob, r.Start, t.step, t.span, g.add); err != nil {
			return fmt.Errorf("%w: series %d, tier %d, %v", err, stream, level, time.Unix(r.Start, 0).UTC())
		}
	}
	return nil
}

func (g *grid) sorted() []Point {
	slices.SortFunc(g.points, func(a, b Point) int { return a.Time.Compare(b.Time) })
	return g.points
}
