package series

import (
	"cmp"
	"math"
	"slices"
)

// Histogram counts values in classes that grow by the factor 2^(1/32), ascending. These are the exponential histograms of OpenTelemetry
// and Prometheus with schema 5: class i holds the values in (2^((i-1)/32), 2^(i/32)]. A value read back is at most 1.09 % off.
type Histogram []Class

// Class is one class that is not empty.
type Class struct {
	Slot  int32   // see slotOf: negative values, zero, positive values in ascending order
	Count float64 // positive
}

const (
	perOctave = 32
	// slotBias moves the indexes of all finite numbers, -34,367 to 32,768, above zero, so that slot 0 is left for the value 0 and
	// the mirror image of each positive slot for the negative values.
	slotBias = 40_000
)

// slotOf is the class of a finite value.
func slotOf(v float64) int32 {
	if v == 0 {
		return 0
	}
	slot := int32(math.Ceil(math.Log2(math.Abs(v))*perOctave)) + slotBias
	if v < 0 {
		return -slot
	}
	return slot
}

// Value is the value that stands for the class: the one with the smallest greatest relative error.
func (c Class) Value() float64 {
	switch {
	case c.Slot == 0:
		return 0
	case c.Slot < 0:
		return -Class{Slot: -c.Slot}.Value()
	}
	const growth = 1.0218971486541166 // 2^(1/32)
	return math.Exp2(float64(c.Slot-slotBias)/perOctave) * 2 / (1 + growth)
}

// Index is the class's number in schema 5, and the sign of its values (0 for the class of zero, whose number means nothing).
func (c Class) Index() (index int32, sign int) {
	switch {
	case c.Slot > 0:
		return c.Slot - slotBias, 1
	case c.Slot < 0:
		return -c.Slot - slotBias, -1
	}
	return 0, 0
}

func (h *Histogram) add(slot int32, n float64) {
	i, found := slices.BinarySearchFunc(*h, slot, func(c Class, slot int32) int { return cmp.Compare(c.Slot, slot) })
	if found {
		(*h)[i].Count += n
		return
	}
	*h = slices.Insert(*h, i, Class{slot, n})
}

// merge adds the classes of o, which stays as it is.
func (h *Histogram) merge(o Histogram) {
	if len(*h) == 0 {
		*h = append(*h, o...)
		return
	}
	for _, c := range o {
		h.add(c.Slot, c.Count)
	}
}
