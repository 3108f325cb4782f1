package metrics

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/metricmath"
	"telltale/lang/shape/cloudwatch"
	"telltale/store/series"
)

// evaluation is one GetMetricData request at work. Each query is computed when it is first needed, and once.
type evaluation struct {
	op       string
	metrics  *Metrics
	ctx      context.Context
	scope    caller.Scope
	from, to time.Time
	now      time.Time
	queries  map[string]*query
	order    []*query
}

// query is a metric or an expression of the request.
type query struct {
	shape  *cloudwatch.MetricDataQuery
	at     string // where it is in the request
	period time.Duration

	metric series.Metric
	stat   statistic
	expr   *metricmath.Expr // nil for a metric

	state queryState
	value metricmath.Value
}

type queryState uint8

const (
	waiting queryState = iota
	running
	done
)

var idPattern = regexp.MustCompile(`^[a-z][a-zA-Z0-9_]*$`)

// add checks a query.
func (e *evaluation) add(i int, shape *cloudwatch.MetricDataQuery) error {
	q := &query{shape: shape, at: fmt.Sprintf("MetricDataQueries.member.%d", i+1), period: time.Minute}
	switch {
	case len(shape.Id) > 255 || !idPattern.MatchString(shape.Id):
		return invalidQuery(e.op, "The value %q for parameter %s.Id is invalid; allowed are up to 255 letters, digits and underscores of which the first is a lower-case letter.", shape.Id, q.at)
	case e.queries[shape.Id] != nil:
		return invalidQuery(e.op, "The values for parameter Id in MetricDataQueries are not unique: %s occurs twice.", shape.Id)
	case (shape.MetricStat == nil) == (shape.Expression == ""):
		return invalidQuery(e.op, "Exactly one of the parameters %[1]s.MetricStat and %[1]s.Expression must be specified.", q.at)
	case shape.AccountId != "" && shape.AccountId != e.scope.Account:
		return invalidQuery(e.op, "The value %s for parameter %s.AccountId is invalid: metrics of other accounts are not supported.", shape.AccountId, q.at)
	case shape.Period != nil && !validPeriod(*shape.Period):
		return invalidQuery(e.op, "The parameter %s.Period must be 1, 5, 10, 20, 30 or a multiple of 60.", q.at)
	}
	add := e.addMetric
	if shape.MetricStat == nil {
		add = e.addExpression
	}
	if err := add(q); err != nil {
		return err
	}
	e.queries[shape.Id] = q
	e.order = append(e.order, q)
	return nil
}

func (e *evaluation) addMetric(q *query) (err error) {
	s := q.shape.MetricStat
	switch {
	case s.Metric == nil || s.Metric.Namespace == "" || s.Metric.MetricName == "":
		return invalidQuery(e.op, "The parameters %[1]s.MetricStat.Metric.Namespace and %[1]s.MetricStat.Metric.MetricName are required.", q.at)
	case !validPeriod(s.Period):
		return invalidQuery(e.op, "The parameter %s.MetricStat.Period must be 1, 5, 10, 20, 30 or a multiple of 60.", q.at)
	}
	if q.stat, err = parseStatistic(s.Stat); err != nil {
		return invalidQuery(e.op, "The value for parameter %s.MetricStat.Stat is invalid: %v.", q.at, err)
	}
	q.period = keptPeriod(s.Period)
	q.metric = series.Metric{Scope: e.scope, Namespace: s.Metric.Namespace, Name: s.Metric.MetricName, Dims: dimsOf(s.Metric.Dimensions)}
	return nil
}

func (e *evaluation) addExpression(q *query) (err error) {
	if q.expr, err = metricmath.Parse(q.shape.Expression); err != nil {
		return e.wrong(q, err)
	}
	if q.shape.Period != nil {
		q.period = keptPeriod(*q.shape.Period)
	}
	return nil
}

// wrong tells the author of an expression what is wrong with it.
func (e *evaluation) wrong(q *query, err error) error {
	return invalidQuery(e.op, "Error in expression '%s': %s", q.shape.Id, err)
}

