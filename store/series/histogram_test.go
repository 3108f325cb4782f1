package series

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestClassValueIsNear(t *testing.T) {
	f := func(v float64) {
		t.Helper()
		got := Class{Slot: slotOf(v)}.Value()
		if v == 0 && got != 0 || math.Abs(got-v) > 0.0109*math.Abs(v) {
			t.Errorf("%g is read back as %g, want at most 1.09 %% off", v, got)
		}
	}
	for _, v := range []float64{0, 1, 2, 0.5, -1, 1e-300, 1e300, -1e300, math.Ldexp(1, 360), -math.Ldexp(1, 360), 3, 100, 101} {
		f(v)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		f(math.Exp(rng.NormFloat64()*20) * float64(1-2*rng.IntN(2)))
	}
}

func TestSlotsKeepOrder(t *testing.T) {
	values := []float64{-math.MaxFloat64, -100, -1, -1e-9, -math.SmallestNonzeroFloat64, 0, math.SmallestNonzeroFloat64, 1e-9, 1, 100, math.MaxFloat64}
	for i := 1; i < len(values); i++ {
		if slotOf(values[i-1]) >= slotOf(values[i]) {
			t.Errorf("slot of %g is %d, of %g is %d: want the smaller first", values[i-1], slotOf(values[i-1]), values[i], slotOf(values[i]))
		}
	}
}

func TestIndexIsSchema5(t *testing.T) {
	f := func(v float64, index int32, sign int) {
		t.Helper()
		i, s := Class{Slot: slotOf(v)}.Index()
		if i != index || s != sign {
			t.Errorf("%g is in class %d with sign %d, want %d with %d", v, i, s, index, sign)
		}
	}
	f(1, 0, 1)
	f(2, 32, 1)
	f(-2, 32, -1)
	f(1.01, 1, 1)
	f(0.5, -32, 1)
	f(0, 0, 0)
}
