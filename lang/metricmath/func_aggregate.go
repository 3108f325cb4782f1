package metricmath

import "math"

// An aggregator turns the values of a series, or of all series of an array at one time, into one. among is the number of series of the
// array, whether they have a value or not, or the number of values.
type aggregator func(values []float64, among int) float64

// aggregate gives a number for a series, and a series for an array.
func aggregate(f aggregator) func(*call) (Value, *Error) {
	return func(c *call) (Value, *Error) {
		v, err := c.arg(0)
		switch {
		case err != nil:
			return Value{}, err
		case v.kind == array:
			return Of(across(v.list, f)), nil
		case v.kind == number:
			return Value{}, c.fail("argument 1 is a number; allowed are time series")
		}
		values := make([]float64, len(v.one().Points))
		for i, p := range v.one().Points {
			values[i] = p.Value
		}
		return numberOf(f(values, len(values))), nil
	}
}

// across aggregates at each time the values that are there.
func across(list []*Series, f aggregator) *Series {
	out := &Series{}
	for _, s := range list {
		out.Period = max(out.Period, s.Period)
	}
	var present []float64
	for t, values := range join(list...) {
		present = present[:0]
		for _, v := range values {
			if v.ok {
				present = append(present, v.value)
			}
		}
		out.Points = append(out.Points, Point{t, f(present, len(list))})
	}
	return out
}

func sum(values []float64, _ int) (total float64) {
	for _, v := range values {
		total += v
	}
	return total
}

// average takes values that are missing as 0. aws: cloudwatch/using-metric-math#AVG
func average(values []float64, among int) float64 {
	if among == 0 {
		return 0
	}
	return sum(values, among) / float64(among)
}

func smallest(values []float64, _ int) float64 { return fold(values, math.Min) }
func largest(values []float64, _ int) float64  { return fold(values, math.Max) }
func count(values []float64, _ int) float64    { return float64(len(values)) }

func fold(values []float64, f func(a, b float64) float64) float64 {
	if len(values) == 0 {
		return 0
	}
	out := values[0]
	for _, v := range values[1:] {
		out = f(out, v)
	}
	return out
}

// deviation is the standard deviation of the whole population.
func deviation(values []float64, _ int) float64 {
	if len(values) == 0 {
		return 0
	}
	mean := average(values, len(values))
	squares := 0.0
	for _, v := range values {
		squares += (v - mean) * (v - mean)
	}
	return math.Sqrt(squares / float64(len(values)))
}
