package mqtt

// Pingresp answers PINGREQ (section 3.13). It carries nothing.
type Pingresp struct{}

// Type returns TypePingresp.
func (*Pingresp) Type() Type { return TypePingresp }

// DecodePingresp decodes the body of a PINGRESP, which must be empty.
func DecodePingresp(body []byte) (Pingresp, error) {
	r := reader{b: body, packet: TypePingresp}
	return Pingresp{}, r.end()
}

// AppendPingresp appends a PINGRESP to dst.
func AppendPingresp(dst []byte) []byte { return append(dst, byte(TypePingresp)<<4, 0) }
