package metricmath

import "math"

// pointwise changes each value by itself; ok false drops the point.
func pointwise(f func(float64) (v float64, ok bool)) func(*call) (Value, *Error) {
	return func(c *call) (Value, *Error) {
		v, err := c.arg(0)
		if err != nil {
			return Value{}, err
		}
		if v.IsNumber() {
			result, ok := f(v.number)
			if !ok {
				return Value{}, c.fail("there is no result for %v", v.number)
			}
			return numberOf(result), nil
		}
		return each(v, func(s *Series) *Series {
			out := &Series{}
			for _, p := range s.Points {
				out.add(p.Time)(f(p.Value))
			}
			return out
		}), nil
	}
}

func absolute(v float64) (float64, bool)    { return math.Abs(v), true }
func ceiling(v float64) (float64, bool)     { return math.Ceil(v), true }
func floor(v float64) (float64, bool)       { return math.Floor(v), true }
func logarithm(v float64) (float64, bool)   { return math.Log(v), v > 0 }
func logarithm10(v float64) (float64, bool) { return math.Log10(v), v > 0 }

// stepwise makes a point of each two neighbours, at the time of the later one.
func stepwise(f func(before, p Point) float64) func(*call) (Value, *Error) {
	return func(c *call) (Value, *Error) {
		v, err := c.arg(0)
		if err != nil {
			return Value{}, err
		}
		if v.IsNumber() {
			return Value{}, c.fail("argument 1 is a number; allowed are time series")
		}
		return each(v, func(s *Series) *Series {
			out := &Series{}
			for i := 1; i < len(s.Points); i++ {
				out.Points = append(out.Points, Point{s.Points[i].Time, f(s.Points[i-1], s.Points[i])})
			}
			return out
		}), nil
	}
}

func difference(before, p Point) float64 { return p.Value - before.Value }
func elapsed(before, p Point) float64    { return float64(p.Time - before.Time) }
func rate(before, p Point) float64       { return difference(before, p) / elapsed(before, p) }

func runningSum(c *call) (Value, *Error) {
	v, err := c.arg(0)
	if err == nil && v.IsNumber() {
		err = c.fail("argument 1 is a number; allowed are time series")
	}
	if err != nil {
		return Value{}, err
	}
	return each(v, func(s *Series) *Series {
		out, total := &Series{}, 0.0
		for _, p := range s.Points {
			total += p.Value
			out.Points = append(out.Points, Point{p.Time, total})
		}
		return out
	}), nil
}

// condition is IF(cond, a[, b]). A side that is chosen but missing counts as 0; without b, or without a condition, there is no point.
// By the documented table there is none either where b is missing and a is a number.
func condition(c *call) (Value, *Error) {
	var v [3]Value
	var list []*Series
	for i := range c.node.args {
		var err *Error
		if v[i], err = c.arg(i); err != nil {
			return Value{}, err
		}
		if v[i].kind == array {
			return Value{}, c.fail("argument %d is an array; allowed are numbers and time series", i+1)
		}
		if !v[i].IsNumber() {
			list = append(list, v[i].one())
		}
	}
	if v[0].IsNumber() {
		switch {
		case v[0].number != 0:
			return v[1], nil
		case len(c.node.args) == 3:
			return v[2], nil
		}
		return Of(&Series{}), nil
	}
	out := &Series{Period: v[0].one().Period}
	for t, values := range join(list...) {
		test := values[0]
		values = values[1:]
		var side [2]maybe
		for i := range side {
			if side[i] = (maybe{v[i+1].number, true}); len(c.node.args) > i+1 && !v[i+1].IsNumber() {
				side[i] = values[0]
				values = values[1:]
			}
		}
		switch {
		case test.ok && test.value != 0:
			out.add(t)(side[0].or(0), true)
		case test.ok && len(c.node.args) == 3:
			out.add(t)(side[1].or(0), side[1].ok || !v[1].IsNumber())
		}
	}
	return Of(out), nil
}
