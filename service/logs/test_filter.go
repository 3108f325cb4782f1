package logs

import (
	"context"

	"telltale/base/fault"
	"telltale/lang/filterpattern"
	"telltale/lang/shape/logs"
)

// TestMetricFilter tries a pattern on messages. Events are numbered from 0. (aws: logs/API_TestMetricFilter)
func (l *Logs) TestMetricFilter(_ context.Context, in *logs.TestMetricFilterInput) (*logs.TestMetricFilterOutput, error) {
	const op = "logs.TestMetricFilter"
	if n := len(in.LogEventMessages); n < 1 || n > 50 {
		return nil, invalid(op, "There are %d logEventMessages: a call must have 1 to 50.", n)
	}
	pattern, err := filterpattern.Parse(in.FilterPattern)
	if err != nil {
		return nil, invalid(op, "Invalid %v", err)
	}
	matcher, err := pattern.Expr().Compile()
	if err != nil {
		return nil, fault.Wrap(op, fault.Internal, err)
	}
	out := &logs.TestMetricFilterOutput{Matches: []logs.MetricFilterMatchRecord{}}
	for i, message := range in.LogEventMessages {
		if !matcher.Match([]byte(message)) {
			continue
		}
		number, values := int64(i), map[string]string{}
		for _, v := range pattern.Values([]byte(message)) {
			values[v.Name] = v.Text
		}
		out.Matches = append(out.Matches, logs.MetricFilterMatchRecord{EventNumber: &number, EventMessage: message, ExtractedValues: values})
	}
	return out, nil
}
