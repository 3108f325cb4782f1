package metricmath

import (
	"fmt"
	"slices"
)

// function is a function of the language.
type function struct {
	least, most int // arguments
	run         func(*call) (Value, *Error)
}

func (f *function) arity() string {
	switch {
	case f.least == f.most && f.least == 1:
		return "1 argument"
	case f.least == f.most:
		return fmt.Sprintf("%d arguments", f.least)
	}
	return fmt.Sprintf("%d to %d arguments", f.least, f.most)
}

var functions = map[string]*function{
	"SUM":             {1, 1, aggregate(sum)},
	"AVG":             {1, 1, aggregate(average)},
	"MIN":             {1, 1, aggregate(smallest)},
	"MAX":             {1, 1, aggregate(largest)},
	"STDDEV":          {1, 1, aggregate(deviation)},
	"DATAPOINT_COUNT": {1, 1, aggregate(count)},
	"METRIC_COUNT":    {1, 1, metricCount},

	"ABS":         {1, 1, pointwise(absolute)},
	"CEIL":        {1, 1, pointwise(ceiling)},
	"FLOOR":       {1, 1, pointwise(floor)},
	"LOG":         {1, 1, pointwise(logarithm)},
	"LOG10":       {1, 1, pointwise(logarithm10)},
	"DIFF":        {1, 1, stepwise(difference)},
	"DIFF_TIME":   {1, 1, stepwise(elapsed)},
	"RATE":        {1, 1, stepwise(rate)},
	"RUNNING_SUM": {1, 1, runningSum},
	"FILL":        {2, 2, fill},
	"IF":          {2, 3, condition},

	"METRICS":      {0, 1, metrics},
	"FIRST":        {1, 1, element(func(n int) int { return 0 })},
	"LAST":         {1, 1, element(func(n int) int { return n - 1 })},
	"SLICE":        {2, 3, slice},
	"SORT":         {3, 4, sorted},
	"REMOVE_EMPTY": {1, 1, removeEmpty},

	"PERIOD":      {1, 1, period},
	"TIME_SERIES": {1, 1, timeSeries},
	"EPOCH":       {1, 1, clock(epoch)},
	"MINUTE":      {1, 1, clock(minute)},
	"HOUR":        {1, 1, clock(hour)},
	"DAY":         {1, 1, clock(weekday)},
	"DATE":        {1, 1, clock(date)},
	"MONTH":       {1, 1, clock(month)},
	"YEAR":        {1, 1, clock(year)},
}

// words are the bare words that some functions take.
var words = []string{"REPEAT", "LINEAR", "AVG", "MIN", "MAX", "SUM", "ASC", "DESC"}

// unsupported are functions of the language that this package refuses by name.
var unsupported = []string{"SEARCH", "ANOMALY_DETECTION_BAND", "INSIGHT_RULE_METRIC", "LAMBDA", "DB_PERF_INSIGHTS", "SERVICE_QUOTA"}

func unknownFunction(t token) *Error {
	if slices.Contains(unsupported, t.text) {
		return errorAt(t.pos, "The function %s is not supported", t.text)
	}
	return errorAt(t.pos, "There is no function %s; names of functions are upper case", t.text)
}

// call is a function at work.
type call struct {
	env  *Env
	node *callNode
}

func (c *call) fail(format string, args ...any) *Error {
	return errorAt(c.node.pos, c.node.name+": "+format, args...)
}

// arg evaluates an argument.
func (c *call) arg(i int) (Value, *Error) { return c.node.args[i].eval(c.env) }

// arrayArg evaluates an argument that must be an array or, as an array of one, a series.
func (c *call) arrayArg(i int) ([]*Series, *Error) {
	v, err := c.arg(i)
	if err == nil && v.IsNumber() {
		err = c.fail("argument %d is a number; allowed are time series", i+1)
	}
	return v.list, err
}

// numberArg evaluates an argument that must be a number.
func (c *call) numberArg(i int) (float64, *Error) {
	v, err := c.arg(i)
	if err == nil && !v.IsNumber() {
		err = c.fail("argument %d is %s; allowed is a number", i+1, v.kind)
	}
	return v.number, err
}

// word is an argument that is a bare or quoted word, or "".
func (c *call) word(i int) string {
	if t, ok := c.node.args[i].(*textNode); ok {
		return t.text
	}
	return ""
}
