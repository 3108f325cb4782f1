package mqtt

import (
	"encoding/binary"
	"fmt"
)

// reader takes fields off the front of a frame's body. The first fault is kept and ends the bytes, so that a
// decoder reads as the list of its packet's fields; what is read after a fault means nothing.
type reader struct {
	b      []byte
	v      Version
	packet Type
	err    *Error
}

// fail keeps the first fault. The text is completed with the packet's name.
func (r *reader) fail(code ReasonCode, requirement, format string, args ...any) {
	if r.err == nil {
		r.err = &Error{code, r.packet.String() + ": " + fmt.Sprintf(format, args...), requirement}
	}
	r.b = nil
}

// pick chooses between the two numberings of one requirement.
func (r *reader) pick(v311, v5 string) string {
	if r.v == V5 {
		return v5
	}
	return v311
}

// short reports that the body ends inside a field.
func (r *reader) short(what string, need int) {
	r.fail(Malformed, "", "the packet ends inside the %s (bytes needed: %d, left: %d)", what, need, len(r.b))
}

// end checks that nothing is left and returns the first fault.
func (r *reader) end() error {
	if len(r.b) > 0 {
		r.fail(Malformed, "", "the packet goes on after its last field (bytes left: %d)", len(r.b))
	}
	if r.err != nil {
		return r.err
	}
	return nil
}

func (r *reader) byte(what string) byte {
	if len(r.b) < 1 {
		r.short(what, 1)
		return 0
	}
	value := r.b[0]
	r.b = r.b[1:]
	return value
}

func (r *reader) uint16(what string) uint16 {
	if len(r.b) < 2 {
		r.short(what, 2)
		return 0
	}
	value := binary.BigEndian.Uint16(r.b)
	r.b = r.b[2:]
	return value
}

func (r *reader) uint32(what string) uint32 {
	if len(r.b) < 4 {
		r.short(what, 4)
		return 0
	}
	value := binary.BigEndian.Uint32(r.b)
	r.b = r.b[4:]
	return value
}

func (r *reader) varint(what string) int {
	value, used := varint(r.b)
	switch {
	case used == 0:
		r.short(what, len(r.b)+1)
		return 0
	case used < 0:
		r.fail(Malformed, "MQTT-1.5.5-1", "the %s is not a variable byte integer of one to four bytes in shortest form", what)
		return 0
	}
	r.b = r.b[used:]
	return value
}

// take returns the next n bytes; never nil unless the reader failed.
func (r *reader) take(what string, n int) []byte {
	if len(r.b) < n || r.err != nil {
		r.short(what, n)
		return nil
	}
	value := r.b[:n:n]
	r.b = r.b[n:]
	return value
}

// binary reads binary data: two bytes of length, then the bytes.
func (r *reader) binary(what string) []byte {
	return r.take(what, int(r.uint16(what)))
}

// text reads a UTF-8 encoded string.
func (r *reader) text(what string) []byte {
	value := r.binary(what)
	if fault := checkText(value); fault != nil {
		r.fail(Malformed, r.pick(fault.v311, fault.v5), "the %s %s", what, fault.what)
	}
	return value
}

// name reads a topic name: a text without wildcards. [MQTT-3.3.2-2]
func (r *reader) name(what, requirement string) []byte {
	value := r.text(what)
	if wildcard, found := findWildcard(value); found {
		r.fail(TopicNameInvalid, requirement, "the %s %.128q contains the wildcard %q; wildcards belong in topic filters", what, value, wildcard)
	}
	return value
}

// packetID reads a packet identifier, which is never zero. [MQTT-2.3.1-1], in 5 [MQTT-2.2.1-3]
func (r *reader) packetID() uint16 {
	id := r.uint16("packet identifier")
	if id == 0 {
		r.fail(ProtocolError, r.pick("MQTT-2.3.1-1", "MQTT-2.2.1-3"), "the packet identifier is 0; it must be 1 to 65535")
	}
	return id
}

// reason reads a reason code of MQTT 5 and checks that this packet may carry it.
func (r *reader) reason(requirement string) ReasonCode {
	code := ReasonCode(r.byte("reason code"))
	if r.err == nil && !code.In(r.packet) {
		r.fail(ProtocolError, requirement, "reason code 0x%02x (%v) does not belong in this packet", byte(code), code)
	}
	return code
}
