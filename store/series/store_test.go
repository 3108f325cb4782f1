package series

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"telltale/base/caller"
	"telltale/store/state"
)

var testScope = caller.Scope{Account: "123456789012", Region: "eu-west-1"}

func metricNamed(name string, dims ...Dim) Metric {
	return Metric{Scope: testScope, Namespace: "AWS/IoT", Name: name, Dims: dims}
}

func openDB(t testing.TB, path string) *state.DB {
	t.Helper()
	cfg := state.Default()
	cfg.Path, cfg.Sync = path, state.Normal
	db, err := state.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func openStore(t testing.TB, db *state.DB) *Store {
	t.Helper()
	s, err := Open(context.Background(), db, Default())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func put(t testing.TB, s *Store, m Metric, at time.Time, values ...float64) {
	t.Helper()
	if err := s.Put(context.Background(), []Datum{{Metric: m, Unit: "Count", Time: at, Stat: statOf(values...)}}); err != nil {
		t.Fatal(err)
	}
}

func query(t testing.TB, s *Store, m Metric, from, to time.Time, period time.Duration) []Point {
	t.Helper()
	points, err := s.Query(context.Background(), m, "", from, to, period)
	if err != nil {
		t.Fatal(err)
	}
	return points
}

// brute is the same as a store, kept as a list.
type brute []struct {
	at    time.Time
	value float64
}

func (b brute) query(from, to time.Time, period time.Duration) []Point {
	from = from.Truncate(time.Minute)
	byStart := make(map[time.Time]*Stat)
	for _, d := range b {
		minute := d.at.Truncate(time.Minute)
		if minute.Before(from) || !minute.Before(to) {
			continue
		}
		start := from.Add(minute.Sub(from) / period * period)
		if byStart[start] == nil {
			byStart[start] = new(Stat)
		}
		byStart[start].Add(d.value, 1)
	}
	var points []Point
	for start, s := range byStart {
		points = append(points, Point{start.UTC(), *s})
	}
	slices.SortFunc(points, func(a, b Point) int { return a.Time.Compare(b.Time) })
	return points
}

// differ compares points; sums may differ by the order of additions.
func differ(got, want []Point) string {
	if len(got) != len(want) {
		return fmt.Sprintf("%d points, want %d", len(got), len(want))
	}
	for i := range got {
		g, w := got[i], want[i]
		if !g.Time.Equal(w.Time) || g.Count != w.Count || g.Min != w.Min || g.Max != w.Max ||
			math.Abs(g.Sum-w.Sum) > 1e-6*(1+math.Abs(w.Sum)) || !slices.Equal(g.Hist, w.Hist) || g.Partial != w.Partial {
			return fmt.Sprintf("point %d is %+v, want %+v", i, g, w)
		}
	}
	return ""
}

// TestQueryEqualsBruteForce throws data of two weeks, flushes, folds, failing folds, thinnings and sudden deaths at a store.
func TestQueryEqualsBruteForce(t *testing.T) {
	for seed := range uint64(6) {
		rng := rand.New(rand.NewPCG(seed, 1))
		path := filepath.Join(t.TempDir(), "state.db")
		db := openDB(t, path)
		s := openStore(t, db)
		ctx := context.Background()
		now := time.Now()
		metrics := []Metric{metricNamed("a"), metricNamed("a", Dim{"Protocol", "MQTT"}), metricNamed("b", Dim{"Protocol", "MQTT"})}
		models := make([]brute, len(metrics))
		for step := range 300 {
			k := rng.IntN(len(metrics))
			switch op := rng.IntN(20); {
			case op < 10:
				at := now.Add(-time.Duration(rng.ExpFloat64() * float64(time.Hour)))
				if rng.IntN(4) == 0 {
					at = now.Add(-time.Duration(rng.Int64N(int64(14 * 24 * time.Hour))))
				}
				v := math.Round(rng.NormFloat64()*100) / float64(1+rng.IntN(3))
				put(t, s, metrics[k], at, v)
				models[k] = append(models[k], struct {
					at    time.Time
					value float64
				}{at, v})
			case op < 12:
				s.flush(ctx, rng.IntN(2) == 0)
			case op == 12:
				if err := s.fold(ctx, now.Add(-time.Duration(rng.IntN(48)-2)*time.Hour).Unix()); err != nil {
					t.Fatal(err)
				}
			case op == 13:
				// The time has come for nothing: data are younger than 15 days.
				if err := s.thin(ctx, now); err != nil {
					t.Fatal(err)
				}
			case op == 14:
				ended, cancel := context.WithCancel(ctx)
				cancel()
				s.flush(ended, rng.IntN(2) == 0)
				s.fold(ended, now.Unix())
			case op == 15:
				s = openStore(t, db) // the old one is dead without Close
			default:
				from := now.Add(-time.Duration(rng.Int64N(int64(15 * 24 * time.Hour))))
				to := from.Add(time.Duration(rng.Int64N(int64(5 * 24 * time.Hour))))
				if rng.IntN(2) == 0 {
					from, to = now.Add(-3*time.Hour), now.Add(time.Minute)
				}
				period := time.Duration(1+rng.IntN(90)) * time.Minute
				got, want := query(t, s, metrics[k], from, to, period), models[k].query(from, to, period)
				if d := differ(got, want); d != "" {
					t.Fatalf("seed %d, step %d: %v to %v by %v: %s", seed, step, from, to, period, d)
				}
			}
		}
		for k := range metrics {
			from := now.Add(-16 * 24 * time.Hour)
			if d := differ(query(t, s, metrics[k], from, now.Add(time.Hour), time.Minute), models[k].query(from, now.Add(time.Hour), time.Minute)); d != "" {
				t.Errorf("seed %d, metric %d at the end: %s", seed, k, d)
			}
		}
		if int(s.pending.Load()) != countPending(s) {
			t.Errorf("seed %d: %d buckets counted in memory, but %d are", seed, s.pending.Load(), countPending(s))
		}
	}
}

func countPending(s *Store) (n int) {
	for _, st := range s.catalog.all() {
		n += len(st.pending)
	}
	return n
}

func TestThinningKeepsTheTotals(t *testing.T) {
	s := openStore(t, openDB(t, filepath.Join(t.TempDir(), "state.db")))
	ctx := context.Background()
	now := time.Now()
	m := metricNamed("a")
	var model brute
	for age := time.Duration(0); age < 100*24*time.Hour; age += 7 * time.Hour {
		for _, v := range []float64{1, 2.5} {
			at := now.Add(-age + time.Duration(v)*time.Minute)
			put(t, s, m, at, v)
			model = append(model, struct {
				at    time.Time
				value float64
			}{at, v})
		}
	}
	if err := s.fold(ctx, now.Add(48*time.Hour).Unix()); err != nil {
		t.Fatal(err)
	}
	check := func(name string, from time.Time, to time.Time, period time.Duration) {
		t.Helper()
		if d := differ(query(t, s, m, from, to, period), model.query(from, to, period)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	start := now.Add(-120 * 24 * time.Hour).Truncate(time.Hour)
	for range 2 { // the second time there is nothing left to do
		if err := s.thin(ctx, now); err != nil {
			t.Fatal(err)
		}
		check("hours of everything", start, now.Add(time.Hour), time.Hour)
		check("days of everything", start, now.Add(time.Hour), 24*time.Hour)
		check("5 minutes of the last 63 days", now.Add(-63*24*time.Hour).Truncate(time.Hour), now.Add(time.Hour), 5*time.Minute)
		check("minutes of the last 15 days", now.Add(-15*24*time.Hour), now.Add(time.Hour), time.Minute)
	}
	old := now.Add(-90 * 24 * time.Hour)
	if got := query(t, s, m, old, old.Add(48*time.Hour), 5*time.Minute); len(got) != 0 {
		t.Errorf("5-minute points of 90 days ago: %v, want none", got)
	}
	if err := s.thin(ctx, now.Add(490*24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := query(t, s, m, start, now.Add(time.Hour), time.Hour); len(got) != 0 {
		t.Errorf("%d points after 490 days, want none", len(got))
	}
	if err := s.thin(ctx, now.Add(600*24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got, _ := s.List(ListReq{Scope: testScope}); len(got) != 0 {
		t.Errorf("metrics after 600 days: %v, want none", got)
	}
}

// TestRun lets a store run for three hours and two restarts, with a counter and with late data.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := openDB(t, filepath.Join(t.TempDir(), "state.db"))
		start := time.Now().UTC()
		m := metricNamed("PublishIn.Success", Dim{"Protocol", "MQTT"})
		var model brute
		note := func(at time.Time, v float64) {
			model = append(model, struct {
				at    time.Time
				value float64
			}{at, v})
		}
		for life := range 3 {
			s := openStore(t, db)
			ctx, stop := context.WithCancel(t.Context())
			done := make(chan error)
			go func() { done <- s.Run(ctx) }()
			c := s.Counter(m, "Count")
			for range 60 {
				c.Inc()
				note(time.Now(), 1)
				c.Add(0)
				note(time.Now(), 0)
				put(t, s, m, time.Now().Add(-90*time.Minute), 4)
				note(time.Now().Add(-90*time.Minute), 4)
				time.Sleep(67 * time.Second)
			}
			from, to := start.Add(-3*time.Hour), time.Now().Add(time.Minute)
			if d := differ(query(t, s, m, from, to, time.Minute), model.query(from, to, time.Minute)); d != "" {
				t.Errorf("life %d: %s", life, d)
			}
			stop()
			if err := <-done; err != nil {
				t.Errorf("Run = %v", err)
			}
			if life == 1 {
				time.Sleep(time.Second) // killed: what was counted more than 5 s ago is safe
				continue
			}
			if err := s.Close(); err != nil {
				t.Errorf("Close = %v", err)
			}
			if err := s.Put(t.Context(), nil); err != errClosed {
				t.Errorf("Put after Close = %v, want %v", err, errClosed)
			}
		}
		s := openStore(t, db)
		if n := countPending(s); n > 120 {
			t.Errorf("%d buckets in memory after three hours, want less than 120: the fold moves the others", n)
		}
		from, to := start.Add(-3*time.Hour), time.Now()
		if d := differ(query(t, s, m, from, to, 7*time.Minute), model.query(from, to, 7*time.Minute)); d != "" {
			t.Errorf("reopened: %s", d)
		}
	})
}

func TestEarlyFoldBoundsTheMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := openDB(t, filepath.Join(t.TempDir(), "state.db"))
		cfg := Default()
		cfg.MaxPending = 1000
		s, err := Open(t.Context(), db, cfg)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		time.Sleep(10 * time.Minute) // past the first fold
		var data []Datum
		for i := range 1500 {
			data = append(data, Datum{Metric: metricNamed("a"), Unit: "None", Time: time.Now().Add(-time.Duration(i) * time.Minute), Stat: statOf(1)})
		}
		if err := s.Put(t.Context(), data); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		if n := s.pending.Load(); n != 0 {
			t.Errorf("%d buckets in memory, want none", n)
		}
		if got := query(t, s, metricNamed("a"), time.Now().Add(-48*time.Hour), time.Now().Add(time.Hour), 49*time.Hour); len(got) != 1 || got[0].Sum != 1500 {
			t.Errorf("stored %+v, want one point of 1500", got)
		}
		stop()
		<-done
	})
}

func TestConcurrentUseLosesNothing(t *testing.T) {
	db := openDB(t, filepath.Join(t.TempDir(), "state.db"))
	s := openStore(t, db)
	ctx := context.Background()
	m, other := metricNamed("a"), metricNamed("b")
	c := s.Counter(m, "Count")
	const workers, each = 8, 5000
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for range each {
				c.Inc()
			}
		})
		wg.Go(func() {
			for range 20 {
				put(t, s, other, time.Now(), 2)
			}
		})
	}
	wg.Go(func() {
		for i := range 20 {
			s.drain()
			if err := s.flush(ctx, i%2 == 0); err != nil {
				t.Error(err)
			}
			if err := s.fold(ctx, time.Now().Add(24*time.Hour).Unix()); err != nil {
				t.Error(err)
			}
			query(t, s, m, time.Now().Add(-time.Hour), time.Now().Add(time.Hour), time.Minute)
		}
	})
	wg.Wait()
	total := func(s *Store, m Metric) (sum float64) {
		for _, p := range query(t, s, m, time.Now().Add(-time.Hour), time.Now().Add(time.Hour), time.Minute) {
			sum += p.Sum
		}
		return sum
	}
	if got := total(s, m); got != workers*each {
		t.Errorf("counted %v, want %v", got, workers*each)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := openStore(t, db)
	if got := total(again, m); got != workers*each {
		t.Errorf("counted %v after reopening, want %v", got, workers*each)
	}
	if got := total(again, other); got != workers*20*2 {
		t.Errorf("put %v, want %v", got, workers*20*2)
	}
}

