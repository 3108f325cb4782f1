package metricmath

// fill is FILL(series, x): x is a number, a series whose value at the time is taken, REPEAT (the value before) or LINEAR (the line between
// the neighbours).
func fill(c *call) (Value, *Error) {
	v, err := c.arg(0)
	if err != nil {
		return Value{}, err
	}
	if v.IsNumber() {
		return Value{}, c.fail("argument 1 is a number; allowed are time series")
	}
	fillOne, err := c.filler()
	if err != nil {
		return Value{}, err
	}
	return each(v, fillOne), nil
}

func (c *call) filler() (func(*Series) *Series, *Error) {
	switch c.word(1) {
	case "REPEAT":
		return func(s *Series) *Series { return c.fillGaps(s, repeat) }, nil
	case "LINEAR":
		return func(s *Series) *Series { return c.fillGaps(s, linear) }, nil
	}
	with, err := c.arg(1)
	switch {
	case err != nil:
		return nil, err
	case with.kind == array:
		return nil, c.fail("argument 2 is an array; allowed are a number, a time series, REPEAT and LINEAR")
	case with.kind == series:
		return func(s *Series) *Series {
			out := &Series{}
			for t, values := range join(s, with.one()) {
				out.add(t)(values[0].or(values[1].value), true)
			}
			return out
		}, nil
	}
	constant := func(_, _ *Point, t int64) (float64, bool) { return with.number, true }
	return func(s *Series) *Series { return c.fillGaps(s, constant) }, nil
}

// fillGaps adds points at the times of the grid that lack one. missing tells their value by the neighbours, nil where there is none.
func (c *call) fillGaps(s *Series, missing func(before, after *Point, t int64) (float64, bool)) *Series {
	step := s.Period
	if step <= 0 {
		step = c.env.Period
	}
	out := &Series{Period: step}
	grid := gridSeries(c.env, step)
	next := 0
	for t, values := range join(s, grid) {
		if values[0].ok {
			out.Points = append(out.Points, s.Points[next])
			next++
			continue
		}
		var before, after *Point
		if next > 0 {
			before = &s.Points[next-1]
		}
		if next < len(s.Points) {
			after = &s.Points[next]
		}
		out.add(t)(missing(before, after, t))
	}
	return out
}

func repeat(before, _ *Point, _ int64) (float64, bool) {
	if before == nil {
		return 0, false
	}
	return before.Value, true
}

func linear(before, after *Point, t int64) (float64, bool) {
	if before == nil || after == nil {
		return 0, false
	}
	part := float64(t-before.Time) / float64(after.Time-before.Time)
	return before.Value + part*(after.Value-before.Value), true
}

// maxGrid bounds what a hostile range can make us allocate; it is the most points a request may get.
const maxGrid = 100_800

// gridSeries has a point of value 0 at every step of the range.
func gridSeries(env *Env, step int64) *Series {
	s := &Series{Period: step}
	for t := env.From; step > 0 && t < env.To && len(s.Points) < maxGrid; t += step {
		s.Points = append(s.Points, Point{t, 0})
	}
	return s
}

// timeSeries is TIME_SERIES(number): a series that always has this value.
func timeSeries(c *call) (Value, *Error) {
	v, err := c.numberArg(0)
	if err != nil {
		return Value{}, err
	}
	s := gridSeries(c.env, c.env.Period)
	for i := range s.Points {
		s.Points[i].Value = v
	}
	return Of(s), nil
}
