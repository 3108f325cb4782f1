package metrics

import (
	"context"
	"time"

	"telltale/base/caller"
	"telltale/base/page"
	"telltale/lang/shape/cloudwatch"
	"telltale/store/series"
)

const metricsPerPage = 500

// ListMetrics lists the caller's metrics that had data in the last two weeks, or with RecentlyActive in the last three hours.
// A new metric is listed at once. aws: cloudwatch/ListMetrics
func (m *Metrics) ListMetrics(ctx context.Context, in *cloudwatch.ListMetricsInput) (*cloudwatch.ListMetricsOutput, error) {
	const op = "ListMetrics"
	who := caller.From(ctx)
	req := series.ListReq{Scope: who.Scope, Namespace: in.Namespace, Name: in.MetricName, Limit: metricsPerPage}
	switch in.RecentlyActive {
	case "":
		req.Since = time.Now().Add(-m.cfg.ListedFor)
	case cloudwatch.RecentlyActivePt3h:
		req.Since = time.Now().Add(-3 * time.Hour)
	default:
		return nil, invalidValue(op, "The value %s for parameter RecentlyActive is invalid; allowed is PT3H.", in.RecentlyActive)
	}
	if len(in.Dimensions) > 10 {
		return nil, invalidValue(op, "The collection Dimensions must not have a size greater than 10.")
	}
	for _, d := range in.Dimensions {
		req.Dims = append(req.Dims, series.Dim{Name: d.Name, Value: d.Value})
	}
	if in.NextToken != "" {
		req.After = new(series.Metric)
		if page.Parse(op, in.NextToken, req.After) != nil {
			return nil, invalidValue(op, "The value for parameter NextToken is invalid: it was not returned by ListMetrics.")
		}
	}
	out := &cloudwatch.ListMetricsOutput{Metrics: []cloudwatch.Metric{}}
	if in.OwningAccount != "" && in.OwningAccount != who.Account {
		return out, nil // no account has another one's metrics
	}
	list, more := m.series.List(req)
	for i := range list {
		out.Metrics = append(out.Metrics, shapeOf(&list[i]))
		if in.IncludeLinkedAccounts != nil && *in.IncludeLinkedAccounts {
			out.OwningAccounts = append(out.OwningAccounts, who.Account)
		}
	}
	if more {
		out.NextToken = page.Token(op, list[len(list)-1])
	}
	return out, nil
}

func shapeOf(m *series.Metric) cloudwatch.Metric {
	out := cloudwatch.Metric{Namespace: m.Namespace, MetricName: m.Name, Dimensions: []cloudwatch.Dimension{}}
	for _, d := range m.Dims {
		out.Dimensions = append(out.Dimensions, cloudwatch.Dimension{Name: d.Name, Value: d.Value})
	}
	return out
}
