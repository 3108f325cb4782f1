package metrics

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"testing"
	"time"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/base/fault"
	"telltale/lang/shape/cloudwatch"
	"telltale/store/series"
	"telltale/store/state"
)

var (
	here  = caller.Scope{Account: "123456789012", Region: "eu-west-1"}
	there = caller.Scope{Account: "123456789012", Region: "us-east-1"}
)

func as(scope caller.Scope) context.Context {
	return caller.With(context.Background(), &caller.Caller{Scope: scope})
}

func openState(t testing.TB, path string) *state.DB {
	t.Helper()
	cfg := state.Default()
	cfg.Path, cfg.Sync = path, state.Normal
	db, err := state.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func serve(t testing.TB, db *state.DB) *Metrics {
	t.Helper()
	store, err := series.Open(context.Background(), db, series.Default())
	if err != nil {
		t.Fatal(err)
	}
	m, err := New(Default(), Needs{Series: store})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func newMetrics(t testing.TB) *Metrics {
	t.Helper()
	return serve(t, openState(t, filepath.Join(t.TempDir(), "state.db")))
}

// codeOf is the error's name and text.
func codeOf(err error) (code, text string) {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.Code, f.Message()
	}
	if err != nil {
		return "no fault", err.Error()
	}
	return "", ""
}

// counted is a fact that counts what it is told to.
type counted struct {
	event.Failure
	samples []event.Sample
}

var kindCounted = event.NewKind(event.Kind{Name: "Test", Metric: "Test"})

func (*counted) Kind() *event.Kind      { return kindCounted }
func (*counted) Fields(w *event.Writer) {}
func (c *counted) Count(to *event.Counter) {
	for _, s := range c.samples {
		to.AddTimes(s.Name, s.Value, max(1, s.Times), s.Dims[:s.N]...)
	}
}

// silent is a fact that counts nothing.
type silent struct{ event.Failure }

func (*silent) Kind() *event.Kind      { return kindCounted }
func (*silent) Fields(w *event.Writer) {}

func sample(name string, value float64, dims ...event.Dim) event.Sample {
	s := event.Sample{Name: name, Value: value, N: len(dims)}
	copy(s.Dims[:], dims)
	return s
}

func putValues(t testing.TB, m *Metrics, scope caller.Scope, name string, at time.Time, values ...float64) {
	t.Helper()
	in := &cloudwatch.PutMetricDataInput{Namespace: "Test", MetricData: []cloudwatch.MetricDatum{{MetricName: name, Timestamp: at, Values: values}}}
	if _, err := m.PutMetricData(as(scope), in); err != nil {
		t.Fatal(err)
	}
}

func near(a, b, relative float64) bool { return math.Abs(a-b) <= relative*math.Abs(b)+1e-12 }
func ptr[T any](v T) *T                { return &v }