func TestCounterSpreads(t *testing.T) {
	s := openStore(t, openDB(t, filepath.Join(t.TempDir(), "state.db")))
	c := s.Counter(metricNamed("a"), "Count")
	c.spread.Store(new([spreadCells]cell))
	for range 1000 {
		c.Inc()
	}
	var sum float64
	for _, p := range query(t, s, metricNamed("a"), time.Now().Add(-time.Hour), time.Now().Add(time.Hour), time.Minute) {
		sum += p.Sum
	}
	if sum != 1000 {
		t.Errorf("counted %v, want 1000", sum)
	}
	if c != s.Counter(metricNamed("a"), "Count") {
		t.Error("the same series has two counters")
	}
	if n := testing.AllocsPerRun(1000, c.Inc); n != 0 {
		t.Errorf("Inc allocates %v times, want 0", n)
	}
}

func TestPutRefusesWhatIsNoNumber(t *testing.T) {
	s := openStore(t, openDB(t, filepath.Join(t.TempDir(), "state.db")))
	f := func(stat Stat) {
		t.Helper()
		if err := s.Put(t.Context(), []Datum{{Metric: metricNamed("a"), Unit: "None", Time: time.Now(), Stat: stat}}); err == nil {
			t.Errorf("Put(%+v) succeeded", stat)
		}
	}
	f(Stat{})
	f(Stat{Sum: math.NaN(), Count: 1})
	f(Stat{Sum: 1, Count: math.Inf(1)})
	f(Stat{Sum: 1, Count: 1, Min: 2, Max: 1})
	s.Counter(metricNamed("a"), "None").Add(math.Inf(-1))
	if got := query(t, s, metricNamed("a"), time.Now().Add(-time.Hour), time.Now().Add(time.Hour), time.Minute); len(got) != 0 {
		t.Errorf("stored %v", got)
	}
}

