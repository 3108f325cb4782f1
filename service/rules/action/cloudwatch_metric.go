package action

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"telltale/lang/shape/cloudwatch"
	"telltale/lang/shape/iot"
)

// (aws: iot/cloudwatch-metrics-rule-action)
var cloudwatchMetricKind = newKind(Kind{
	Key: "cloudwatchMetric", Name: "CloudwatchMetricAction", Metric: "Cloudwatch Metric",
	Templates: []string{"metricNamespace", "metricName", "metricValue", "metricUnit", "metricTimestamp"},
	Text:      "Gives CloudWatch a value of a metric.",
}, func(a *iot.Action) *iot.CloudwatchMetricAction { return a.CloudwatchMetric }, compileCloudwatchMetric)

type cloudwatchMetricAction struct {
	remote
	metrics                           MetricWriter
	namespace, name, amount, unit, at value
}

func compileCloudwatchMetric(c *Compiler, p *iot.CloudwatchMetricAction) (Action, error) {
	a := &cloudwatchMetricAction{metrics: c.Needs.Metrics}
	if a.metrics == nil {
		return nil, errors.New("no metrics are kept here")
	}
	var err error
	if a.remote, err = c.local(p.RoleArn); err != nil {
		return nil, err
	}
	return a, c.parameters(
		parameter{to: &a.namespace, name: "metricNamespace", text: p.MetricNamespace},
		parameter{to: &a.name, name: "metricName", text: p.MetricName},
		parameter{to: &a.amount, name: "metricValue", text: p.MetricValue, check: checkNumber},
		parameter{to: &a.unit, name: "metricUnit", text: p.MetricUnit, check: oneOf(cloudwatch.Service.Shapes["StandardUnit"].Enum...)},
		parameter{to: &a.at, name: "metricTimestamp", text: p.MetricTimestamp, optional: true, check: checkSeconds})
}

func checkNumber(text string) error {
	if n, err := strconv.ParseFloat(text, 64); err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		return errors.New("want a number")
	}
	return nil
}

func checkSeconds(text string) error {
	if n, err := strconv.ParseFloat(text, 64); err != nil || !(math.Abs(n) < 1e11) {
		return errors.New("want a number of seconds since 1970")
	}
	return nil
}

// Render makes the value. It is of now unless the action says of when.
func (a *cloudwatchMetricAction) Render(r *Rendering) (Task, error) {
	f := filling{Rendering: r}
	namespace, name := f.text(a.namespace), f.text(a.name)
	amount, _ := strconv.ParseFloat(f.text(a.amount), 64) // checked
	datum := cloudwatch.MetricDatum{MetricName: name, Value: &amount, Unit: f.text(a.unit)}
	if at := f.text(a.at); at != "" {
		seconds, _ := strconv.ParseFloat(at, 64)
		datum.Timestamp = time.UnixMilli(int64(math.Round(seconds * 1000)))
	}
	return f.task(call{
		action: "cloudwatchMetric", failed: "Failed to put the CloudWatch metric",
		resources:  []Resource{{"MetricNamespace", namespace}, {"MetricName", name}},
		permission: a.may("cloudwatch:PutMetricData", "*"), // metrics are no resources of policies
		explain:    refusal,
		run: func(ctx context.Context) error {
			_, err := a.metrics.PutMetricData(a.as(ctx), &cloudwatch.PutMetricDataInput{Namespace: namespace, MetricData: []cloudwatch.MetricDatum{datum}})
			return err
		},
	})
}

// refusal words an error of a service of our own.
func refusal(err error) string { return fmt.Sprintf("The error received was %s", words(err)) }
