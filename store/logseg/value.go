package logseg

import (
	"encoding/binary"
	"encoding/hex"
	"time"
	"unicode/utf8"
)

// Value fills one slot of a template. Build it with Str, Int, UUID or JSON; the zero Value fills no slot.
type Value struct {
	slot Slot
	bits [16]byte // UUID; Int in the first 8 bytes
	text string
}

// Str is text, rendered as a JSON string: quoted, escaped as encoding/json does without HTML escaping,
// so that each byte that is not UTF-8 becomes \ufffd.
func Str(s string) Value { return Value{slot: SlotString, text: s} }

// Int is rendered in decimal.
func Int(i int64) Value {
	v := Value{slot: SlotInt}
	binary.LittleEndian.PutUint64(v.bits[:], uint64(i))
	return v
}

// UUID is rendered quoted, in lower case, 8-4-4-4-12.
func UUID(u [16]byte) Value { return Value{slot: SlotUUID, bits: u} }

// JSON is rendered as it stands; that it is valid JSON is the caller's word.
func JSON(raw string) Value { return Value{slot: SlotJSON, text: raw} }

// Sizes of rendered values of fixed length, quotes included.
const (
	uuidSize = 38
	timeSize = 25
)

// appendValue encodes v. Strings are stored as they are rendered, escaped: escaping once on the way in makes reading
// a copy, and lets a search look at stored bytes.
func appendValue(dst []byte, v *Value) []byte {
	switch v.slot {
	case SlotString:
		if isPlain(v.text) {
			dst = binary.AppendUvarint(dst, uint64(len(v.text)))
			return append(dst, v.text...)
		}
		start := len(dst)
		dst = appendEscaped(dst, v.text)
		size := len(dst) - start
		var head [binary.MaxVarintLen64]byte
		n := binary.PutUvarint(head[:], uint64(size))
		dst = append(dst, head[:n]...)
		copy(dst[start+n:], dst[start:start+size])
		copy(dst[start:], head[:n])
	case SlotInt:
		dst = binary.AppendVarint(dst, int64(binary.LittleEndian.Uint64(v.bits[:])))
	case SlotUUID:
		dst = append(dst, v.bits[:]...)
	case SlotJSON:
		dst = binary.AppendUvarint(dst, uint64(len(v.text)))
		dst = append(dst, v.text...)
	}
	return dst
}

// isPlain reports whether s needs no escaping: printable ASCII without quote and backslash.
func isPlain(s string) bool {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	for len(s) >= 8 {
		x := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
		quote, slash := x^(ones*'"'), x^(ones*'\\')
		// A byte below n sets its high bit in x - ones*n; a zero byte is one below 1. A false alarm only costs time.
		if (x|(x-ones*0x20)|(quote-ones)&^quote|(slash-ones)&^slash)&high != 0 {
			return isPlainSlow(s)
		}
		s = s[8:]
	}
	return isPlainSlow(s)
}

func isPlainSlow(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// appendEscaped appends s as the inside of a JSON string.
func appendEscaped(dst []byte, s string) []byte {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			dst = appendEscapedASCII(dst, c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			dst = append(dst, `\ufffd`...)
		case r == '\u2028', r == '\u2029':
			dst = append(dst, `\u202`...)
			dst = append(dst, hexDigits[r&0xf])
		default:
			dst = append(dst, s[i:i+n]...)
		}
		i += n
	}
	return dst
}

const hexDigits = "0123456789abcdef"

func appendEscapedASCII(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	if c < 0x20 {
		return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xf])
	}
	return append(dst, c)
}

func appendUUID(dst []byte, u []byte) []byte {
	dst = append(dst, '"')
	for i, n := range [...]int{4, 2, 2, 2, 6} {
		if i > 0 {
			dst = append(dst, '-')
		}
		dst = hex.AppendEncode(dst, u[:n])
		u = u[n:]
	}
	return append(dst, '"')
}

func appendTime(dst []byte, ts int64) []byte {
	dst = append(dst, '"')
	dst = time.UnixMilli(ts).UTC().AppendFormat(dst, "2006-01-02 15:04:05.000")
	return append(dst, '"')
}

// intSize is the number of bytes of i in decimal.
func intSize(i int64) int {
	n, u := 1, uint64(i)
	if i < 0 {
		n, u = 2, -u
	}
	for ; u >= 10; u /= 10 {
		n++
	}
	return n
}
