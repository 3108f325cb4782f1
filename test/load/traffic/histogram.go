package traffic

import (
	"math/bits"
	"time"
)

// Histogram counts delays with an error of at most one in 32. The zero Histogram is empty.
type Histogram struct {
	counts [35*32 + 64]uint32
	n      uint64
}

// Add counts one delay.
func (h *Histogram) Add(d time.Duration) {
	v := uint64(max(d, 0))
	e := min(max(bits.Len64(v)-6, 0), 34)
	h.counts[min(e*32+int(v>>e), len(h.counts)-1)]++
	h.n++
}

// Merge adds all that another histogram has counted.
func (h *Histogram) Merge(other *Histogram) {
	for i, n := range other.counts {
		h.counts[i] += n
	}
	h.n += other.n
}

// Quantile is the delay that a part q of all do not exceed.
func (h *Histogram) Quantile(q float64) time.Duration {
	rank, seen := uint64(q*float64(h.n)), uint64(0)
	for i, n := range h.counts {
		if seen += uint64(n); seen > rank || seen == h.n && seen > 0 {
			e := max(i/32-1, 0)
			return time.Duration(uint64(i-e*32+1)<<e - 1)
		}
	}
	return 0
}
