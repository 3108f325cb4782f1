package rpccbor

import (
	"encoding/binary"
	"fmt"
)

// Major types of RFC 8949.
const (
	majorUint = iota
	majorNegative
	majorBytes
	majorText
	majorList
	majorMap
	majorTag
	majorSimple
)

// Arguments of major type 7, and of any type for "indefinite" and "break".
const (
	simpleFalse     = 20
	simpleTrue      = 21
	simpleNull      = 22
	simpleUndefined = 23
	simpleHalf      = 25
	simpleSingle    = 26
	simpleDouble    = 27
	indefinite      = 31

	breakByte = 0xff
	tagEpoch  = 1
)

var majorNames = [...]string{"an integer", "a negative integer", "bytes", "text", "a list", "a map", "a tag", "a simple value"}

// head is the first item of a value: its major type, the five bits beside it and the number they stand for.
type head struct {
	major byte
	info  byte
	arg   uint64
}

func (h head) null() bool {
	return h.major == majorSimple && (h.info == simpleNull || h.info == simpleUndefined)
}

func (h head) String() string {
	if h.major != majorSimple {
		return majorNames[h.major]
	}
	switch h.info {
	case simpleFalse, simpleTrue:
		return "a boolean"
	case simpleNull, simpleUndefined:
		return "null"
	case simpleHalf, simpleSingle, simpleDouble:
		return "a float"
	}
	return "a simple value"
}

// head reads the head of the next value, after any tags that say nothing here.
func (r *Reader) head() head {
	for range maxTags {
		h := r.plainHead()
		if h.major != majorTag || r.err != nil {
			return h
		}
	}
	r.note(fmt.Errorf("the CBOR has more than %d tags in a row at byte %d", maxTags, r.pos))
	return head{}
}

// maxTags bounds tags upon tags.
const maxTags = 8

func (r *Reader) plainHead() head {
	if r.err != nil {
		return head{}
	}
	if r.pos >= len(r.data) {
		r.note(fmt.Errorf("the CBOR ends at byte %d in the middle of a value", r.pos))
		return head{}
	}
	first := r.data[r.pos]
	h := head{major: first >> 5, info: first & 31}
	r.pos++
	switch {
	case h.info < 24:
		h.arg = uint64(h.info)
	case h.info < 28:
		size := 1 << (h.info - 24)
		b := r.take(uint64(size))
		if b == nil {
			return head{}
		}
		var wide [8]byte
		copy(wide[8-size:], b)
		h.arg = binary.BigEndian.Uint64(wide[:])
	case h.info == indefinite && h.major >= majorBytes && h.major <= majorMap:
	default:
		r.note(fmt.Errorf("the CBOR has the byte %#x at byte %d, where no value begins with it", first, r.pos-1))
		return head{}
	}
	return h
}

// take gives the next n bytes, or nil and an error if there are fewer.
func (r *Reader) take(n uint64) []byte {
	if r.err != nil {
		return nil
	}
	if n > uint64(len(r.data)-r.pos) {
		r.note(fmt.Errorf("the CBOR ends at byte %d, %d bytes too early", len(r.data), n-uint64(len(r.data)-r.pos)))
		return nil
	}
	b := r.data[r.pos : r.pos+int(n) : r.pos+int(n)]
	r.pos += int(n)
	return b
}
