package metrics

import (
	"context"
	"slices"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/cloudwatch"
	"telltale/store/series"
)

// maxDatapoints of GetMetricStatistics.
const maxDatapoints = 1440

// GetMetricStatistics answers with the statistics of one metric, in time order though nobody may count on it. Without Unit there are
// datapoints of each unit. Periods without data have no datapoint, percentiles not where data came as statistic sets.
// aws: cloudwatch/GetMetricStatistics
func (m *Metrics) GetMetricStatistics(ctx context.Context, in *cloudwatch.GetMetricStatisticsInput) (*cloudwatch.GetMetricStatisticsOutput, error) {
	const op = "GetMetricStatistics"
	if err := checkStatisticsInput(op, in); err != nil {
		return nil, err
	}
	extended := make(map[string]statistic, len(in.ExtendedStatistics))
	for _, name := range in.ExtendedStatistics {
		s, err := parseStatistic(name)
		if _, isSimple := simple[name]; err != nil || isSimple {
			if isSimple {
				return nil, invalidValue(op, "The value %s for parameter ExtendedStatistics belongs into Statistics.", name)
			}
			return nil, invalidValue(op, "The value for parameter ExtendedStatistics is invalid: %v.", err)
		}
		extended[name] = s
	}
	metric := series.Metric{Scope: caller.From(ctx).Scope, Namespace: in.Namespace, Name: in.MetricName, Dims: dimsOf(in.Dimensions)}
	units := []string{in.Unit}
	if in.Unit == "" {
		units = m.series.Units(metric)
	}
	from := roundStart(in.StartTime, time.Now())
	out := &cloudwatch.GetMetricStatisticsOutput{Label: in.MetricName, Datapoints: []cloudwatch.Datapoint{}}
	for _, unit := range units {
		points, err := m.series.Query(ctx, metric, unit, from, in.EndTime, keptPeriod(in.Period))
		if err != nil {
			return nil, fault.Wrap(op, fault.Internal, err)
		}
		for i := range points {
			if d, any := datapoint(&points[i], in.Statistics, extended); any {
				d.Unit = unit
				out.Datapoints = append(out.Datapoints, d)
			}
		}
	}
	slices.SortStableFunc(out.Datapoints, func(a, b cloudwatch.Datapoint) int { return a.Timestamp.Compare(b.Timestamp) })
	return out, nil
}

func checkStatisticsInput(op string, in *cloudwatch.GetMetricStatisticsInput) error {
	simpleN, extendedN := len(in.Statistics), len(in.ExtendedStatistics)
	switch {
	case in.Namespace == "":
		return missing(op, "The parameter Namespace is required.")
	case in.MetricName == "":
		return missing(op, "The parameter MetricName is required.")
	case simpleN == 0 && extendedN == 0:
		return missing(op, "At least one of the parameters Statistics and ExtendedStatistics must be specified.")
	case simpleN > 0 && extendedN > 0:
		return invalidCombination(op, "The parameters Statistics and ExtendedStatistics are mutually exclusive and you have specified both.")
	case simpleN > 5:
		return invalidValue(op, "The collection Statistics must not have a size greater than 5.")
	case extendedN > 10:
		return invalidValue(op, "The collection ExtendedStatistics must not have a size greater than 10.")
	case in.Period < 1:
		return invalidValue(op, "The parameter Period must be greater than 0.")
	case !validPeriod(in.Period):
		return invalidValue(op, "The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.")
	case !in.StartTime.Before(in.EndTime):
		return invalidCombination(op, "The parameter StartTime must be less than the parameter EndTime.")
	}
	for _, name := range in.Statistics {
		if simple[name] == nil {
			return invalidValue(op, "The value %s for parameter Statistics is invalid; allowed are SampleCount, Average, Sum, Minimum and Maximum.", name)
		}
	}
	if n := periodsBetween(in.StartTime, in.EndTime, in.Period); n > maxDatapoints {
		return invalidCombination(op, "You have requested up to %d datapoints, which exceeds the limit of %d. "+
			"You may reduce the datapoints requested by increasing Period, or decreasing the time range.", n, maxDatapoints)
	}
	return nil
}

// datapoint computes what was asked for; any is false if nothing of it can be told.
func datapoint(p *series.Point, names []string, extended map[string]statistic) (d cloudwatch.Datapoint, any bool) {
	d.Timestamp = p.Time
	for _, name := range names {
		v, _ := simple[name](&p.Stat)
		*place(&d, name) = &v
		any = true
	}
	for name, s := range extended {
		if v, ok := s(&p.Stat); ok {
			if d.ExtendedStatistics == nil {
				d.ExtendedStatistics = make(map[string]float64, len(extended))
			}
			d.ExtendedStatistics[name] = v
			any = true
		}
	}
	return d, any
}

// place is the member of a datapoint for a simple statistic.
func place(d *cloudwatch.Datapoint, name string) **float64 {
	switch name {
	case cloudwatch.StatisticSampleCount:
		return &d.SampleCount
	case cloudwatch.StatisticSum:
		return &d.Sum
	case cloudwatch.StatisticAverage:
		return &d.Average
	case cloudwatch.StatisticMinimum:
		return &d.Minimum
	default:
		return &d.Maximum
	}
}
