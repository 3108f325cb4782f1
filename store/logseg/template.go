package logseg

import (
	"encoding/binary"
	"strings"

	"telltale/base/fault"
)

// Slot is the kind of one part of a template.
type Slot uint8

// The kinds of parts. Each but SlotLiteral and SlotTime takes one Value of its kind.
const (
	SlotLiteral Slot = iota // fixed bytes
	SlotString              // Str
	SlotInt                 // Int
	SlotUUID                // UUID
	SlotJSON                // JSON
	SlotTime                // the entry's TS in UTC as "2006-01-02 15:04:05.000", quoted
	slotEnd
)

var slotNames = [slotEnd]string{"literal", "string", "int", "uuid", "json", "time"}

func (s Slot) String() string {
	if s < slotEnd {
		return slotNames[s]
	}
	return "unknown"
}

// Part is either fixed bytes or a slot.
type Part struct {
	Slot Slot
	Lit  string // the bytes, when Slot is SlotLiteral; otherwise empty
}

// Lit is a part of fixed bytes.
func Lit(s string) Part { return Part{Lit: s} }

// Template is a message with holes: the bytes common to all entries of one kind, and a slot for each value.
type Template struct{ Parts []Part }

// Limits of one template.
const (
	maxParts         = 4096
	maxTemplateBytes = 1 << 20
)

func (t Template) check() error {
	const op = "logseg.Template"
	if len(t.Parts) == 0 || len(t.Parts) > maxParts {
		return fault.New(op, fault.Invalid, "a template has 1 to %d parts, not %d", maxParts, len(t.Parts))
	}
	size := 0
	for i, p := range t.Parts {
		if p.Slot >= slotEnd {
			return fault.New(op, fault.Invalid, "part %d: slot kind %d is unknown", i, p.Slot)
		}
		if p.Slot != SlotLiteral && p.Lit != "" {
			return fault.New(op, fault.Invalid, "part %d is a %s slot and has fixed bytes too", i, p.Slot)
		}
		size += len(p.Lit)
	}
	if size > maxTemplateBytes {
		return fault.New(op, fault.Invalid, "%d fixed bytes, a template has at most %d", size, maxTemplateBytes)
	}
	return nil
}

func appendTemplate(dst []byte, t Template) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(t.Parts)))
	for _, p := range t.Parts {
		dst = append(dst, byte(p.Slot))
		if p.Slot == SlotLiteral {
			dst = binary.AppendUvarint(dst, uint64(len(p.Lit)))
			dst = append(dst, p.Lit...)
		}
	}
	return dst
}

// readTemplate is the inverse of appendTemplate.
func readTemplate(d *decoder) Template {
	var t Template
	for n := d.uvarint(); n > 0 && !d.failed; n-- {
		p := Part{Slot: Slot(d.byte())}
		if p.Slot == SlotLiteral {
			p.Lit = string(d.bytes())
		}
		t.Parts = append(t.Parts, p)
	}
	return t
}

// shape is a template prepared for encoding, rendering and searching. Its literals are joined.
type shape struct {
	parts []Part
	slots []Slot // that take a value, in order
	fixed int    // bytes that are the same in every message, quotes of slots included
	has   [slotEnd]bool
	// loose: a value without quotes may touch fixed text without punctuation in between, so that a word of the message
	// may begin in one and end in the other.
	loose bool
}

func newShape(t Template) *shape {
	s := &shape{parts: t.Parts}
	for i, p := range t.Parts {
		s.has[p.Slot] = true
		switch p.Slot {
		case SlotLiteral:
			s.fixed += len(p.Lit)
		case SlotTime:
			s.fixed += timeSize
		case SlotUUID:
			s.fixed += uuidSize
		case SlotString:
			s.fixed += 2
		case SlotInt, SlotJSON:
			s.loose = s.loose || !breaksBefore(t.Parts[:i]) || !breaksAfter(t.Parts[i+1:])
		}
		if p.Slot != SlotLiteral && p.Slot != SlotTime {
			s.slots = append(s.slots, p.Slot)
		}
	}
	return s
}

// joinLiterals joins neighbouring literals, so that no word is cut in two.
func joinLiterals(parts []Part) []Part {
	var out []Part
	for _, p := range parts {
		if n := len(out); n > 0 && p.Slot == SlotLiteral && out[n-1].Slot == SlotLiteral {
			out[n-1].Lit += p.Lit
			continue
		}
		if p.Slot != SlotLiteral || p.Lit != "" {
			out = append(out, p)
		}
	}
	return out
}

// breaksBefore reports whether the parts end with a byte that is never inside a word.
func breaksBefore(parts []Part) bool {
	if len(parts) == 0 {
		return true
	}
	switch p := parts[len(parts)-1]; p.Slot {
	case SlotString, SlotUUID, SlotTime:
		return true
	case SlotLiteral:
		return p.Lit != "" && isBreak(p.Lit[len(p.Lit)-1])
	}
	return false
}

// breaksAfter reports whether the parts begin with a byte that is never inside a word.
func breaksAfter(parts []Part) bool {
	if len(parts) == 0 {
		return true
	}
	switch p := parts[0]; p.Slot {
	case SlotString, SlotUUID, SlotTime:
		return true
	case SlotLiteral:
		return p.Lit != "" && isBreak(p.Lit[0])
	}
	return false
}

// isBreak reports whether c ends a word of a JSON text: punctuation and blanks.
func isBreak(c byte) bool { return c <= ' ' || strings.IndexByte(`{}[],:"`, c) >= 0 }
