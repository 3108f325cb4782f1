package mqtt

// Pingreq asks the server for a sign of life (section 3.12). It carries nothing.
type Pingreq struct{}

// Type returns TypePingreq.
func (*Pingreq) Type() Type { return TypePingreq }

// DecodePingreq decodes the body of a PINGREQ, which must be empty.
func DecodePingreq(body []byte) (Pingreq, error) {
	r := reader{b: body, packet: TypePingreq}
	return Pingreq{}, r.end()
}

// AppendPingreq appends a PINGREQ to dst.
func AppendPingreq(dst []byte) []byte { return append(dst, byte(TypePingreq)<<4, 0) }
