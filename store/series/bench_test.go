package series

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"
)

func BenchmarkInc(b *testing.B) {
	s := openStore(b, openDB(b, filepath.Join(b.TempDir(), "state.db")))
	c := s.Counter(metricNamed("a"), "Count")
	b.ReportAllocs()
	for b.Loop() {
		c.Inc()
	}
}

func BenchmarkIncParallel(b *testing.B) {
	s := openStore(b, openDB(b, filepath.Join(b.TempDir(), "state.db")))
	c := s.Counter(metricNamed("a"), "Count")
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			c.Inc()
		}
	})
}

func BenchmarkAdd(b *testing.B) {
	s := openStore(b, openDB(b, filepath.Join(b.TempDir(), "state.db")))
	c := s.Counter(metricNamed("a"), "Count")
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		c.Add(float64(i & 0xff))
	}
}

// BenchmarkQueryDay reads one series over 24 hours in periods of 5 minutes from hour blocks.
func BenchmarkQueryDay(b *testing.B) {
	s := openStore(b, openDB(b, filepath.Join(b.TempDir(), "state.db")))
	now := time.Now()
	m := metricNamed("a")
	var data []Datum
	for i := range 1440 {
		data = append(data, Datum{Metric: m, Unit: "Count", Time: now.Add(-time.Duration(i) * time.Minute), Stat: statOf(1, 2, 3)})
	}
	if err := s.Put(context.Background(), data); err != nil {
		b.Fatal(err)
	}
	if err := s.fold(context.Background(), now.Add(48*time.Hour).Unix()); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if got := query(b, s, m, now.Add(-24*time.Hour), now, 5*time.Minute); len(got) < 288 {
			b.Fatalf("%d points", len(got))
		}
	}
}

// BenchmarkMinute is what one minute of 2,000 counted series costs: twelve flushes.
func BenchmarkMinute(b *testing.B) {
	s := openStore(b, openDB(b, filepath.Join(b.TempDir(), "state.db")))
	var counters []*Counter
	for i := range 2000 {
		counters = append(counters, s.Counter(metricNamed("a", Dim{"RuleName", fmt.Sprint("rule", i)}), "Count"))
	}
	for b.Loop() {
		for i := range 12 {
			for _, c := range counters {
				c.Inc()
			}
			s.drain()
			if err := s.flush(context.Background(), i == 11); err != nil {
				b.Fatal(err)
			}
		}
	}
}
