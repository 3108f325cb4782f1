package logseg

import (
	"encoding/binary"
	"strconv"

	"telltale/base/fault"
)

// A body is a stored row without its place in the order. It is the same in the log, in memory and in segments:
//
//	group    uvarint
//	stream   uvarint
//	delay    varint   Ingested - TS
//	tmpl     uvarint  0: the rest is the message
//	values   of the template's slots, in order: string and json as uvarint length and bytes (strings escaped),
//	         int as varint, uuid as 16 bytes; literals and times take no bytes
type body struct {
	place
	delay int64
	tmpl  uint32
	rest  []byte // values or message
}

// place says where a row belongs.
type place struct{ group, stream uint32 }

func readBody(b []byte) (body, bool) {
	d := decoder{b: b}
	v := body{place: place{d.uint32(), d.uint32()}, delay: d.varint(), tmpl: d.uint32()}
	v.rest = d.b
	return v, !d.failed
}

// MaxMessage is the largest raw message or value, in bytes.
const MaxMessage = 4 << 20

// appendBody encodes e, with its Ingested set, and returns the size of its message.
func appendBody(dst []byte, e *Entry, shapes []*shape) (out []byte, size int, err error) {
	dst = binary.AppendUvarint(dst, uint64(e.Group))
	dst = binary.AppendUvarint(dst, uint64(e.Stream))
	dst = binary.AppendVarint(dst, e.Ingested-e.TS)
	dst = binary.AppendUvarint(dst, uint64(e.Tmpl))
	if e.Tmpl == 0 {
		if len(e.Raw) > MaxMessage || len(e.Vals) > 0 {
			return dst, 0, badRaw(e)
		}
		return append(dst, e.Raw...), len(e.Raw), nil
	}
	if uint64(e.Tmpl) > uint64(len(shapes)) {
		return dst, 0, fault.New("logseg.Append", fault.Invalid, "template %d is unknown, %d are known", e.Tmpl, len(shapes))
	}
	s := shapes[e.Tmpl-1]
	if len(e.Vals) != len(s.slots) || len(e.Raw) > 0 {
		return dst, 0, badValues(e, s)
	}
	size = s.fixed
	for i := range e.Vals {
		v := &e.Vals[i]
		if v.slot != s.slots[i] || len(v.text) > MaxMessage {
			return dst, 0, badValue(e, s, i)
		}
		start := len(dst)
		dst = appendValue(dst, v)
		switch v.slot {
		case SlotInt:
			size += intSize(int64(binary.LittleEndian.Uint64(v.bits[:])))
		case SlotString, SlotJSON:
			size += textSize(len(dst) - start)
		}
	}
	return dst, size, nil
}

// textSize is the length of a text whose encoding takes n bytes with its length.
func textSize(n int) int {
	for head := 1; ; head++ {
		if size := n - head; size>>(7*head) == 0 {
			return size
		}
	}
}

func badRaw(e *Entry) error {
	if len(e.Vals) > 0 {
		return fault.New("logseg.Append", fault.Invalid, "an entry without a template has %d values, it can have none", len(e.Vals))
	}
	return fault.New("logseg.Append", fault.Limit, "a message of %d bytes, at most %d are allowed", len(e.Raw), MaxMessage)
}

func badValues(e *Entry, s *shape) error {
	if len(e.Raw) > 0 {
		return fault.New("logseg.Append", fault.Invalid, "an entry of template %d has a raw message too", e.Tmpl)
	}
	return fault.New("logseg.Append", fault.Invalid, "template %d takes %d values, the entry has %d", e.Tmpl, len(s.slots), len(e.Vals))
}

func badValue(e *Entry, s *shape, i int) error {
	if n := len(e.Vals[i].text); n > MaxMessage {
		return fault.New("logseg.Append", fault.Limit, "value %d has %d bytes, at most %d are allowed", i, n, MaxMessage)
	}
	return fault.New("logseg.Append", fault.Invalid, "value %d of template %d is a %s, the slot takes a %s", i, e.Tmpl, e.Vals[i].slot, s.slots[i])
}

// appendMessage renders the message of a body. ok is false when the body does not fit its template, which only
// damage can cause.
func appendMessage(dst []byte, ts int64, v *body, shapes []*shape) (out []byte, ok bool) {
	if v.tmpl == 0 {
		return append(dst, v.rest...), true
	}
	if uint64(v.tmpl) > uint64(len(shapes)) {
		return dst, false
	}
	d := decoder{b: v.rest}
	for _, p := range shapes[v.tmpl-1].parts {
		switch p.Slot {
		case SlotLiteral:
			dst = append(dst, p.Lit...)
		case SlotString:
			dst = append(dst, '"')
			dst = append(dst, d.bytes()...)
			dst = append(dst, '"')
		case SlotInt:
			dst = strconv.AppendInt(dst, d.varint(), 10)
		case SlotUUID:
			if u := d.take(16); !d.failed {
				dst = appendUUID(dst, u)
			}
		case SlotJSON:
			dst = append(dst, d.bytes()...)
		case SlotTime:
			dst = appendTime(dst, ts)
		}
	}
	return dst, !d.failed && len(d.b) == 0
}

// messageSize is the length appendMessage would append; 0 when the body does not fit its template.
func messageSize(v *body, shapes []*shape) int {
	if v.tmpl == 0 {
		return len(v.rest)
	}
	if uint64(v.tmpl) > uint64(len(shapes)) {
		return 0
	}
	s := shapes[v.tmpl-1]
	d := decoder{b: v.rest}
	size := s.fixed
	for _, slot := range s.slots {
		switch slot {
		case SlotInt:
			size += intSize(d.varint())
		case SlotUUID:
			d.take(16)
		default:
			size += len(d.bytes())
		}
	}
	if d.failed {
		return 0
	}
	return size
}
