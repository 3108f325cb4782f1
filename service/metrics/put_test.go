package metrics

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"telltale/lang/shape/cloudwatch"
)

func TestPutMetricDataMergesAndSurvives(t *testing.T) {
	db := openState(t, filepath.Join(t.TempDir(), "state.db"))
	m := serve(t, db)
	minute := time.Now().Add(-time.Hour).Truncate(time.Minute)
	in := &cloudwatch.PutMetricDataInput{Namespace: "Test", MetricData: []cloudwatch.MetricDatum{
		{MetricName: "a", Timestamp: minute, Value: ptr(2.0), StorageResolution: ptr(int32(1))},
		{MetricName: "a", Timestamp: minute.Add(59 * time.Second), Values: []float64{1, 5}, Counts: []float64{2, 3}},
		{MetricName: "a", Timestamp: minute.Add(time.Second), StatisticValues: &cloudwatch.StatisticSet{SampleCount: 4, Sum: 10, Minimum: 0.5, Maximum: 9}},
	}, EntityMetricData: []cloudwatch.EntityMetricData{{MetricData: []cloudwatch.MetricDatum{{MetricName: "b", Value: ptr(1.0)}}}}}
	if _, err := m.PutMetricData(as(here), in); err != nil {
		t.Fatal(err)
	}
	// Killed here: the store is not closed.
	out, err := serve(t, db).GetMetricStatistics(as(here), &cloudwatch.GetMetricStatisticsInput{
		Namespace: "Test", MetricName: "a", Period: 60, StartTime: minute, EndTime: minute.Add(time.Minute),
		Statistics: []string{"Sum", "SampleCount", "Average", "Minimum", "Maximum"},
	})
	if err != nil || len(out.Datapoints) != 1 {
		t.Fatalf("GetMetricStatistics = %+v, %v, want one datapoint", out, err)
	}
	d := out.Datapoints[0]
	if *d.Sum != 29 || *d.SampleCount != 10 || *d.Average != 2.9 || *d.Minimum != 0.5 || *d.Maximum != 9 || d.Unit != "None" || !d.Timestamp.Equal(minute) {
		t.Errorf("datapoint is %v %v %v %v %v %s %v", *d.Sum, *d.SampleCount, *d.Average, *d.Minimum, *d.Maximum, d.Unit, d.Timestamp)
	}
}

func TestPutMetricDataRefuses(t *testing.T) {
	m := newMetrics(t)
	f := func(change func(*cloudwatch.PutMetricDataInput, *cloudwatch.MetricDatum), wantCode, wantText string) {
		t.Helper()
		in := &cloudwatch.PutMetricDataInput{Namespace: "Test", MetricData: []cloudwatch.MetricDatum{{MetricName: "good", Value: ptr(1.0)}, {MetricName: "a", Value: ptr(1.0)}}}
		change(in, &in.MetricData[1])
		_, err := m.PutMetricData(as(here), in)
		if code, text := codeOf(err); code != wantCode || !strings.Contains(text, wantText) {
			t.Errorf("%s: %s, want %s: ...%s...", code, text, wantCode, wantText)
		}
	}
	type in = *cloudwatch.PutMetricDataInput
	type datum = *cloudwatch.MetricDatum
	value, combination, required := cloudwatch.InvalidParameterValueException, cloudwatch.InvalidParameterCombinationException, cloudwatch.MissingRequiredParameterException
	f(func(i in, d datum) { i.Namespace = "AWS/IoT" }, value, "The value AWS/ for parameter Namespace is invalid")
	f(func(i in, d datum) { i.Namespace = ":x" }, value, "Namespace")
	f(func(i in, d datum) { i.Namespace = "" }, required, "The parameter Namespace is required.")
	f(func(i in, d datum) { i.MetricData = nil }, required, "MetricData")
	f(func(i in, d datum) { i.MetricData = slices.Repeat(i.MetricData[:1], 1001) }, value, "must not have a size greater than 1000")
	f(func(i in, d datum) { d.MetricName = "" }, required, "MetricData.member.2.MetricName is required")
	f(func(i in, d datum) { d.Value = nil }, required, "MetricData.member.2.Value")
	f(func(i in, d datum) { d.Values = []float64{1} }, combination, "mutually exclusive")
	f(func(i in, d datum) { d.Value = ptr(math.NaN()) }, value, "The value NaN for parameter MetricData.member.2.Value is invalid")
	f(func(i in, d datum) { d.Value = ptr(math.Inf(1)) }, value, "+Inf")
	f(func(i in, d datum) { d.Value = ptr(math.Ldexp(1, 361)) }, value, "2^360")
	f(func(i in, d datum) { d.Value, d.Values, d.Counts = nil, []float64{1, 2}, []float64{1} }, combination, "same size")
	f(func(i in, d datum) { d.Value, d.Values, d.Counts = nil, []float64{1}, []float64{0} }, value, "Counts.member.1")
	f(func(i in, d datum) { d.Value, d.Values = nil, make([]float64, 151) }, value, "150")
	f(func(i in, d datum) {
		d.Value, d.StatisticValues = nil, &cloudwatch.StatisticSet{SampleCount: 1, Minimum: 2, Maximum: 1}
	}, combination, "Minimum")
	f(func(i in, d datum) { d.Value, d.StatisticValues = nil, &cloudwatch.StatisticSet{} }, value, "SampleCount")
	f(func(i in, d datum) { d.Timestamp = time.Now().Add(3 * time.Hour) }, value, "no more than two hours in the future")
	f(func(i in, d datum) { d.Timestamp = time.Now().Add(-15 * day) }, value, "within the past two weeks")
	f(func(i in, d datum) { d.Unit = "Bananas" }, value, "Bananas")
	f(func(i in, d datum) { d.StorageResolution = ptr(int32(30)) }, value, "StorageResolution")
	f(func(i in, d datum) { d.Dimensions = make([]cloudwatch.Dimension, 31) }, value, "30")
	f(func(i in, d datum) { d.Dimensions = []cloudwatch.Dimension{{Name: "x", Value: " "}} }, value, "white space")
	f(func(i in, d datum) { d.Dimensions = []cloudwatch.Dimension{{Name: "x", Value: "ä"}} }, value, "ASCII")
	f(func(i in, d datum) { d.MetricName = "a\x00" }, value, "printable")
	f(func(i in, d datum) { i.Namespace = "a\xff" }, value, "printable")
	f(func(i in, d datum) { d.Dimensions = []cloudwatch.Dimension{{Value: "x"}} }, required, "Name")
	f(func(i in, d datum) {
		d.Dimensions = []cloudwatch.Dimension{{Name: "x", Value: "1"}, {Name: "x", Value: "2"}}
	}, value, "once")
	if out, err := m.ListMetrics(as(here), &cloudwatch.ListMetricsInput{}); err != nil || len(out.Metrics) != 0 {
		t.Errorf("refused requests left %+v, %v", out, err)
	}
}