func TestUnitsAndScopesAreApart(t *testing.T) {
	s := openStore(t, openDB(t, filepath.Join(t.TempDir(), "state.db")))
	now := time.Now()
	m := metricNamed("a", Dim{"x", "y"})
	foreign := m
	foreign.Account = "210987654321"
	put(t, s, m, now, 1)
	if err := s.Put(t.Context(), []Datum{{Metric: m, Unit: "None", Time: now, Stat: statOf(10)}, {Metric: foreign, Unit: "Count", Time: now, Stat: statOf(100)}}); err != nil {
		t.Fatal(err)
	}
	f := func(m Metric, unit string, want float64) {
		t.Helper()
		points, err := s.Query(t.Context(), m, unit, now.Add(-time.Hour), now.Add(time.Hour), time.Hour*2)
		sum := 0.0
		for _, p := range points {
			sum += p.Sum
		}
		if err != nil || sum != want {
			t.Errorf("unit %q of %v: sum %v, %v, want %v", unit, m, sum, err, want)
		}
	}
	f(m, "Count", 1)
	f(m, "None", 10)
	f(m, "", 11)
	f(m, "Seconds", 0)
	f(foreign, "", 100)
	f(metricNamed("a"), "", 0)
	if got := s.Units(m); !slices.Equal(got, []string{"Count", "None"}) {
		t.Errorf("units are %v", got)
	}
}

