package series

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
)

var errBlob = errors.New("series: a stored block is damaged")

// reader takes a blob apart. After damage everything it returns is zero, and bad is set.
type reader struct {
	rest []byte
	bad  bool
}

// newReader checks the version. An empty blob is damaged, too.
func newReader(blob []byte) *reader {
	r := &reader{rest: blob}
	if r.byte() != blobVersion {
		r.fail()
	}
	return r
}

func (r *reader) more() bool { return len(r.rest) > 0 }
func (r *reader) fail()      { r.rest, r.bad = nil, true }

func (r *reader) err() error {
	if r.bad {
		return errBlob
	}
	return nil
}

func (r *reader) byte() byte {
	if len(r.rest) == 0 {
		r.fail()
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) varint() int64 { return unzigzag(r.uvarint()) }

func (r *reader) number() float64 {
	n := r.uvarint()
	if n&1 == 0 {
		return float64(unzigzag(n >> 1))
	}
	if n != 1 || len(r.rest) < 8 {
		r.fail()
		return 0
	}
	v := math.Float64frombits(binary.LittleEndian.Uint64(r.rest))
	r.rest = r.rest[8:]
	return v
}

// stat reads what appendStat wrote. A Stat without values stands for flagGone. The histogram uses the memory of scratch, and replaces it.
func (r *reader) stat(scratch *Histogram) (s Stat) {
	flags := r.byte()
	if flags == flagGone || r.bad {
		return Stat{}
	}
	s.Partial = flags&flagPartial != 0
	s.Count = r.number()
	s.Min = r.number()
	if flags&flagEqual != 0 {
		s.Max, s.Sum = s.Min, s.Min*s.Count
	} else {
		s.Max = r.number()
		s.Sum = r.number()
	}
	if s.check() != nil {
		r.fail()
	}
	if flags&flagOne != 0 {
		s.Hist = append((*scratch)[:0], Class{slotOf(s.Min), s.Count})
	} else {
		s.Hist = r.histogram((*scratch)[:0])
	}
	if r.bad {
		return Stat{}
	}
	*scratch = s.Hist
	return s
}

// histogram appends the classes to h.
func (r *reader) histogram(h Histogram) Histogram {
	n := r.uvarint()
	if n > uint64(len(r.rest)) { // a class takes two bytes
		r.fail()
		return nil
	}
	h = slices.Grow(h, int(n))
	last := int64(0)
	for i := range n {
		delta := r.varint()
		count := r.number()
		last += delta
		if i > 0 && delta <= 0 || last < -2*slotBias || last > 2*slotBias || !(count > 0) {
			r.fail()
			return nil
		}
		h = append(h, Class{int32(last), count})
	}
	return h
}
