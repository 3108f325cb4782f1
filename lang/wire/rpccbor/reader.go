package rpccbor

import (
	"fmt"
	"math"
	"strings"
	"time"

	"telltale/lang/wire"
)

// Reader reads one CBOR value. It implements wire.Reader.
type Reader struct {
	data []byte
	pos  int
	open []int64 // items left in each list or map that is open; -1 where the length is not given
	err  error
}

// NewReader reads from data, which must not change meanwhile.
func NewReader(data []byte) *Reader { return &Reader{data: data} }

// Err is the first error.
func (r *Reader) Err() error { return r.err }

// Close reports the first error, or data that follows the value.
func (r *Reader) Close() error {
	if r.err == nil && r.pos < len(r.data) {
		r.err = fmt.Errorf("the CBOR must end at byte %d, but has %d bytes more", r.pos, len(r.data)-r.pos)
	}
	return r.err
}

// Null reports whether the next value is null or undefined, and skips it.
func (r *Reader) Null() bool {
	start := r.pos
	if h := r.head(); h.null() && r.err == nil {
		return true
	}
	if r.err == nil {
		r.pos = start
	}
	return false
}

// BeginStruct enters a map.
func (r *Reader) BeginStruct() { r.begin(majorMap, 2) }

// BeginMap enters a map.
func (r *Reader) BeginMap(wire.Form) { r.begin(majorMap, 2) }

// BeginList enters a list.
func (r *Reader) BeginList(wire.Form) { r.begin(majorList, 1) }

// Field reads the next key of a map.
func (r *Reader) Field() (string, bool) {
	if !r.More() {
		return "", false
	}
	key := r.Text()
	return key, r.err == nil
}

// Key reads the next key of a map.
func (r *Reader) Key() (string, bool) { return r.Field() }

// More reports whether the list or map has another item, and leaves it if not.
func (r *Reader) More() bool {
	if r.err != nil || len(r.open) == 0 {
		return false
	}
	left := &r.open[len(r.open)-1]
	switch {
	case *left > 0:
		*left--
		return true
	case *left < 0 && (r.pos >= len(r.data) || r.data[r.pos] != breakByte):
		return true // at the end of the data the next read says so
	case *left < 0:
		r.pos++
	}
	r.open = r.open[:len(r.open)-1]
	return false
}

// Text reads a text string. What is not UTF-8 is replaced by U+FFFD.
func (r *Reader) Text() string {
	return strings.ToValidUTF8(string(r.chunks(majorText, "text")), "\uFFFD")
}

// Blob reads a byte string.
func (r *Reader) Blob() []byte { return append([]byte{}, r.chunks(majorBytes, "bytes")...) }

// Bool reads a boolean.
func (r *Reader) Bool() bool {
	h := r.head()
	if h.major == majorSimple && (h.info == simpleTrue || h.info == simpleFalse) {
		return h.info == simpleTrue
	}
	r.mismatch("a boolean", h)
	return false
}

// Int reads an integer, or a float without fraction.
func (r *Reader) Int(bits int) int64 {
	h := r.head()
	limit := uint64(1)<<(bits-1) - 1
	switch {
	case r.err != nil:
		return 0
	case (h.major == majorUint || h.major == majorNegative) && h.arg <= limit:
		if h.major == majorNegative {
			return -1 - int64(h.arg)
		}
		return int64(h.arg)
	case h.major == majorSimple && h.info >= simpleHalf && h.info <= simpleDouble:
		if f := h.float(); f == math.Trunc(f) && math.Abs(f) < math.Ldexp(1, min(bits-1, 53)) {
			return int64(f)
		}
	case h.major > majorNegative:
		r.mismatch("an integer", h)
		return 0
	}
	r.note(fmt.Errorf("the number before byte %d must be an integer of %d bits", r.pos, bits))
	return 0
}

// Float reads a number.
func (r *Reader) Float() float64 {
	h := r.head()
	switch {
	case h.major == majorUint:
		return float64(h.arg)
	case h.major == majorNegative:
		return -1 - float64(h.arg)
	case h.major == majorSimple && h.info >= simpleHalf && h.info <= simpleDouble:
		return h.float()
	}
	r.mismatch("a number", h)
	return 0
}

// Time reads tag 1, epoch seconds; the tag may be missing.
func (r *Reader) Time() time.Time {
	seconds := r.Float()
	if r.err != nil {
		return time.Time{}
	}
	t, err := wire.EpochTime(seconds)
	r.note(err)
	return t
}

// Skip reads any value.
func (r *Reader) Skip() {
	start := r.pos
	h := r.head()
	if r.err != nil {
		return
	}
	switch h.major {
	case majorList:
		r.pos = start
		for r.BeginList(wire.Form{}); r.More(); {
			r.Skip()
		}
	case majorMap:
		r.pos = start
		r.BeginStruct()
		for _, ok := r.Field(); ok; _, ok = r.Field() {
			r.Skip()
		}
	case majorBytes, majorText:
		r.pos = start
		r.chunks(h.major, "")
	}
}

// begin enters a list or map; every one of its n items takes width values, and a value takes a byte at least.
func (r *Reader) begin(major byte, width uint64) {
	h := r.head()
	if r.err != nil {
		return
	}
	if h.major != major {
		r.mismatch(majorNames[major], h)
		return
	}
	if len(r.open) >= wire.MaxDepth {
		r.note(fmt.Errorf("the CBOR is nested deeper than the %d levels allowed", wire.MaxDepth))
		return
	}
	if h.info == indefinite {
		r.open = append(r.open, -1)
		return
	}
	if h.arg > uint64(len(r.data)-r.pos)/width {
		r.note(fmt.Errorf("the CBOR has %s of %d items at byte %d, more than there are bytes", majorNames[major], h.arg, r.pos))
		return
	}
	r.open = append(r.open, int64(h.arg))
}

// chunks reads a string of known length, or the chunks of one.
func (r *Reader) chunks(major byte, want string) []byte {
	h := r.head()
	if r.err != nil {
		return nil
	}
	if h.major != major {
		r.mismatch(want, h)
		return nil
	}
	if h.info != indefinite {
		return r.take(h.arg)
	}
	var all []byte
	for r.err == nil {
		if r.pos < len(r.data) && r.data[r.pos] == breakByte {
			r.pos++
			break
		}
		chunk := r.plainHead()
		if r.err == nil && (chunk.major != major || chunk.info == indefinite) {
			r.mismatch("a chunk of "+majorNames[major], chunk)
		}
		all = append(all, r.take(chunk.arg)...)
	}
	return all
}

func (r *Reader) mismatch(want string, found head) {
	r.note(fmt.Errorf("the CBOR must have %s before byte %d, but has %s", want, r.pos, found))
}

func (r *Reader) note(err error) {
	if r.err == nil {
		r.err = err
	}
}
