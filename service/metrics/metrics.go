// Package metrics keeps CloudWatch metrics: it counts the facts that services record, takes what customers put, and answers with statistics
// and metric math.
//
// The series themselves are in store/series. Everything belongs to the scope of the API caller or of the fact's origin.
//
// aws: cloudwatch/concepts, iot/metrics_dimensions
package metrics

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"telltale/base/event"
	"telltale/store/series"
)

// Config says what the service allows.
type Config struct {
	// ListedFor is how long ListMetrics shows a metric that gets no data. (aws: cloudwatch/ListMetrics)
	ListedFor time.Duration
	// MaxCounted is the number of series that facts may begin between two starts of the program. Some dimensions are chosen by clients, such
	// as the name of a missing rule; what would exceed this is dropped and Dropped counts it.
	MaxCounted int
	// MaxPeriods is the number of periods, over all metrics of one GetMetricData request, that may be looked at.
	MaxPeriods int
}

// Default returns the configuration that behaves as AWS does.
func Default() Config {
	return Config{ListedFor: 14 * 24 * time.Hour, MaxCounted: 100_000, MaxPeriods: 5_000_000}
}

// Needs are the collaborators of the service.
type Needs struct {
	Series *series.Store
}

// Metrics is the service. It is an event.Sink.
type Metrics struct {
	cfg      Config
	series   *series.Store
	counters counterIndex
	scratch  sync.Pool // of *event.Counter
	dropped  atomic.Uint64
}

// New makes the service. Nothing runs in its background: the store has a Run of its own.
func New(cfg Config, needs Needs) (*Metrics, error) {
	switch {
	case needs.Series == nil:
		return nil, fmt.Errorf("metrics: Needs.Series is missing")
	case cfg.ListedFor < 3*time.Hour:
		return nil, fmt.Errorf("metrics: ListedFor is %v; allowed are 3h and more", cfg.ListedFor)
	case cfg.MaxCounted < 1 || cfg.MaxPeriods < 1:
		return nil, fmt.Errorf("metrics: MaxCounted is %d and MaxPeriods is %d; allowed are 1 and more", cfg.MaxCounted, cfg.MaxPeriods)
	}
	m := &Metrics{cfg: cfg, series: needs.Series}
	m.scratch.New = func() any { return new(event.Counter) }
	m.counters.reset()
	return m, nil
}