func TestListMetrics(t *testing.T) {
	m := newMetrics(t)
	var data []cloudwatch.MetricDatum
	for i := range 700 {
		data = append(data, cloudwatch.MetricDatum{MetricName: "m", Value: ptr(1.0), Dimensions: []cloudwatch.Dimension{
			{Name: "n", Value: strings.Repeat("x", i+1)}, {Name: "even", Value: []string{"yes", "no"}[i%2]}}})
	}
	data = append(data, cloudwatch.MetricDatum{MetricName: "old", Value: ptr(1.0), Timestamp: time.Now().Add(-5 * time.Hour)})
	if _, err := m.PutMetricData(as(here), &cloudwatch.PutMetricDataInput{Namespace: "Test", MetricData: data}); err != nil {
		t.Fatal(err)
	}
	f := func(in cloudwatch.ListMetricsInput, want ...int) {
		t.Helper()
		for i, n := range want {
			out, err := m.ListMetrics(as(here), &in)
			if err != nil || len(out.Metrics) != n || (out.NextToken != "") != (i < len(want)-1) {
				t.Fatalf("page %d of %+v: %d metrics, token %q, %v, want %d", i, in, len(out.Metrics), out.NextToken, err, n)
			}
			in.NextToken = out.NextToken
		}
	}
	f(cloudwatch.ListMetricsInput{}, 500, 201)
	f(cloudwatch.ListMetricsInput{Namespace: "Test", MetricName: "old"}, 1)
	f(cloudwatch.ListMetricsInput{Namespace: "AWS/IoT"}, 0)
	f(cloudwatch.ListMetricsInput{RecentlyActive: "PT3H"}, 500, 200)
	f(cloudwatch.ListMetricsInput{Dimensions: []cloudwatch.DimensionFilter{{Name: "even", Value: "yes"}, {Name: "n"}}}, 350)
	f(cloudwatch.ListMetricsInput{OwningAccount: "999999999999"}, 0)
	out, err := m.ListMetrics(as(here), &cloudwatch.ListMetricsInput{MetricName: "old", IncludeLinkedAccounts: ptr(true)})
	if err != nil || !slices.Equal(out.OwningAccounts, []string{here.Account}) {
		t.Errorf("owning accounts are %v, %v", out, err)
	}
	if out, err := m.ListMetrics(as(there), &cloudwatch.ListMetricsInput{}); err != nil || len(out.Metrics) != 0 {
		t.Errorf("another region sees %v, %v", out, err)
	}
	for _, in := range []cloudwatch.ListMetricsInput{{NextToken: "x"}, {RecentlyActive: "PT4H"}, {Dimensions: make([]cloudwatch.DimensionFilter, 11)}} {
		if code, text := codeOf(func() error { _, err := m.ListMetrics(as(here), &in); return err }()); code != cloudwatch.InvalidParameterValueException {
			t.Errorf("%+v: %s %s", in, code, text)
		}
	}
}
