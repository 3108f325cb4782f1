package metrics

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"telltale/lang/shape/cloudwatch"
)

func metricQuery(id, name, stat string) cloudwatch.MetricDataQuery {
	return cloudwatch.MetricDataQuery{Id: id, MetricStat: &cloudwatch.MetricStat{
		Metric: &cloudwatch.Metric{Namespace: "Test", MetricName: name}, Period: 60, Stat: stat}}
}

func expression(id, text string) cloudwatch.MetricDataQuery {
	return cloudwatch.MetricDataQuery{Id: id, Expression: text}
}

// printResults shows each result as id(label):minute=value,...
func printResults(results []cloudwatch.MetricDataResult) string {
	var parts []string
	for _, r := range results {
		var points []string
		for i, t := range r.Timestamps {
			points = append(points, fmt.Sprintf("%d=%v", t.Minute(), math.Round(r.Values[i]*1000)/1000))
		}
		mark := ""
		if r.StatusCode == cloudwatch.StatusCodePartialData {
			mark = "..."
		}
		parts = append(parts, fmt.Sprintf("%s(%s):%s%s", r.Id, r.Label, strings.Join(points, ","), mark))
	}
	return strings.Join(parts, " ")
}

func TestGetMetricData(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMetrics(t)
		start := time.Now() // a full hour
		putValues(t, m, here, "ok", start, 1, 1, 1)
		putValues(t, m, here, "ok", start.Add(2*time.Minute), 1)
		putValues(t, m, here, "bad", start, 1)
		putValues(t, m, here, "bad", start.Add(3*time.Minute), 1, 2)
		time.Sleep(4*time.Minute - time.Second)
		ok, bad := metricQuery("ok", "ok", "Sum"), metricQuery("bad", "bad", "Maximum")
		hidden := ok
		hidden.ReturnData = ptr(false)
		f := func(want string, queries ...cloudwatch.MetricDataQuery) {
			t.Helper()
			out, err := m.GetMetricData(as(here), &cloudwatch.GetMetricDataInput{MetricDataQueries: queries, StartTime: start, EndTime: start.Add(10 * time.Minute), ScanBy: "TimestampAscending"})
			if err != nil {
				t.Error(err)
			} else if got := printResults(out.MetricDataResults); got != want || out.NextToken != "" {
				t.Errorf("results are %s, want %s", got, want)
			}
		}
		f("ok(ok):0=3,2=1 bad(bad):0=1,3=2", ok, bad)
		f("bad(bad):0=1,3=2 ok(ok):0=3,2=1", bad, ok)
		f("e(e):0=25,2=0,3=100", expression("e", "100*bad/(ok+bad)"), hidden, func() cloudwatch.MetricDataQuery { q := bad; q.ReturnData = ptr(false); return q }())
		f("e(e):0=3,1=0,2=1,3=0", hidden, expression("e", "FILL(ok,0)")) // not into the future
		f("e(e):0=4,2=1,3=2", hidden, func() cloudwatch.MetricDataQuery { q := bad; q.ReturnData = ptr(false); return q }(), expression("e", "SUM(METRICS())"))
		f("e(x ok):0=6,2=2 e(x ok):0=6,2=2", hidden, func() cloudwatch.MetricDataQuery { q := expression("e", "[ok,ok]*2"); q.Label = "x"; return q }())
	})
}

func TestGetMetricDataOrderAndPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMetrics(t)
		start := time.Now()
		for i := range 5 {
			putValues(t, m, here, "a", start.Add(time.Duration(i)*time.Minute), float64(i))
			putValues(t, m, here, "b", start.Add(time.Duration(i)*time.Minute), float64(i))
		}
		time.Sleep(10 * time.Minute)
		in := &cloudwatch.GetMetricDataInput{StartTime: start, EndTime: start.Add(10 * time.Minute), MaxDatapoints: ptr(int32(3)),
			MetricDataQueries: []cloudwatch.MetricDataQuery{metricQuery("a", "a", "Sum"), metricQuery("none", "none", "Sum"), metricQuery("b", "b", "Sum")}}
		for _, want := range []string{"a(a):4=4,3=3,2=2...", "a(a):1=1,0=0 none(none): b(b):4=4...", "b(b):3=3,2=2,1=1...", "b(b):0=0"} {
			out, err := m.GetMetricData(as(here), in)
			if err != nil {
				t.Fatal(err)
			}
			if got := printResults(out.MetricDataResults); got != want {
				t.Errorf("page is %s, want %s", got, want)
			}
			in.NextToken = out.NextToken
			putValues(t, m, here, "a", start.Add(5*time.Minute), 9) // does not shift the pages
		}
		if in.NextToken != "" {
			t.Errorf("there is a page too many: %s", in.NextToken)
		}
		in.ScanBy, in.NextToken = "TimestampAscending", ""
		in.MetricDataQueries = in.MetricDataQueries[:1]
		for _, want := range []string{"a(a):0=0,1=1,2=2...", "a(a):3=3,4=4,5=36"} {
			out, err := m.GetMetricData(as(here), in)
			if err != nil {
				t.Fatal(err)
			}
			if got := printResults(out.MetricDataResults); got != want {
				t.Errorf("page is %s, want %s", got, want)
			}
			in.NextToken = out.NextToken
		}
	})
}

