package metrics

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"telltale/store/series"
)

// statistic makes one number of the values of a period. ok is false if what is kept of them does not tell.
type statistic func(*series.Stat) (v float64, ok bool)

// simple are the statistics that are exact.
var simple = map[string]statistic{
	"SampleCount": func(s *series.Stat) (float64, bool) { return s.Count, true },
	"Sum":         func(s *series.Stat) (float64, bool) { return s.Sum, true },
	"Average":     func(s *series.Stat) (float64, bool) { return s.Sum / s.Count, true },
	"Minimum":     func(s *series.Stat) (float64, bool) { return s.Min, true },
	"Maximum":     func(s *series.Stat) (float64, bool) { return s.Max, true },
}

// trims are the statistics of the values between two percentiles.
var trims = map[string]func(*series.Stat, float64, float64) (float64, bool){
	"TM": trimmedMean, "WM": winsorizedMean, "TC": trimmedCount, "TS": trimmedSum,
}

// parseStatistic reads a statistic as the API spells it: Sum, p99.9, tm90, TM(10%:90%), IQM. The error is a sentence that begins with
// what was given. aws: cloudwatch/Statistics-definitions
func parseStatistic(text string) (statistic, error) {
	if s := simple[text]; s != nil {
		return s, nil
	}
	if text == "IQM" {
		return between(trimmedMean, 25, 75), nil
	}
	if name, bounds, ok := strings.Cut(text, "("); ok && strings.HasSuffix(bounds, ")") {
		return parseTrim(text, name, strings.TrimSuffix(bounds, ")"))
	}
	if rest, ok := strings.CutPrefix(text, "p"); ok {
		if p, err := parsePercent(rest); err == nil {
			return func(s *series.Stat) (float64, bool) { return percentile(s, p) }, nil
		}
	}
	for name, f := range trims {
		if rest, ok := strings.CutPrefix(text, strings.ToLower(name)); ok {
			if p, err := parsePercent(rest); err == nil {
				return between(f, 0, p), nil
			}
		}
	}
	return nil, fmt.Errorf("%q is not a statistic; allowed are SampleCount, Sum, Average, Minimum, Maximum, p0 to p100, IQM, tm, wm, tc and ts "+
		"with a percentage, and TM, WM, TC and TS with two, such as TM(10%%:90%%)", text)
}

// parseTrim reads what is between the parentheses: two percentages of which one may be left out.
func parseTrim(text, name, bounds string) (statistic, error) {
	f := trims[name]
	low, high, ok := strings.Cut(bounds, ":")
	if f == nil && name != "PR" || !ok || low == "" && high == "" {
		return nil, fmt.Errorf("%q is not a statistic; after TM, WM, TC, TS or PR two bounds are expected, such as (10%%:90%%)", text)
	}
	if name == "PR" || !strings.HasSuffix(low+high, "%") {
		return nil, fmt.Errorf("%q needs every single value, of which only classes 2 %% wide are kept; bounds that are percentages are supported", text)
	}
	from, to := 0.0, 100.0
	for _, b := range []struct {
		text string
		v    *float64
	}{{low, &from}, {high, &to}} {
		if b.text == "" {
			continue
		}
		p, err := parsePercent(strings.TrimSuffix(b.text, "%"))
		if err != nil || !strings.HasSuffix(b.text, "%") {
			return nil, fmt.Errorf("%q: the bound %q is not a percentage from 0%% to 100%%", text, b.text)
		}
		*b.v = p
	}
	if from >= to {
		return nil, fmt.Errorf("%q: the lower bound is not below the upper one", text)
	}
	return between(f, from, to), nil
}

// parsePercent reads 0 to 100 with up to ten decimals.
func parsePercent(text string) (float64, error) {
	_, decimals, _ := strings.Cut(text, ".")
	p, err := strconv.ParseFloat(text, 64)
	if err != nil || strings.Trim(text, "0123456789.") != "" || len(decimals) > 10 || p > 100 {
		return 0, fmt.Errorf("%q is not a percentage", text)
	}
	return p, nil
}

func between(f func(*series.Stat, float64, float64) (float64, bool), from, to float64) statistic {
	return func(s *series.Stat) (float64, bool) { return f(s, from/100, to/100) }
}

// percentile is the smallest value that p percent of the values do not exceed, at most 1.1 % off.
func percentile(s *series.Stat, p float64) (float64, bool) {
	switch {
	case s.Partial:
		return 0, false
	case p == 0:
		return s.Min, true
	case p == 100:
		return s.Max, true
	}
	// A product such as 0.07*100 must not reach the next rank by its last bit.
	rank := math.Ceil(p/100*s.Count - 1e-9*s.Count)
	seen := 0.0
	for _, c := range s.Hist {
		if seen += c.Count; seen >= rank {
			return valueOf(s, c), true
		}
	}
	return s.Max, true
}

// valueOf is the value that stands for a class. The smallest and the largest value are known.
func valueOf(s *series.Stat, c series.Class) float64 { return min(max(c.Value(), s.Min), s.Max) }

// window sums the values between two fractions of all, in ascending order; a class at a bound counts with the part that is inside.
func window(s *series.Stat, from, to float64) (sum, count, low, high float64) {
	begin, end := from*s.Count, to*s.Count
	seen := 0.0
	for _, c := range s.Hist {
		inside := min(seen+c.Count, end) - max(seen, begin)
		seen += c.Count
		if inside <= 0 {
			continue
		}
		v := valueOf(s, c)
		if count == 0 {
			low = v
		}
		high = v
		sum += v * inside
		count += inside
	}
	return sum, count, low, high
}

func trimmedMean(s *series.Stat, from, to float64) (float64, bool) {
	sum, count, _, _ := window(s, from, to)
	return sum / count, !s.Partial && count > 0
}

// winsorizedMean takes the values outside for those at the bounds.
func winsorizedMean(s *series.Stat, from, to float64) (float64, bool) {
	sum, count, low, high := window(s, from, to)
	return sum/s.Count + low*from + high*(1-to), !s.Partial && count > 0
}

// trimmedCount is a whole number where the counts are.
func trimmedCount(s *series.Stat, from, to float64) (float64, bool) {
	return math.Round(to*s.Count) - math.Round(from*s.Count), !s.Partial
}

func trimmedSum(s *series.Stat, from, to float64) (float64, bool) {
	sum, _, _, _ := window(s, from, to)
	return sum, !s.Partial
}
