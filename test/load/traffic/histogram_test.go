package traffic

import (
	"testing"
	"time"
)

func TestQuantile(t *testing.T) {
	var h, more Histogram
	for i := range 10_000 {
		which := &h
		if i%2 == 0 {
			which = &more
		}
		which.Add(time.Duration(i+1) * time.Microsecond)
	}
	h.Merge(&more)
	f := func(q float64, want time.Duration) {
		t.Helper()
		if got := h.Quantile(q); got < want*97/100 || got > want*104/100 {
			t.Errorf("Quantile(%v) = %v, want about %v", q, got, want)
		}
	}
	f(0.5, 5*time.Millisecond)
	f(0.99, 9900*time.Microsecond)
	f(0.999, 9990*time.Microsecond)
	f(1, 10*time.Millisecond)
	f(0, time.Microsecond)
	if got := new(Histogram).Quantile(0.5); got != 0 {
		t.Errorf("the median of nothing is %v, want 0", got)
	}
}

// The largest delays are counted as such.
func TestLongDelay(t *testing.T) {
	var h Histogram
	h.Add(1 << 62)
	if got := h.Quantile(0.5); got < 15*time.Minute {
		t.Errorf("a delay of centuries is counted as %v", got)
	}
}
