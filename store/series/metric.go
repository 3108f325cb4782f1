package series

import (
	"cmp"
	"encoding/binary"
	"slices"

	"telltale/base/caller"
)

// Dim is one dimension of a metric.
type Dim struct{ Name, Value string }

// Metric is the identity of a metric: no two with the same scope, namespace, name and set of dimensions exist.
type Metric struct {
	caller.Scope
	Namespace string
	Name      string
	Dims      []Dim // sorted by name, see SortDims
}

// SortDims sorts dimensions in place, as Metric wants them, and returns them.
func SortDims(dims []Dim) []Dim {
	slices.SortFunc(dims, func(a, b Dim) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Value, b.Value)) })
	return dims
}

// key is the metric in one string, unambiguous whatever bytes the names hold.
func (m *Metric) key() string {
	buf := make([]byte, 0, 64)
	add := func(s string) {
		buf = binary.AppendUvarint(buf, uint64(len(s)))
		buf = append(buf, s...)
	}
	add(m.Namespace)
	add(m.Name)
	for _, d := range m.Dims {
		add(d.Name)
		add(d.Value)
	}
	return string(buf)
}

// compareMetrics orders metrics of one scope by namespace, name and dimensions.
func compareMetrics(a, b *Metric) int {
	return cmp.Or(
		cmp.Compare(a.Namespace, b.Namespace),
		cmp.Compare(a.Name, b.Name),
		slices.CompareFunc(a.Dims, b.Dims, func(x, y Dim) int {
			return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.Value, y.Value))
		}),
	)
}
