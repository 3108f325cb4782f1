package metrics

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/lang/shape/cloudwatch"
)

func total(t testing.TB, m *Metrics, scope caller.Scope, unit, name string, dims ...cloudwatch.Dimension) (sum, samples float64) {
	t.Helper()
	now := time.Now()
	out, err := m.GetMetricStatistics(as(scope), &cloudwatch.GetMetricStatisticsInput{
		Namespace: Namespace, MetricName: name, Dimensions: dims, Unit: unit, Period: 60,
		StartTime: now.Add(-time.Hour), EndTime: now.Add(time.Minute), Statistics: []string{"Sum", "SampleCount"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range out.Datapoints {
		if d.Unit != "Count" {
			t.Errorf("unit is %q, want Count", d.Unit)
		}
		sum += *d.Sum
		samples += *d.SampleCount
	}
	return sum, samples
}

func TestRecordCounts(t *testing.T) {
	m := newMetrics(t)
	mqtt := event.Dim{Name: "Protocol", Value: "MQTT"}
	fact := &counted{samples: []event.Sample{sample("PublishIn.Success", 1, mqtt), sample("RulesExecuted", 1), sample("RegisterThingFailed", 0, event.Dim{Name: "TemplateName", Value: "t"})}}
	for range 5 {
		m.Record(&caller.Origin{Scope: here}, fact)
	}
	m.Record(&caller.Origin{Scope: there}, fact)
	m.Record(&caller.Origin{}, fact)
	m.Record(&caller.Origin{Scope: here}, &silent{})
	m.Record(&caller.Origin{Scope: here}, &counted{samples: []event.Sample{{Name: "RuleMatch", Value: 1, Times: 7}, {Name: "RulesFailed", Value: 2, Times: 3}}})
	f := func(scope caller.Scope, unit, name string, wantSum, wantSamples float64, dims ...cloudwatch.Dimension) {
		t.Helper()
		if sum, samples := total(t, m, scope, unit, name, dims...); sum != wantSum || samples != wantSamples {
			t.Errorf("%s %v with unit %q: sum %v of %v samples, want %v of %v", name, dims, unit, sum, samples, wantSum, wantSamples)
		}
	}
	protocol := cloudwatch.Dimension{Name: "Protocol", Value: "MQTT"}
	f(here, "", "PublishIn.Success", 5, 5, protocol)
	f(here, "Count", "PublishIn.Success", 5, 5, protocol)
	f(here, "None", "PublishIn.Success", 0, 0, protocol)
	f(here, "", "PublishIn.Success", 0, 0) // no aggregation over dimensions
	f(here, "", "RulesExecuted", 5, 5)
	f(here, "", "RegisterThingFailed", 0, 5, cloudwatch.Dimension{Name: "TemplateName", Value: "t"})
	f(there, "", "RulesExecuted", 1, 1)
	f(here, "", "RuleMatch", 7, 7)
	f(here, "", "RulesFailed", 6, 3)
	f(caller.Scope{}, "", "RulesExecuted", 0, 0)
}

func TestRecordDoesNotAllocate(t *testing.T) {
	m := newMetrics(t)
	origin := &caller.Origin{Scope: here}
	fact := &counted{samples: []event.Sample{sample("PublishIn.Success", 1, event.Dim{Name: "Protocol", Value: "MQTT"}), sample("RegisterThingFailed", 0)}}
	m.Record(origin, fact)
	if n := testing.AllocsPerRun(1000, func() { m.Record(origin, fact) }); n != 0 {
		t.Errorf("Record allocates %v times, want 0", n)
	}
}

func TestRecordConcurrently(t *testing.T) {
	m := newMetrics(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 2000 {
				m.Record(&caller.Origin{Scope: here}, &counted{samples: []event.Sample{sample("TopicMatch", 1, event.Dim{Name: "RuleName", Value: fmt.Sprint(i % 1000)})}})
			}
		})
	}
	wg.Wait()
	if n := m.counters.size(); n != 1000 {
		t.Errorf("%d counters, want 1000", n)
	}
	for _, rule := range []string{"0", "500", "999"} {
		if sum, _ := total(t, m, here, "", "TopicMatch", cloudwatch.Dimension{Name: "RuleName", Value: rule}); sum != 8 {
			t.Errorf("rule %s counted %v times, want 8", rule, sum)
		}
	}
}

func TestRecordIsBounded(t *testing.T) {
	m := newMetrics(t)
	m.cfg.MaxCounted = 3
	for i := range 10 {
		m.Record(&caller.Origin{Scope: here}, &counted{samples: []event.Sample{sample("RuleNotFound", 1, event.Dim{Name: "RuleName", Value: fmt.Sprint(i)})}})
	}
	if m.counters.size() != 3 || m.Dropped() != 7 {
		t.Errorf("%d series and %d values dropped, want 3 and 7", m.counters.size(), m.Dropped())
	}
}

func TestNewRefuses(t *testing.T) {
	if _, err := New(Default(), Needs{}); err == nil {
		t.Error("New without a store succeeded")
	}
	m := newMetrics(t)
	for _, cfg := range []Config{{}, {ListedFor: time.Hour, MaxCounted: 1, MaxPeriods: 1}, {ListedFor: 14 * day, MaxPeriods: 1}} {
		if _, err := New(cfg, Needs{m.series}); err == nil {
			t.Errorf("New(%+v) succeeded", cfg)
		}
	}
}

func TestCountsSurviveClose(t *testing.T) {
	db := openState(t, filepath.Join(t.TempDir(), "state.db"))
	m := serve(t, db)
	for range 3 {
		m.Record(&caller.Origin{Scope: here}, &counted{samples: []event.Sample{sample("RulesExecuted", 1)}})
	}
	if err := m.series.Close(); err != nil {
		t.Fatal(err)
	}
	if sum, _ := total(t, serve(t, db), here, "", "RulesExecuted"); sum != 3 {
		t.Errorf("counted %v, want 3", sum)
	}
}

func BenchmarkRecord(b *testing.B) {
	m := newMetrics(b)
	origin := &caller.Origin{Scope: here}
	fact := &counted{samples: []event.Sample{sample("PublishIn.Success", 1, event.Dim{Name: "Protocol", Value: "MQTT"})}}
	b.ReportAllocs()
	for b.Loop() {
		m.Record(origin, fact)
	}
}

func BenchmarkRecordParallel(b *testing.B) {
	m := newMetrics(b)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		origin := &caller.Origin{Scope: here}
		fact := &counted{samples: []event.Sample{sample("PublishIn.Success", 1, event.Dim{Name: "Protocol", Value: "MQTT"})}}
		for pb.Next() {
			m.Record(origin, fact)
		}
	})
}