func TestGetMetricDataRefuses(t *testing.T) {
	m := newMetrics(t)
	now := time.Now()
	f := func(wantText string, queries ...cloudwatch.MetricDataQuery) {
		t.Helper()
		_, err := m.GetMetricData(as(here), &cloudwatch.GetMetricDataInput{MetricDataQueries: queries, StartTime: now.Add(-time.Hour), EndTime: now})
		if code, text := codeOf(err); code != "ValidationError" || !strings.Contains(text, wantText) {
			t.Errorf("%s: %s, want ValidationError: ...%s...", code, text, wantText)
		}
	}
	a := metricQuery("a", "a", "Sum")
	changed := func(change func(*cloudwatch.MetricDataQuery)) cloudwatch.MetricDataQuery {
		q := metricQuery("a", "a", "Sum")
		change(&q)
		return q
	}
	f("is required")
	f("not unique", a, a)
	f("lower-case letter", metricQuery("A", "a", "Sum"))
	f("Exactly one", cloudwatch.MetricDataQuery{Id: "a"})
	f("Exactly one", changed(func(q *cloudwatch.MetricDataQuery) { q.Expression = "1" }))
	f("other accounts", changed(func(q *cloudwatch.MetricDataQuery) { q.AccountId = "999999999999" }))
	f("multiple of 60", changed(func(q *cloudwatch.MetricDataQuery) { q.MetricStat.Period = 61 }))
	f("multiple of 60", changed(func(q *cloudwatch.MetricDataQuery) { q.Period = ptr(int32(-1)) }))
	f("p101", metricQuery("a", "a", "p101"))
	f("every single value", metricQuery("a", "a", "PR(:5)"))
	f("Namespace", changed(func(q *cloudwatch.MetricDataQuery) { q.MetricStat.Metric = nil }))
	f("Error in expression 'e': The function SEARCH is not supported", a, expression("e", "SEARCH('x','Sum')"))
	f("Metrics Insights", expression("e", `SELECT SUM(x) FROM "AWS/IoT"`))
	f("no query has the id b", a, expression("e", "a+b"))
	f("depends on itself", expression("e", "f+1"), expression("f", "e+1"))
	f("gives a number", a, expression("e", "SUM(a)"))
	f("must not have a size greater than 500", slices.Repeat([]cloudwatch.MetricDataQuery{a}, 501)...)
	in := &cloudwatch.GetMetricDataInput{MetricDataQueries: []cloudwatch.MetricDataQuery{a}, StartTime: now.Add(-time.Hour), EndTime: now, NextToken: "x"}
	if code, text := codeOf(func() error { _, err := m.GetMetricData(as(here), in); return err }()); code != cloudwatch.InvalidNextToken {
		t.Errorf("a wrong token gives %s %s", code, text)
	}
	m.cfg.MaxPeriods = 59
	f("which exceeds the limit of 59", a)
}

func TestGetMetricDataOfOneScope(t *testing.T) {
	m := newMetrics(t)
	now := time.Now()
	putValues(t, m, here, "a", now, 1)
	in := &cloudwatch.GetMetricDataInput{MetricDataQueries: []cloudwatch.MetricDataQuery{metricQuery("a", "a", "Sum")}, StartTime: now.Add(-time.Hour), EndTime: now.Add(time.Hour)}
	in.MetricDataQueries[0].MetricStat.Period = 10
	out, err := m.GetMetricData(as(here), in)
	if err != nil || len(out.MetricDataResults[0].Values) != 1 || len(out.MetricDataResults[0].Messages) != 1 {
		t.Errorf("own data: %+v, %v, want one value and a message about the period", out, err)
	}
	out, err = m.GetMetricData(as(there), in)
	if err != nil || len(out.MetricDataResults) != 1 || len(out.MetricDataResults[0].Values) != 0 {
		t.Errorf("another region sees %+v, %v", out, err)
	}
}

func BenchmarkGetMetricDataDay(b *testing.B) {
	m := newMetrics(b)
	now := time.Now()
	var data []cloudwatch.MetricDatum
	for i := range 1440 {
		data = append(data, cloudwatch.MetricDatum{MetricName: "a", Timestamp: now.Add(-time.Duration(i) * time.Minute), Value: ptr(float64(i))})
	}
	for chunk := range slices.Chunk(data, 1000) {
		if _, err := m.PutMetricData(as(here), &cloudwatch.PutMetricDataInput{Namespace: "Test", MetricData: chunk}); err != nil {
			b.Fatal(err)
		}
	}
	in := &cloudwatch.GetMetricDataInput{MetricDataQueries: []cloudwatch.MetricDataQuery{metricQuery("a", "a", "Sum")}, StartTime: now.Add(-24 * time.Hour), EndTime: now}
	in.MetricDataQueries[0].MetricStat.Period = 300
	b.ReportAllocs()
	for b.Loop() {
		out, err := m.GetMetricData(as(here), in)
		if err != nil || len(out.MetricDataResults[0].Values) < 288 {
			b.Fatal(out, err)
		}
	}
}
