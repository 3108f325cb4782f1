package caller

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
)

// Trace identifies all that one inbound packet or request causes. It prints as a version 4 UUID.
type Trace [16]byte

// NewTrace returns a fresh trace of 122 random bits. The generator is the runtime's own ChaCha8: no system call, no lock, and one
// trace tells nothing about the next.
func NewTrace() Trace {
	var t Trace
	binary.BigEndian.PutUint64(t[:8], rand.Uint64())
	binary.BigEndian.PutUint64(t[8:], rand.Uint64())
	t[6] = t[6]&0x0f | 0x40
	t[8] = t[8]&0x3f | 0x80
	return t
}

// IsZero reports whether t was never set.
func (t Trace) IsZero() bool { return t == Trace{} }

// String is the form entries print: 8-4-4-4-12 lower-case hexadecimal digits.
func (t Trace) String() string { return string(t.Append(make([]byte, 0, 36))) }

// Append appends the printed form to dst.
func (t Trace) Append(dst []byte) []byte {
	dst = hex.AppendEncode(dst, t[:4])
	for _, part := range [...][]byte{t[4:6], t[6:8], t[8:10], t[10:]} {
		dst = append(dst, '-')
		dst = hex.AppendEncode(dst, part)
	}
	return dst
}

// ParseTrace reads the printed form. The version and variant bits are not checked: AWS's own samples do not carry them.
func ParseTrace(s string) (Trace, error) {
	var t Trace
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return t, fmt.Errorf("trace id %q is not of the form 8-4-4-4-12 hexadecimal digits", s)
	}
	digits := s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:]
	if _, err := hex.Decode(t[:], []byte(digits)); err != nil {
		return Trace{}, fmt.Errorf("trace id %q is not of the form 8-4-4-4-12 hexadecimal digits", s)
	}
	return t, nil
}
