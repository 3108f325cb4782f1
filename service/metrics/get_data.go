package metrics

import (
	"context"
	"slices"
	"time"

	"telltale/base/caller"
	"telltale/base/page"
	"telltale/lang/metricmath"
	"telltale/lang/shape/cloudwatch"
)

// Limits of GetMetricData. aws: cloudwatch/GetMetricData
const (
	maxQueries    = 500
	maxPagePoints = 100_800
)

// GetMetricData answers with the values of metrics and of expressions over them, in the order of the queries, newest first unless ScanBy
// says otherwise. Periods follow one another from the rounded StartTime on. A period below a minute is answered as a minute, with a message.
// aws: cloudwatch/GetMetricData
func (m *Metrics) GetMetricData(ctx context.Context, in *cloudwatch.GetMetricDataInput) (*cloudwatch.GetMetricDataOutput, error) {
	const op = "GetMetricData"
	if err := checkDataInput(op, in); err != nil {
		return nil, err
	}
	var from position
	if page.Parse(op, in.NextToken, &from) != nil {
		return nil, invalidToken(op)
	}
	now := time.Now()
	e := &evaluation{
		op: op, metrics: m, ctx: ctx, scope: caller.From(ctx).Scope,
		from: roundStart(in.StartTime, now), to: in.EndTime, now: now,
		queries: make(map[string]*query, len(in.MetricDataQueries)),
	}
	for i := range in.MetricDataQueries {
		if err := e.add(i, &in.MetricDataQueries[i]); err != nil {
			return nil, err
		}
	}
	if err := e.checkWork(); err != nil {
		return nil, err
	}
	var all []result
	for _, q := range e.order {
		list, err := e.results(q)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	limit := maxPagePoints
	if in.MaxDatapoints != nil {
		limit = int(*in.MaxDatapoints)
	}
	out := &cloudwatch.GetMetricDataOutput{MetricDataResults: []cloudwatch.MetricDataResult{}}
	next := cut(out, all, from, limit, in.ScanBy == cloudwatch.ScanByTimestampAscending)
	if next != (position{}) {
		out.NextToken = page.Token(op, next)
	}
	return out, nil
}

func checkDataInput(op string, in *cloudwatch.GetMetricDataInput) error {
	switch n := len(in.MetricDataQueries); {
	case n == 0:
		return invalidQuery(op, "The parameter MetricDataQueries is required.")
	case n > maxQueries:
		return invalidQuery(op, "The collection MetricDataQueries must not have a size greater than %d.", maxQueries)
	case in.StartTime.IsZero() || in.EndTime.IsZero():
		return invalidQuery(op, "The parameters StartTime and EndTime are required.")
	case !in.StartTime.Before(in.EndTime):
		return invalidQuery(op, "The parameter StartTime must be less than the parameter EndTime.")
	case in.MaxDatapoints != nil && (*in.MaxDatapoints < 1 || *in.MaxDatapoints > maxPagePoints):
		return invalidQuery(op, "The value %d for parameter MaxDatapoints is invalid; allowed are 1 to %d.", *in.MaxDatapoints, maxPagePoints)
	case !slices.Contains([]string{"", cloudwatch.ScanByTimestampAscending, cloudwatch.ScanByTimestampDescending}, in.ScanBy):
		return invalidQuery(op, "The value %s for parameter ScanBy is invalid; allowed are TimestampDescending and TimestampAscending.", in.ScanBy)
	}
	return nil
}

// result is one time series of the answer, before it is cut into pages.
type result struct {
	id, label string
	points    []metricmath.Point // in time order
	messages  []cloudwatch.MessageData
}

// position is where a page ends: within a result, just after a time, so that new data do not shift the pages. No page ends at the zero position.
type position struct {
	Result int    `json:"r"`
	After  *int64 `json:"t,omitempty"` // Unix seconds; nil: nothing of the result has been sent
}

// cut puts up to limit points into the answer, beginning at a position, and returns where the next page begins.
func cut(out *cloudwatch.GetMetricDataOutput, all []result, from position, limit int, ascending bool) (next position) {
	for i := max(0, from.Result); i < len(all); i++ {
		r := &all[i]
		points := slices.Clone(r.points)
		if !ascending {
			slices.Reverse(points)
		}
		if i == from.Result && from.After != nil {
			sent := func(p metricmath.Point) bool { return (p.Time > *from.After) != ascending || p.Time == *from.After }
			points = slices.DeleteFunc(points, sent)
		}
		if limit == 0 && len(points) > 0 {
			return position{Result: i}
		}
		status := cloudwatch.StatusCodeComplete
		if len(points) > limit {
			points, status = points[:limit], cloudwatch.StatusCodePartialData
		}
		limit -= len(points)
		out.MetricDataResults = append(out.MetricDataResults, shapeResult(r, points, status))
		if status == cloudwatch.StatusCodePartialData {
			return position{Result: i, After: &points[len(points)-1].Time}
		}
	}
	return position{}
}

func shapeResult(r *result, points []metricmath.Point, status string) cloudwatch.MetricDataResult {
	out := cloudwatch.MetricDataResult{
		Id: r.id, Label: r.label, StatusCode: status, Messages: r.messages,
		Timestamps: make([]time.Time, len(points)), Values: make([]float64, len(points)),
	}
	for i, p := range points {
		out.Timestamps[i], out.Values[i] = time.Unix(p.Time, 0).UTC(), p.Value
	}
	return out
}
