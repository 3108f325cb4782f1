package series

import (
	"slices"
	"sync"
	"sync/atomic"

	"telltale/base/caller"
)

// catalog knows every metric and its streams. All of them are in memory; a metric takes a few hundred bytes.
type catalog struct {
	mu      sync.RWMutex
	shelves map[caller.Scope]*shelf
	streams map[int64]*stream
	lastID  int64
}

// shelf holds the metrics of a scope.
type shelf struct {
	byKey  map[string]*entry
	sorted []*entry // by compareMetrics
}

// entry is a metric and its streams, one for each unit it has been reported in.
type entry struct {
	Metric
	streams []*stream
}

// stream is a series: a metric in one unit. What is in memory of it is guarded by mu.
type stream struct {
	id    int64
	entry *entry
	unit  string
	// Unix seconds of the newest minute with data.
	last atomic.Int64

	mu      sync.Mutex
	pending map[int64]*bucket // by the Unix seconds of their minute: what the blocks do not have
	counter *Counter          // nil until asked for
	saved   bool              // the catalog's row is in the database; guarded by Store.writing
}

// bucket is a minute in memory.
type bucket struct {
	Stat
	changed bool // since it was written to the journal; it then is in Store.changed
}

func newCatalog() catalog {
	return catalog{shelves: make(map[caller.Scope]*shelf), streams: make(map[int64]*stream)}
}

// find returns the metric, or nil. The caller holds mu.
func (c *catalog) find(m *Metric) *entry {
	if s := c.shelves[m.Scope]; s != nil {
		return s.byKey[m.key()]
	}
	return nil
}

// stream returns the series, or nil. The caller holds mu.
func (c *catalog) stream(m *Metric, unit string) *stream {
	if e := c.find(m); e != nil {
		for _, st := range e.streams {
			if st.unit == unit {
				return st
			}
		}
	}
	return nil
}

// add puts a series into the catalog; id 0 takes the next number. The caller holds mu for writing.
func (c *catalog) add(m *Metric, unit string, id int64) *stream {
	if st := c.stream(m, unit); st != nil {
		return st
	}
	if id == 0 {
		id = c.lastID + 1
	}
	c.lastID = max(c.lastID, id)
	e := c.find(m)
	if e == nil {
		e = &entry{Metric: *m}
		e.Dims = slices.Clone(m.Dims)
		s := c.shelves[m.Scope]
		if s == nil {
			s = &shelf{byKey: make(map[string]*entry)}
			c.shelves[m.Scope] = s
		}
		s.byKey[e.key()] = e
		s.sorted = slices.Insert(s.sorted, s.place(m), e)
	}
	st := &stream{id: id, entry: e, unit: unit, pending: make(map[int64]*bucket)}
	e.streams = append(e.streams, st)
	c.streams[id] = st
	return st
}

// remove takes a series out, and its metric if it was the last one. The caller holds mu for writing.
func (c *catalog) remove(st *stream) {
	delete(c.streams, st.id)
	e := st.entry
	e.streams = slices.DeleteFunc(slices.Clone(e.streams), func(o *stream) bool { return o == st })
	if len(e.streams) > 0 {
		return
	}
	s := c.shelves[e.Scope]
	delete(s.byKey, e.key())
	if i := s.place(&e.Metric); i < len(s.sorted) && s.sorted[i] == e {
		s.sorted = slices.Delete(s.sorted, i, i+1)
	}
}

// place is where a metric is, or would be, among the sorted ones.
func (s *shelf) place(m *Metric) int {
	i, _ := slices.BinarySearchFunc(s.sorted, m, func(e *entry, m *Metric) int { return compareMetrics(&e.Metric, m) })
	return i
}

// all returns the series by id.
func (c *catalog) all() []*stream {
	c.mu.RLock()
	list := make([]*stream, 0, len(c.streams))
	for _, st := range c.streams {
		list = append(list, st)
	}
	c.mu.RUnlock()
	slices.SortFunc(list, func(a, b *stream) int { return int(a.id - b.id) })
	return list
}
