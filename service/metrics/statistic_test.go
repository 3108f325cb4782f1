package metrics

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"telltale/store/series"
)

func statOf(values ...float64) *series.Stat {
	var s series.Stat
	for _, v := range values {
		s.Add(v, 1)
	}
	return &s
}

func TestStatistics(t *testing.T) {
	ten := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	f := func(name string, want float64, values ...float64) {
		t.Helper()
		s, err := parseStatistic(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		if got, ok := s(statOf(values...)); !ok || !near(got, want, 0.011) {
			t.Errorf("%s of %v = %v (%v), want %v", name, values, got, ok, want)
		}
	}
	f("SampleCount", 10, ten...)
	f("Sum", 55, ten...)
	f("Average", 5.5, ten...)
	f("Minimum", 1, ten...)
	f("Maximum", 10, ten...)
	f("p0", 1, ten...)
	f("p50", 5, ten...)
	f("p90", 9, ten...)
	f("p99", 10, ten...)
	f("p99.9999999999", 10, ten...)
	f("p100", 10, ten...)
	f("p7", 7, hundred()...)
	f("tm90", 5, ten...)
	f("TM(10%:90%)", 5.5, ten...)
	f("TM(80%:)", 9.5, ten...)
	f("TM(:90%)", 5, ten...)
	f("IQM", 5.5, ten...)
	f("wm90", 5.4, ten...) // 10 counts as 9
	f("WM(10%:90%)", 5.5, ten...)
	f("tc90", 9, ten...)
	f("TC(20%:90%)", 7, ten...)
	f("ts90", 45, ten...)
	f("TS(90%:)", 10, ten...)
	f("p50", -3, -5, -4, -3, -2, 0)
	f("p99", 0, 0, 0, 0)
	f("tm99", 4, 4)
}

func hundred() (list []float64) {
	for i := range 100 {
		list = append(list, float64(i+1))
	}
	return list
}

func TestStatisticsThatDoNotExist(t *testing.T) {
	f := func(name, want string) {
		t.Helper()
		if _, err := parseStatistic(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("parseStatistic(%q) = %v, want an error with %q", name, err, want)
		}
	}
	for _, name := range []string{"", "sum", "p", "p101", "p-1", "p1e1", "p50.12345678901", "tm", "tm90%", "x90", "TM", "TM()", "TM(:)", "TM(10%)", "XX(1%:2%)", "pNaN", "p+5", "p1_0"} {
		f(name, "is not a statistic")
	}
	f("PR(10:100)", "every single value")
	f("TM(150:1000)", "every single value")
	f("TC(:0.5)", "every single value")
	f("TM(10:90%)", "not a percentage")
	f("TM(0%:101%)", "not a percentage")
	f("TM(90%:10%)", "not below")
}

func TestStatisticSetsHaveNoPercentiles(t *testing.T) {
	var s series.Stat
	s.AddSet(10, 3, 1, 7)
	for _, name := range []string{"p50", "tm90", "wm90", "tc90", "ts90"} {
		f, _ := parseStatistic(name)
		if got, ok := f(&s); ok {
			t.Errorf("%s of a statistic set is %v, want none", name, got)
		}
	}
	var same series.Stat
	same.AddSet(15, 3, 5, 5)
	same.AddSet(7, 1, 7, 7)
	p50, _ := parseStatistic("p50")
	if got, ok := p50(&same); !ok || !near(got, 5, 0.011) {
		t.Errorf("p50 of equal values is %v, %v, want 5", got, ok)
	}
}

func TestPercentilesAreNear(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		n := 1 + rng.IntN(2000)
		values := make([]float64, n)
		spread := rng.Float64() * 5
		for i := range values {
			values[i] = math.Exp(rng.NormFloat64() * spread)
		}
		s := statOf(values...)
		slices.Sort(values)
		for _, p := range []float64{0, 1, 10, 50, 75, 90, 95, 99, 99.9, 100} {
			got, ok := percentile(s, p)
			want := values[max(0, int(math.Ceil(p/100*float64(n)-1e-9))-1)]
			if !ok || !near(got, want, 0.012) {
				t.Errorf("p%v of %d values is %v, want %v within 1.2 %%", p, n, got, want)
			}
		}
	}
}

func FuzzParseStatistic(f *testing.F) {
	for _, s := range []string{"p99.9", "TM(10%:90%)", "PR(:5)", "IQM", "tm90"} {
		f.Add(s)
	}
	ten := statOf(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := parseStatistic(text); err == nil {
			if v, ok := s(ten); ok && (math.IsNaN(v) || v < 0 || v > 55) {
				t.Errorf("%s of 1 to 10 is %v", text, v)
			}
		}
	})
}
