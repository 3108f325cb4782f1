package mqtt

import "encoding/binary"

// writer appends one frame to a buffer. Lengths are filled in when what they count is written: one byte is left
// for each, and the rare longer form moves the bytes behind it.
type writer struct {
	dst    []byte
	start  int // where the frame begins
	packet Type
	v      Version
	over   bool // something did not fit its length field
}

func newWriter(dst []byte, header byte, v Version) writer {
	return writer{dst: append(dst, header, 0), start: len(dst), packet: TypeOf(header), v: v}
}

// finish fills in the remaining length, which also counts the extra bytes that the caller appends, and returns the
// buffer; the frame is taken back if it could not be expressed.
func (w *writer) finish(extra int) []byte {
	w.seal(w.start+1, extra)
	if w.over {
		return w.dst[:w.start]
	}
	return w.dst
}

// seal writes the length of all that follows the byte at position at.
func (w *writer) seal(at, extra int) {
	end := len(w.dst)
	length := end - at - 1 + extra
	if length > maxRemaining {
		w.over = true
		return
	}
	size := varintSize(length)
	if size > 1 {
		w.dst = append(w.dst, "\x00\x00\x00"[:size-1]...)
		copy(w.dst[at+size:], w.dst[at+1:end])
	}
	putVarint(w.dst[at:at+size], length)
}

func (w *writer) byte(value byte)     { w.dst = append(w.dst, value) }
func (w *writer) uint16(value uint16) { w.dst = binary.BigEndian.AppendUint16(w.dst, value) }
func (w *writer) uint32(value uint32) { w.dst = binary.BigEndian.AppendUint32(w.dst, value) }

func (w *writer) varint(value uint32) {
	if value > maxRemaining {
		w.over = true
		return
	}
	at := len(w.dst)
	w.dst = append(w.dst, "\x00\x00\x00\x00"[:varintSize(int(value))]...)
	putVarint(w.dst[at:], int(value))
}

// binary writes binary data or a text: two bytes of length, then the bytes.
func (w *writer) binary(value []byte) {
	if len(value) > 65535 {
		w.over = true
		return
	}
	w.uint16(uint16(len(value)))
	w.dst = append(w.dst, value...)
}
