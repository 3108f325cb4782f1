package metricmath

import "time"

// period is PERIOD(series) in seconds.
func period(c *call) (Value, *Error) {
	v, err := c.arg(0)
	if err == nil && v.kind != series {
		err = c.fail("argument 1 is %s; allowed is a time series", v.kind)
	}
	if err != nil {
		return Value{}, err
	}
	return numberOf(float64(v.one().Period)), nil
}

// clock makes of each point a part of its time, in UTC.
func clock(part func(time.Time) int64) func(*call) (Value, *Error) {
	return func(c *call) (Value, *Error) {
		v, err := c.arg(0)
		if err == nil && v.IsNumber() {
			err = c.fail("argument 1 is a number; allowed are time series")
		}
		if err != nil {
			return Value{}, err
		}
		return each(v, func(s *Series) *Series {
			out := &Series{}
			for _, p := range s.Points {
				out.Points = append(out.Points, Point{p.Time, float64(part(time.Unix(p.Time, 0).UTC()))})
			}
			return out
		}), nil
	}
}

func epoch(t time.Time) int64  { return t.Unix() }
func minute(t time.Time) int64 { return int64(t.Minute()) }
func hour(t time.Time) int64   { return int64(t.Hour()) }
func date(t time.Time) int64   { return int64(t.Day()) }
func month(t time.Time) int64  { return int64(t.Month()) }
func year(t time.Time) int64   { return int64(t.Year()) }

// weekday counts from Monday, 1, to Sunday, 7.
func weekday(t time.Time) int64 { return int64(t.Weekday()+6)%7 + 1 }
