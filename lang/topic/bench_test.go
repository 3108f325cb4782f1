package topic

import (
	"fmt"
	"testing"
)

func BenchmarkMatch(b *testing.B) {
	for b.Loop() {
		Match("device/+/sensor/#", "device/0042/sensor/temperature", AWS)
	}
}

// BenchmarkTree matches names in trees of 100,000 subscriptions; each name has one to three subscribers.
func BenchmarkTree(b *testing.B) {
	const n = 100_000
	for _, shape := range []struct{ name, filter string }{
		{"exact", "device/%06d/temperature"},
		{"plus", "device/%06d/+"},
		{"hash", "device/%06d/#"},
		{"inner", "+/%06d/+/#"},
	} {
		b.Run(shape.name, func(b *testing.B) {
			tree := NewTree[int, int](AWS)
			for i := range n {
				tree.Add(fmt.Sprintf(shape.filter, i), i, i)
			}
			tree.Add("device/+/temperature", -1, -1)
			names := make([]string, 1024)
			for i := range names {
				names[i] = fmt.Sprintf("device/%06d/temperature", i*97%n)
			}
			var dst []int
			i := 0
			b.ReportAllocs()
			for b.Loop() {
				dst = tree.Match(names[i%len(names)], dst[:0])
				i++
			}
		})
	}
}

// BenchmarkTreeGeneration is what a reader with cached results pays for each message, from all processors at once.
func BenchmarkTreeGeneration(b *testing.B) {
	tree := NewTree[int, int](AWS)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			tree.Generation()
		}
	})
}

func BenchmarkTreeAddRemove(b *testing.B) {
	tree := NewTree[int, int](AWS)
	for i := range 100_000 {
		tree.Add(fmt.Sprintf("device/%06d/+", i), i, i)
	}
	b.ReportAllocs()
	for b.Loop() {
		tree.Add("device/new/+", 1, 1)
		tree.Remove("device/new/+", 1)
	}
}
