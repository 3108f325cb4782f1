package metricmath

import (
	"iter"
	"math"
)

// operation is a binary operation; ok is false where it has no result, such as a division by zero, and then there is no point.
type operation func(a, b float64) (v float64, ok bool)

var operations = map[string]operation{
	"+":   finite(func(a, b float64) float64 { return a + b }),
	"-":   finite(func(a, b float64) float64 { return a - b }),
	"*":   finite(func(a, b float64) float64 { return a * b }),
	"/":   finite(func(a, b float64) float64 { return a / b }),
	"^":   finite(math.Pow),
	"==":  truth(func(a, b float64) bool { return a == b }),
	"!=":  truth(func(a, b float64) bool { return a != b }),
	"<":   truth(func(a, b float64) bool { return a < b }),
	"<=":  truth(func(a, b float64) bool { return a <= b }),
	">":   truth(func(a, b float64) bool { return a > b }),
	">=":  truth(func(a, b float64) bool { return a >= b }),
	"&&":  truth(func(a, b float64) bool { return a != 0 && b != 0 }),
	"AND": truth(func(a, b float64) bool { return a != 0 && b != 0 }),
	"||":  truth(func(a, b float64) bool { return a != 0 || b != 0 }),
	"OR":  truth(func(a, b float64) bool { return a != 0 || b != 0 }),
}

func finite(f func(a, b float64) float64) operation {
	return func(a, b float64) (float64, bool) {
		v := f(a, b)
		return v, !math.IsNaN(v) && !math.IsInf(v, 0)
	}
}

func truth(f func(a, b float64) bool) operation {
	return func(a, b float64) (float64, bool) {
		if f(a, b) {
			return 1, true
		}
		return 0, true
	}
}

// add appends a point at a time, if there is a value for it.
func (s *Series) add(t int64) func(v float64, ok bool) {
	return func(v float64, ok bool) {
		if ok {
			s.Points = append(s.Points, Point{t, v})
		}
	}
}

// maybe is a value that can be missing.
type maybe struct {
	value float64
	ok    bool
}

func (m maybe) or(v float64) float64 {
	if m.ok {
		return m.value
	}
	return v
}

// join walks the times at which any of the series has a point, with the values they have there. The slice is reused.
func join(list ...*Series) iter.Seq2[int64, []maybe] {
	return func(yield func(int64, []maybe) bool) {
		at := make([]int, len(list))
		values := make([]maybe, len(list))
		for {
			t, any := int64(math.MaxInt64), false
			for i, s := range list {
				if at[i] < len(s.Points) {
					t, any = min(t, s.Points[at[i]].Time), true
				}
			}
			if !any {
				return
			}
			for i, s := range list {
				values[i] = maybe{}
				if at[i] < len(s.Points) && s.Points[at[i]].Time == t {
					values[i] = maybe{s.Points[at[i]].Value, true}
					at[i]++
				}
			}
			if !yield(t, values) {
				return
			}
		}
	}
}
