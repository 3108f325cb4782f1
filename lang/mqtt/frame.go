package mqtt

import (
	"errors"
	"fmt"
)

// maxRemaining is the largest value of a variable byte integer.
const maxRemaining = 1<<28 - 1

// ErrNeedMore is returned by [NextFrame] while the buffer ends inside a frame.
var ErrNeedMore = errors.New("mqtt: the frame is not complete yet")

// NextFrame cuts the first frame off buf: its first byte, its body (which aliases buf) and the n bytes it occupies.
// A reader that fills a buffer calls it until it returns [ErrNeedMore], keeps the rest, and reads on.
//
// The fixed header is checked as soon as it has arrived: reserved types and flags, the length, and the size of the
// whole frame against maxSize bytes (the sense of MQTT 5's Maximum Packet Size; zero means no limit but the
// format's). After any error but ErrNeedMore the connection cannot be read further.
func NextFrame(buf []byte, maxSize int) (header byte, body []byte, n int, err error) {
	if len(buf) == 0 {
		return 0, nil, 0, ErrNeedMore
	}
	header = buf[0]
	if err := checkHeader(header); err != nil {
		return 0, nil, 0, err
	}
	length, used := varint(buf[1:])
	switch {
	case used == 0:
		return 0, nil, 0, ErrNeedMore
	case used < 0:
		return 0, nil, 0, &Error{Malformed, TypeOf(header).String() + ": the remaining length is not a variable byte integer of one to four bytes in shortest form", "MQTT-1.5.5-1"}
	}
	n = 1 + used + length
	if maxSize > 0 && n > maxSize {
		return 0, nil, 0, &Error{PacketTooLarge, fmt.Sprintf("%v: the packet has %d bytes; at most %d are accepted", TypeOf(header), n, maxSize), "MQTT-3.2.2-15"}
	}
	if n > len(buf) {
		return 0, nil, 0, ErrNeedMore
	}
	return header, buf[1+used : n : n], n, nil
}

// checkHeader checks type and flags of a first byte. [MQTT-2.1.3-1], in 3.1.1 [MQTT-2.2.2-2].
func checkHeader(header byte) error {
	t, flags := TypeOf(header), header&0x0f
	switch t {
	case 0:
		return &Error{Malformed, "packet type 0 is reserved", "MQTT-2.1.3-1"}
	case TypePublish:
		return checkPublishFlags(flags)
	case TypePubrel, TypeSubscribe, TypeUnsubscribe:
		if flags != 2 {
			return &Error{Malformed, fmt.Sprintf("%v: the flags are %04b; they must be 0010", t, flags), reserved[t]}
		}
	default:
		if flags != 0 {
			return &Error{Malformed, fmt.Sprintf("%v: the flags are %04b; they must be 0000", t, flags), reserved[t]}
		}
	}
	return nil
}

// reserved holds the requirement on each type's flags where it has its own number; the numbers agree in both versions.
var reserved = [16]string{
	"", "MQTT-2.1.3-1", "MQTT-2.1.3-1", "", "MQTT-2.1.3-1", "MQTT-2.1.3-1", "MQTT-3.6.1-1", "MQTT-2.1.3-1",
	"MQTT-3.8.1-1", "MQTT-2.1.3-1", "MQTT-3.10.1-1", "MQTT-2.1.3-1", "MQTT-2.1.3-1", "MQTT-2.1.3-1", "MQTT-3.14.1-1", "MQTT-3.15.1-1",
}

// varint reads a variable byte integer. used is 0 when b ends inside it, negative when it has more than four bytes
// or more than it needs. Version 3.1.1 does not forbid the longer forms, but its algorithm never writes them, and
// the version is not known when the first frame is cut. [MQTT-1.5.5-1]
func varint(b []byte) (value, used int) {
	for i := 0; i < 4; i++ {
		if i >= len(b) {
			return 0, 0
		}
		value |= int(b[i]&0x7f) << (7 * i)
		if b[i] < 0x80 {
			if b[i] == 0 && i > 0 {
				return 0, -1
			}
			return value, i + 1
		}
	}
	return 0, -1
}

// varintSize returns how many bytes a value of at most maxRemaining takes.
func varintSize(value int) int {
	switch {
	case value < 1<<7:
		return 1
	case value < 1<<14:
		return 2
	case value < 1<<21:
		return 3
	}
	return 4
}

// putVarint writes value into the bytes of b, which are as many as varintSize says.
func putVarint(b []byte, value int) {
	for i := range b {
		b[i] = byte(value)&0x7f | 0x80
		value >>= 7
	}
	b[len(b)-1] &= 0x7f
}
