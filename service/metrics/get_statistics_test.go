package metrics

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"telltale/lang/shape/cloudwatch"
)

func TestGetMetricStatisticsPeriods(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMetrics(t)
		now := time.Now() // a full hour
		for i, at := range []time.Duration{-60, -59, -56, -55, -30, -1} {
			putValues(t, m, here, "a", now.Add(at*time.Minute+time.Second), float64(int(1)<<i))
		}
		f := func(start, end time.Duration, period int32, want string) {
			t.Helper()
			out, err := m.GetMetricStatistics(as(here), &cloudwatch.GetMetricStatisticsInput{Namespace: "Test", MetricName: "a",
				StartTime: now.Add(start), EndTime: now.Add(end), Period: period, Statistics: []string{"Sum"}})
			if err != nil {
				t.Error(err)
				return
			}
			var got []string
			for _, d := range out.Datapoints {
				got = append(got, d.Timestamp.Format("15:04")+"="+strings.Repeat("I", int(*d.Sum)))
			}
			if s := strings.Join(got, " "); s != want {
				t.Errorf("%v to %v by %d: %s, want %s", start, end, period, s, want)
			}
		}
		bars := func(n int) string { return strings.Repeat("I", n) }
		// Inclusive start, exclusive end; periods begin at the start.
		f(-time.Hour, -55*time.Minute, 60, "23:00="+bars(1)+" 23:01="+bars(2)+" 23:04="+bars(4))
		f(-time.Hour, -55*time.Minute, 300, "23:00="+bars(7))
		f(-59*time.Minute, 0, 300, "23:01="+bars(14)+" 23:26="+bars(16)+" 23:56="+bars(32))
		f(-59*time.Minute+30*time.Second, -58*time.Minute, 60, "23:01="+bars(2)) // rounded down
		f(-10*time.Minute, -2*time.Minute, 60, "")
		f(-time.Hour, 0, 3600, "23:00="+bars(63))
		f(-5*time.Minute, 0, 30, "23:59="+bars(32)) // kept by the minute
	})
}

func TestGetMetricStatisticsExtended(t *testing.T) {
	m := newMetrics(t)
	now := time.Now()
	putValues(t, m, here, "a", now, hundred()...)
	out, err := m.GetMetricStatistics(as(here), &cloudwatch.GetMetricStatisticsInput{Namespace: "Test", MetricName: "a",
		StartTime: now.Add(-time.Hour), EndTime: now.Add(time.Hour), Period: 3600 * 3, ExtendedStatistics: []string{"p50", "p99", "tm90"}})
	if err != nil || len(out.Datapoints) != 1 {
		t.Fatalf("%+v, %v", out, err)
	}
	got := out.Datapoints[0].ExtendedStatistics
	if !near(got["p50"], 50, 0.012) || !near(got["p99"], 99, 0.012) || !near(got["tm90"], 45.5, 0.012) || out.Datapoints[0].Sum != nil {
		t.Errorf("statistics are %v", got)
	}
}

func TestGetMetricStatisticsRefuses(t *testing.T) {
	m := newMetrics(t)
	now := time.Now()
	type in = *cloudwatch.GetMetricStatisticsInput
	f := func(change func(in), wantCode, wantText string) {
		t.Helper()
		i := &cloudwatch.GetMetricStatisticsInput{Namespace: "Test", MetricName: "a", StartTime: now.Add(-24 * time.Hour), EndTime: now, Period: 60, Statistics: []string{"Sum"}}
		change(i)
		_, err := m.GetMetricStatistics(as(here), i)
		if code, text := codeOf(err); code != wantCode || !strings.Contains(text, wantText) {
			t.Errorf("%s: %s, want %s: ...%s...", code, text, wantCode, wantText)
		}
	}
	value, combination, required := cloudwatch.InvalidParameterValueException, cloudwatch.InvalidParameterCombinationException, cloudwatch.MissingRequiredParameterException
	f(func(i in) {}, "", "")
	f(func(i in) { i.Period = 30 }, combination, "You have requested up to 2880 datapoints, which exceeds the limit of 1440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.")
	f(func(i in) { i.StartTime = time.Unix(0, 0); i.EndTime = now.Add(290 * 365 * day) }, combination, "exceeds the limit")
	f(func(i in) { i.Period = 90 }, value, "multiple of 60")
	f(func(i in) { i.Period = 0 }, value, "greater than 0")
	f(func(i in) { i.EndTime = i.StartTime }, combination, "must be less than")
	f(func(i in) { i.Statistics = nil }, required, "At least one")
	f(func(i in) { i.ExtendedStatistics = []string{"p9"} }, combination, "mutually exclusive")
	f(func(i in) { i.Statistics = []string{"sum"} }, value, "sum")
	f(func(i in) { i.Statistics = nil; i.ExtendedStatistics = []string{"PR(1:2)"} }, value, "every single value")
	f(func(i in) { i.Statistics = nil; i.ExtendedStatistics = []string{"Sum"} }, value, "belongs into Statistics")
	f(func(i in) { i.Namespace = "" }, required, "Namespace")
	f(func(i in) { i.MetricName = "" }, required, "MetricName")
}

func TestUnitsAreSeparateDatapoints(t *testing.T) {
	m := newMetrics(t)
	now := time.Now()
	for _, unit := range []string{"Seconds", "Count"} {
		in := &cloudwatch.PutMetricDataInput{Namespace: "Test", MetricData: []cloudwatch.MetricDatum{{MetricName: "a", Value: ptr(1.0), Unit: unit, Timestamp: now}}}
		if _, err := m.PutMetricData(as(here), in); err != nil {
			t.Fatal(err)
		}
	}
	f := func(unit string, want int) {
		t.Helper()
		out, err := m.GetMetricStatistics(as(here), &cloudwatch.GetMetricStatisticsInput{Namespace: "Test", MetricName: "a", Unit: unit,
			StartTime: now.Add(-time.Hour), EndTime: now.Add(time.Minute), Period: 60, Statistics: []string{"Sum"}})
		if err != nil || len(out.Datapoints) != want {
			t.Errorf("unit %q: %+v, %v, want %d datapoints", unit, out, err, want)
		}
	}
	f("", 2)
	f("Count", 1)
	f("None", 0)
}