// checkWork refuses a request that would look at too much.
func (e *evaluation) checkWork() error {
	total := int64(0)
	// Nothing older is kept, so it costs nothing.
	from := e.from
	if kept := e.now.Add(-500 * day); from.Before(kept) {
		from = kept
	}
	for _, q := range e.order {
		if q.expr == nil {
			total += max(0, periodsBetween(from, e.to, int32(q.period/time.Second)))
		}
	}
	if limit := int64(e.metrics.cfg.MaxPeriods); total > limit {
		return invalidQuery(e.op, "The request covers up to %d datapoints, which exceeds the limit of %d. Increase the periods, or decrease the time range or the number of metrics.", total, limit)
	}
	return nil
}

// results is what a query contributes to the answer.
func (e *evaluation) results(q *query) ([]result, error) {
	// A query that nobody sees must be right, too.
	v, err := e.value(q)
	if err != nil {
		return nil, err
	}
	if q.shape.ReturnData != nil && !*q.shape.ReturnData {
		return nil, nil
	}
	var list []result
	for _, s := range v.Series() {
		r := result{id: q.shape.Id, label: label(q, s, len(v.Series())), points: s.Points}
		if asked := q.shape.MetricStat; asked != nil && asked.Period < 60 {
			r.messages = []cloudwatch.MessageData{{Code: "Period", Value: fmt.Sprintf("Data are kept by the minute: a period of 60 seconds was used instead of %d.", asked.Period)}}
		}
		list = append(list, r)
	}
	return list, nil
}

// label is the one given, followed by that of the series where an expression has many; without one the metric's name or the query's id.
func label(q *query, s *metricmath.Series, n int) string {
	switch {
	case n > 1:
		return strings.TrimSpace(q.shape.Label + " " + s.Label)
	case q.shape.Label != "":
		return q.shape.Label
	case q.expr == nil:
		return q.metric.Name
	}
	return q.shape.Id
}

// value computes a query.
func (e *evaluation) value(q *query) (metricmath.Value, error) {
	switch q.state {
	case done:
		return q.value, nil
	case running:
		return q.value, invalidQuery(e.op, "Error in expression '%s': it depends on itself", q.shape.Id)
	}
	q.state = running
	compute := e.read
	if q.expr != nil {
		compute = e.evaluate
	}
	v, err := compute(q)
	if err != nil {
		return v, err
	}
	q.state, q.value = done, v
	return v, nil
}

// read computes the statistic of a metric.
func (e *evaluation) read(q *query) (metricmath.Value, error) {
	points, err := e.metrics.series.Query(e.ctx, q.metric, q.shape.MetricStat.Unit, e.from, e.to, q.period)
	if err != nil {
		return metricmath.Value{}, fault.Wrap(e.op, fault.Internal, err)
	}
	s := &metricmath.Series{ID: q.shape.Id, Label: label(q, nil, 1), Period: int64(q.period / time.Second)}
	for i := range points {
		if v, ok := q.stat(&points[i].Stat); ok {
			s.Points = append(s.Points, metricmath.Point{Time: points[i].Time.Unix(), Value: v})
		}
	}
	return metricmath.Of(s), nil
}

// evaluate computes an expression.
func (e *evaluation) evaluate(q *query) (metricmath.Value, error) {
	env := &metricmath.Env{
		From: e.from.Unix(), To: e.to.Unix(), Period: int64(q.period / time.Second),
		Lookup: func(id string) (metricmath.Value, error) {
			if other := e.queries[id]; other != nil {
				return e.value(other)
			}
			return metricmath.Value{}, invalidQuery(e.op, "Error in expression '%s': no query has the id %s", q.shape.Id, id)
		},
	}
	// Gaps are not filled into the future.
	if e.now.Before(e.to) {
		env.To = e.now.Unix() + 1
	}
	for _, other := range e.order {
		if other.expr == nil {
			v, err := e.value(other)
			if err != nil {
				return v, err
			}
			env.Metrics = append(env.Metrics, v.Series()...)
		}
	}
	v, err := q.expr.Eval(env)
	if text, ok := errors.AsType[*metricmath.Error](err); ok {
		return v, e.wrong(q, text)
	}
	return v, err
}
