// Package mqtt encodes and decodes every control packet of MQTT 3.1.1 and MQTT 5, in both directions.
//
// A connection's bytes are cut into frames by [NextFrame], which checks the fixed header; the Decode functions
// take a frame's body, the Append functions write whole frames. Both follow the OASIS standards
// "MQTT Version 3.1.1" and "MQTT Version 5.0"; requirement ids in comments and errors are theirs, and where the
// two number the same rule differently the id of the connection's version is given.
//
// Decoding copies nothing: every []byte of a decoded packet aliases the frame. Keep a copy of what must outlive
// the buffer. A nil []byte means that a field is absent, an empty one that it is present and empty.
//
// Appending trusts the values it is given, with one exception: a packet that the format cannot express (a text
// over 65,535 bytes, a packet over 268,435,455) appends nothing.
//
// Rules that need more than the packet stay with its receiver: who may send which packet, whether an identifier is
// in use, what a topic alias stands for, whether a topic filter is well formed.
package mqtt

import "strconv"

// Version is the protocol level a CONNECT packet carries.
type Version byte

// The versions this package speaks. MQTT 3.1 (level 3) is recognised only to be refused by name.
const (
	V311 Version = 4
	V5   Version = 5
)

// String returns the version's usual name: "3.1.1", "5", or "level n".
func (v Version) String() string {
	switch v {
	case V311:
		return "3.1.1"
	case V5:
		return "5"
	}
	return "level " + strconv.Itoa(int(v))
}

// Type is the control packet type, the upper four bits of a frame's first byte.
type Type byte

// The control packet types. AUTH exists only in MQTT 5.
const (
	TypeConnect     Type = 1
	TypeConnack     Type = 2
	TypePublish     Type = 3
	TypePuback      Type = 4
	TypePubrec      Type = 5
	TypePubrel      Type = 6
	TypePubcomp     Type = 7
	TypeSubscribe   Type = 8
	TypeSuback      Type = 9
	TypeUnsubscribe Type = 10
	TypeUnsuback    Type = 11
	TypePingreq     Type = 12
	TypePingresp    Type = 13
	TypeDisconnect  Type = 14
	TypeAuth        Type = 15
)

var typeNames = [16]string{
	"reserved", "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP",
	"SUBSCRIBE", "SUBACK", "UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH",
}

// String returns the name the standards use, for example "PUBLISH".
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return "type " + strconv.Itoa(int(t))
}

// TypeOf returns the packet type of a frame's first byte.
func TypeOf(header byte) Type { return Type(header >> 4) }

// Packet is a pointer to one of the packet structs of this package, such as *Publish.
type Packet interface {
	Type() Type
}

// Decode decodes the frame of any packet, as [NextFrame] returned it. Readers in a hurry switch on [TypeOf] and
// call the Decode function of the packet, which spares the interface value. The error is an [*Error].
func Decode(header byte, body []byte, v Version) (Packet, error) {
	switch t := TypeOf(header); t {
	case TypeConnect:
		return packet(DecodeConnect(body))
	case TypeConnack:
		return packet(DecodeConnack(body, v))
	case TypePublish:
		return packet(DecodePublish(header, body, v))
	case TypePuback:
		return packet(DecodePuback(body, v))
	case TypePubrec:
		return packet(DecodePubrec(body, v))
	case TypePubrel:
		return packet(DecodePubrel(body, v))
	case TypePubcomp:
		return packet(DecodePubcomp(body, v))
	case TypeSubscribe:
		return packet(DecodeSubscribe(body, v))
	case TypeSuback:
		return packet(DecodeSuback(body, v))
	case TypeUnsubscribe:
		return packet(DecodeUnsubscribe(body, v))
	case TypeUnsuback:
		return packet(DecodeUnsuback(body, v))
	case TypePingreq:
		return packet(DecodePingreq(body))
	case TypePingresp:
		return packet(DecodePingresp(body))
	case TypeDisconnect:
		return packet(DecodeDisconnect(body, v))
	case TypeAuth:
		return packet(DecodeAuth(body, v))
	default:
		return nil, checkHeader(header)
	}
}

// packet turns the result of a Decode function into a Packet that is nil when there is an error.
func packet[T any, P interface {
	*T
	Packet
}](value T, err error) (Packet, error) {
	if err != nil {
		return nil, err
	}
	return P(&value), nil
}

// Append appends the frame of any packet to dst. A CONNECT is written in its own Version, whatever v says;
// AUTH in a version other than 5 appends nothing.
func Append(dst []byte, p Packet, v Version) []byte {
	switch p := p.(type) {
	case *Connect:
		return AppendConnect(dst, p)
	case *Connack:
		return AppendConnack(dst, p, v)
	case *Publish:
		return AppendPublish(dst, p, v)
	case *Puback:
		return AppendPuback(dst, p, v)
	case *Pubrec:
		return AppendPubrec(dst, p, v)
	case *Pubrel:
		return AppendPubrel(dst, p, v)
	case *Pubcomp:
		return AppendPubcomp(dst, p, v)
	case *Subscribe:
		return AppendSubscribe(dst, p, v)
	case *Suback:
		return AppendSuback(dst, p, v)
	case *Unsubscribe:
		return AppendUnsubscribe(dst, p, v)
	case *Unsuback:
		return AppendUnsuback(dst, p, v)
	case *Pingreq:
		return AppendPingreq(dst)
	case *Pingresp:
		return AppendPingresp(dst)
	case *Disconnect:
		return AppendDisconnect(dst, p, v)
	case *Auth:
		return AppendAuth(dst, p, v)
	}
	return dst
}
