// Package metricmath evaluates the metric math of CloudWatch: expressions such as 100*(m2+m3)/(m1+m2+m3) or FILL(m1, 0) over time series.
//
// A value is a number, a series or an array of series; an expression must end in one of the last two. Points that are missing are not
// zeros, except as one side of an operation. What the language has and this package has not (SEARCH, anomaly bands, Metrics Insights and
// others) is refused by name.
//
// aws: cloudwatch/using-metric-math
package metricmath

import "fmt"

// Limits of an expression.
const (
	MaxLength = 2048 // characters (aws: cloudwatch/MetricDataQuery)
	MaxArray  = 1000 // series in an array that is written in brackets
	maxDepth  = 64   // nested parentheses and calls
)

// Series is a metric or the result of an expression, in time order.
type Series struct {
	ID     string // of the query it came from
	Label  string
	Period int64 // seconds
	Points []Point
}

// Point is one value of a series.
type Point struct {
	Time  int64 // Unix seconds
	Value float64
}

// Value is a number, a series or an array of series.
type Value struct {
	kind   kind
	number float64
	list   []*Series
}

type kind uint8

const (
	number kind = iota
	series
	array
)

func (k kind) String() string {
	return [...]string{"a number", "a time series", "an array of time series"}[k]
}

// Of is a series as a value.
func Of(s *Series) Value { return Value{kind: series, list: []*Series{s}} }

func numberOf(v float64) Value  { return Value{number: v} }
func arrayOf(s []*Series) Value { return Value{kind: array, list: s} }

// Series lists the series of a value. A number has none: it cannot be the result of an expression.
func (v Value) Series() []*Series { return v.list }

// IsNumber reports whether v is a number.
func (v Value) IsNumber() bool { return v.kind == number }

// one is the series of a value that is a series.
func (v Value) one() *Series { return v.list[0] }

// Error is a mistake in an expression, told to its author.
type Error struct {
	Pos  int // byte in the expression, counted from 0
	Text string

	cause error // of Env.Lookup
}

func (e *Error) Error() string { return fmt.Sprintf("%s (at character %d)", e.Text, e.Pos+1) }

func errorAt(pos int, format string, args ...any) *Error {
	return &Error{Pos: pos, Text: fmt.Sprintf(format, args...)}
}
