package series

import (
	"slices"
	"time"

	"telltale/base/caller"
)

// ListReq says which metrics to list.
type ListReq struct {
	Scope     caller.Scope
	Namespace string // "" for all
	Name      string // "" for all
	Dims      []Dim  // dimensions a metric must have; one without Value matches any value
	Since     time.Time
	After     *Metric // the last metric of the page before, nil for the first page
	Limit     int     // most metrics to return; 0: no limit
}

// List returns the metrics that had data since a time, ordered by namespace, name and dimensions. more says that there are others.
func (s *Store) List(r ListReq) (metrics []Metric, more bool) {
	s.catalog.mu.RLock()
	defer s.catalog.mu.RUnlock()
	shelf := s.catalog.shelves[r.Scope]
	if shelf == nil {
		return nil, false
	}
	from := 0
	if r.After != nil {
		from = shelf.place(r.After)
		if from < len(shelf.sorted) && compareMetrics(&shelf.sorted[from].Metric, r.After) == 0 {
			from++
		}
	} else if r.Namespace != "" {
		from = shelf.place(&Metric{Namespace: r.Namespace, Name: r.Name})
	}
	for _, e := range shelf.sorted[from:] {
		if r.Namespace != "" && e.Namespace > r.Namespace {
			break
		}
		if !r.matches(&e.Metric) || !e.since(r.Since.Unix()) {
			continue
		}
		if r.Limit > 0 && len(metrics) == r.Limit {
			return metrics, true
		}
		metrics = append(metrics, e.Metric)
	}
	return metrics, false
}

func (r *ListReq) matches(m *Metric) bool {
	if r.Namespace != "" && m.Namespace != r.Namespace || r.Name != "" && m.Name != r.Name {
		return false
	}
	for _, want := range r.Dims {
		has := func(d Dim) bool { return d.Name == want.Name && (want.Value == "" || d.Value == want.Value) }
		if !slices.ContainsFunc(m.Dims, has) {
			return false
		}
	}
	return true
}

// since reports whether the metric had data at or after a time, in Unix seconds.
func (e *entry) since(t int64) bool {
	for _, st := range e.streams {
		if st.active() >= t {
			return true
		}
	}
	return false
}

// active moves the counts of the series into their buckets, and returns its newest minute with data.
func (st *stream) active() int64 {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.counter != nil {
		st.counter.drain()
	}
	return st.last.Load()
}