func TestList(t *testing.T) {
	s := openStore(t, openDB(t, filepath.Join(t.TempDir(), "state.db")))
	now := time.Now()
	for i := range 5 {
		put(t, s, metricNamed(fmt.Sprint("m", i), Dim{"p", fmt.Sprint(i % 2)}), now.Add(-time.Duration(i)*time.Hour), 1)
	}
	s.Counter(metricNamed("unused"), "Count")
	f := func(r ListReq, want ...string) {
		t.Helper()
		r.Scope, r.Limit = testScope, 2
		if r.Since.IsZero() {
			r.Since = now.Add(-14 * 24 * time.Hour)
		}
		var got []string
		for {
			page, more := s.List(r)
			for _, m := range page {
				got = append(got, m.Name)
			}
			if !more {
				break
			}
			r.After = &page[len(page)-1]
		}
		if !slices.Equal(got, want) {
			t.Errorf("List(%+v) = %v, want %v", r, got, want)
		}
	}
	f(ListReq{}, "m0", "m1", "m2", "m3", "m4")
	f(ListReq{Namespace: "AWS/IoT"}, "m0", "m1", "m2", "m3", "m4")
	f(ListReq{Namespace: "AWS"})
	f(ListReq{Name: "m3"}, "m3")
	f(ListReq{Dims: []Dim{{"p", ""}}}, "m0", "m1", "m2", "m3", "m4")
	f(ListReq{Dims: []Dim{{"p", "1"}}}, "m1", "m3")
	f(ListReq{Dims: []Dim{{"q", ""}}})
	f(ListReq{Since: now.Add(-150 * time.Minute)}, "m0", "m1", "m2")
}

func TestOpenChecksItsConfig(t *testing.T) {
	db := openDB(t, filepath.Join(t.TempDir(), "state.db"))
	for _, cfg := range []Config{{}, {FlushEvery: time.Hour, MaxPending: 1000}, {FlushEvery: time.Second, MaxPending: 1}} {
		if _, err := Open(t.Context(), db, cfg); err == nil {
			t.Errorf("Open(%+v) succeeded", cfg)
		}
	}
}
