package series

import (
	"fmt"
	"math"
	"slices"
)

// Stat is what is kept of any number of values. The zero Stat has seen none.
type Stat struct {
	Sum, Count, Min, Max float64
	Hist                 Histogram
	// Partial says that the histogram lacks values, because they came as a sum that does not tell how they were spread.
	// There are no percentiles then. (aws: cloudwatch/GetMetricStatistics)
	Partial bool
}

// Add adds a finite value that occurred n times, n > 0.
func (s *Stat) Add(v, n float64) {
	s.extend(v*n, n, v, v)
	s.Hist.add(slotOf(v), n)
}

// AddSet adds values of which only a summary is known. Their spread is known, too, if all are equal or there is only one.
func (s *Stat) AddSet(sum, count, low, high float64) {
	s.extend(sum, count, low, high)
	switch {
	case low == high:
		s.Hist.add(slotOf(low), count)
	case count == 1:
		s.Hist.add(slotOf(sum), 1)
	default:
		s.Partial = true
	}
}

// Merge adds everything that o has seen; o stays as it is and shares nothing with s.
func (s *Stat) Merge(o *Stat) {
	if o.Count == 0 {
		return
	}
	s.extend(o.Sum, o.Count, o.Min, o.Max)
	s.Hist.merge(o.Hist)
	s.Partial = s.Partial || o.Partial
}

func (s *Stat) extend(sum, count, low, high float64) {
	if s.Count == 0 {
		s.Min, s.Max = low, high
	}
	s.Sum += sum
	s.Count += count
	s.Min = min(s.Min, low)
	s.Max = max(s.Max, high)
}

func (s *Stat) clone() Stat {
	c := *s
	c.Hist = slices.Clone(s.Hist)
	return c
}

// check refuses what would spoil everything it is merged with.
func (s *Stat) check() error {
	for _, v := range [...]float64{s.Sum, s.Count, s.Min, s.Max} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("series: a datum has the number %v; allowed are finite numbers", v)
		}
	}
	if s.Count <= 0 || s.Min > s.Max {
		return fmt.Errorf("series: a datum has count %v, minimum %v and maximum %v; allowed are a positive count and a minimum not above the maximum", s.Count, s.Min, s.Max)
	}
	return nil
}
