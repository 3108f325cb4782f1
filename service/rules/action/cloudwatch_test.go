package action

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"telltale/base/caller"
	"telltale/lang/shape/cloudwatch"
	logshape "telltale/lang/shape/logs"
	"telltale/service/logs"
	"telltale/service/metrics"
	"telltale/store/logseg"
	"telltale/store/series"
	"telltale/store/state"
)

// newLogs is the log service over an empty store.
func newLogs(t testing.TB) *logs.Logs {
	t.Helper()
	db, err := state.OpenMemory(logs.Tables()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	store, err := logseg.Open(logseg.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	l, err := logs.New(t.Context(), logs.Config{}, logs.Needs{State: db, Store: store})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestCloudwatchLogs(t *testing.T) {
	l := newLogs(t)
	w := newWorld(t, &Needs{Logs: l})
	ctx := asHome()
	group := func(name string) {
		t.Helper()
		if _, err := l.CreateLogGroup(ctx, &logshape.CreateLogGroupInput{LogGroupName: name}); err != nil {
			t.Fatal(err)
		}
	}
	entries := func(name string) (text string) {
		t.Helper()
		out, err := l.FilterLogEvents(ctx, &logshape.FilterLogEventsInput{LogGroupName: name})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range out.Events {
			stream, id, _ := strings.Cut(e.LogStreamName, "_")
			if stream != "rule" || len(id) != 36 {
				t.Errorf("the stream is %s", e.LogStreamName)
			}
			text += e.Message + "\n"
		}
		return text
	}
	f := func(a Action, payload, name, want string) {
		t.Helper()
		got := w.do(a, payload)
		if name, _, _ := strings.Cut(got.permission, ":log-stream:"); name != "logs:PutLogEvents on arn:aws:logs:eu-west-1:123456789012:log-group:plant-7" {
			t.Errorf("needs %s", got.permission)
		}
		w.want(got, "LogGroupName="+name, got.permission)
		if got := entries(name); got != want {
			t.Errorf("entries are %q, want %q", got, want)
		}
	}
	one := w.compile(`{"cloudwatchLogs":{"roleArn":"` + role + `","logGroupName":"plant-${topic(2)}"}}`)
	w.wantError(w.do(one, `{}`), "Failed to put CloudWatch log events. The error received was The specified log group does not exist.")
	group("plant-7")
	f(one, `{"t":1}`, "plant-7", "{\"t\":1}\n")
	f(one, `é`, "plant-7", "{\"t\":1}\né\n")
	w.wantError(w.do(one, "\xff"), "the payload is not UTF-8 text")

	many := w.compile(`{"cloudwatchLogs":{"roleArn":"` + role + `","logGroupName":"plant-7","batchMode":true}}`)
	if _, err := l.DeleteLogGroup(ctx, &logshape.DeleteLogGroupInput{LogGroupName: "plant-7"}); err != nil {
		t.Fatal(err)
	}
	group("plant-7")
	now := time.Now().UnixMilli()
	f(many, fmt.Sprintf(`[{"timestamp":%d,"message":"a"},{"timestamp":%d,"message":"b"}]`, now-1000, now), "plant-7", "a\nb\n")
	for payload, words := range map[string]string{
		`{}`:                              "must be an array of objects",
		`[{"timestamp":1}]`:               "element 0 has no timestamp or no message",
		`[{"timestamp":"x"}]`:             "must be an array of objects",
		`[]`:                              "There are 0 log events",
		`[{"timestamp":1,"message":"m"}]`: "too old, expired or too far in the future",
		fmt.Sprintf(`[{"timestamp":%d,"message":"a"},{"timestamp":%d,"message":"b"}]`, now, now-1): "chronological order",
	} {
		w.wantError(w.do(many, payload), words)
	}
	w.refused(`{"cloudwatchLogs":{"roleArn":"me","logGroupName":"a"}}`, `roleArn "me" is not the ARN of a role`)
	w.refused(`{"cloudwatchLogs":{"roleArn":"`+role+`","logGroupName":""}}`, "logGroupName")
	w.refused(`{"cloudwatchLogs":{"roleArn":"`+role+`","logGroupName":"${"}}`, "cloudwatchLogs action: logGroupName: ")
	w.needs = &Needs{}
	w.refused(`{"cloudwatchLogs":{"roleArn":"`+role+`","logGroupName":"a"}}`, "no logs are kept here")
}

// strict is a metric writer that is asked by a service of the right account only.
type strict struct {
	*metrics.Metrics
	t testing.TB
}

func (s strict) PutMetricData(ctx context.Context, in *cloudwatch.PutMetricDataInput) (*cloudwatch.PutMetricDataOutput, error) {
	if c := caller.From(ctx); c.Kind != caller.Service || c.Scope != home {
		s.t.Errorf("called by %+v", c)
	}
	return s.Metrics.PutMetricData(ctx, in)
}

func TestCloudwatchMetric(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, err := state.OpenMemory()
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		store, err := series.Open(t.Context(), db, series.Default())
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		m, err := metrics.New(metrics.Default(), metrics.Needs{Series: store})
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld(t, &Needs{Metrics: strict{m, t}})
		action := func(amount, unit, at string) string {
			return fmt.Sprintf(`{"cloudwatchMetric":{"roleArn":"%s","metricNamespace":"plant/${topic(2)}","metricName":"${n}","metricValue":"%s","metricUnit":"%s","metricTimestamp":"%s"}}`, role, amount, unit, at)
		}
		sum := func(start time.Time) float64 {
			t.Helper()
			out, err := m.GetMetricStatistics(asHome(), &cloudwatch.GetMetricStatisticsInput{Namespace: "plant/7", MetricName: "heat", StartTime: start, EndTime: start.Add(time.Minute),
				Period: 60, Statistics: []string{"Sum"}, Unit: "Count"})
			if err != nil || len(out.Datapoints) != 1 {
				t.Fatalf("statistics %+v, %v", out, err)
			}
			return *out.Datapoints[0].Sum
		}
		f := func(action string) {
			t.Helper()
			w.want(w.run(action, `{"n":"heat","t":21.5}`), "MetricNamespace=plant/7 MetricName=heat", "cloudwatch:PutMetricData on *")
		}
		now := time.Now().Truncate(time.Minute)
		f(action("${t}", "Count", ""))
		f(action("2e1", "Count", ""))
		if got := sum(now); got != 41.5 {
			t.Errorf("the sum of now is %g", got)
		}
		earlier := now.Add(-time.Hour)
		f(action("3", "Count", fmt.Sprint(earlier.Unix())))
		if got := sum(earlier); got != 3 {
			t.Errorf("the sum of an hour ago is %g", got)
		}
		w.wantError(w.run(action("${n}", "Count", ""), `{"n":"heat"}`), `Failed to put the CloudWatch metric: metricValue "heat" is not allowed: want a number`)
		w.wantError(w.run(action("1", "${n}", ""), `{"n":"heat"}`), `metricUnit "heat" is not allowed: allowed are `)
		w.wantError(w.run(action("1", "Count", "${n}"), `{"n":"heat"}`), `metricTimestamp "heat" is not allowed: want a number of seconds since 1970`)
		w.wantError(w.run(action("1", "Count", "1"), `{"n":"heat"}`), "The error received was The parameter MetricData.member.1.Timestamp must specify a time within the past two weeks.")
		w.wantError(w.run(action("1", "Count", ""), `{}`), `metricName "" is not allowed: it is empty`)
		w.refused(action("x", "Count", ""), `metricValue "x" is not allowed`)
		w.refused(action("NaN", "Count", ""), `metricValue "NaN" is not allowed`)
		w.refused(action("1", "Seconds/Second", ""), "metricUnit")
		w.refused(action("1", "Count", "yesterday"), "metricTimestamp")
		w.refused(strings.Replace(action("1", "Count", ""), role, "me", 1), "roleArn")
		w.needs = &Needs{}
		w.refused(action("1", "Count", ""), "no metrics are kept here")
	})
}
