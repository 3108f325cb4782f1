package metrics

import (
	"log/slog"
	"math/bits"
	"strings"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/lang/shape/cloudwatch"
	"telltale/store/series"
)

// Namespace is where facts are counted.
const Namespace = "AWS/IoT"

// Record counts a fact in the scope of its origin. Facts that do not count, and those of nobody's account, leave no trace.
// In the steady state it neither locks nor allocates.
func (m *Metrics) Record(o *caller.Origin, f event.Fact) {
	counted, ok := f.(event.Counted)
	if !ok || o.Account == "" {
		return
	}
	c := m.scratch.Get().(*event.Counter)
	c.Reset()
	counted.Count(c)
	list := c.List()
	for i := range list {
		sample := &list[i]
		counter := m.counters.find(&o.Scope, sample)
		if counter == nil {
			counter = m.begin(&o.Scope, sample)
		}
		if counter != nil {
			counter.AddTimes(sample.Value, sample.Times)
		}
	}
	m.scratch.Put(c)
}

// begin makes the counter of a sample, nil if there are too many.
func (m *Metrics) begin(scope *caller.Scope, sample *event.Sample) *series.Counter {
	if m.counters.size() >= m.cfg.MaxCounted {
		if n := m.dropped.Add(1); bits.OnesCount64(n) == 1 {
			slog.Warn("metrics are dropped: facts have begun too many series", "dropped", n, "metric", sample.Name, "limit", m.cfg.MaxCounted)
		}
		return nil
	}
	metric := series.Metric{Scope: *scope, Namespace: Namespace, Name: sample.Name}
	for _, d := range sample.Dims[:sample.N] {
		// A clone, because a value may be part of a packet; and what is stored must be text.
		metric.Dims = append(metric.Dims, series.Dim{Name: d.Name, Value: strings.Clone(strings.ToValidUTF8(d.Value, "\uFFFD"))})
	}
	series.SortDims(metric.Dims)
	counter := m.series.Counter(metric, cloudwatch.StandardUnitCount)
	m.counters.add(scope, sample, counter)
	return counter
}

// Dropped is the number of values of facts that were not counted, see Config.MaxCounted.
func (m *Metrics) Dropped() uint64 { return m.dropped.Load() }
