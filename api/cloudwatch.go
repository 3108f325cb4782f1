package api

import (
	"telltale/lang/shape/cloudwatch"
	"telltale/lang/wire"
	"telltale/service/metrics"
)

// cloudwatchOperations lists CloudWatch metrics.
func cloudwatchOperations(t *wire.Table, m *metrics.Metrics) {
	wire.Handle(t, cloudwatch.GetMetricData, m.GetMetricData)
	wire.Handle(t, cloudwatch.GetMetricStatistics, m.GetMetricStatistics)
	wire.Handle(t, cloudwatch.ListMetrics, m.ListMetrics)
	wire.Handle(t, cloudwatch.PutMetricData, m.PutMetricData)
}
