package mqtt

// Suback answers SUBSCRIBE (section 3.9).
type Suback struct {
	ID uint16
	// Reasons has one code per topic filter, in the order of the filters. 3.1.1 knows the three GrantedQoS codes
	// and Unspecified (0x80). [MQTT-3.9.3-1]
	Reasons    []ReasonCode
	Properties Properties
}

// Type returns TypeSuback.
func (*Suback) Type() Type { return TypeSuback }

// DecodeSuback decodes the body of a SUBACK.
func DecodeSuback(body []byte, v Version) (Suback, error) {
	var s Suback
	r := reader{b: body, v: v, packet: TypeSuback}
	s.ID = r.packetID()
	r.properties(&s.Properties, TypeSuback)
	s.Reasons = r.reasons("MQTT-3.9.3-2")
	return s, r.end()
}

// reasons reads the reason codes that fill the rest of a SUBACK or UNSUBACK.
func (r *reader) reasons(requirement string) []ReasonCode {
	if len(r.b) == 0 {
		r.fail(ProtocolError, "", "there is no reason code; there must be one per topic filter")
		return nil
	}
	codes := make([]ReasonCode, 0, len(r.b))
	for len(r.b) > 0 {
		code := r.reason(requirement)
		if r.v != V5 && code > GrantedQoS2 && code != Unspecified {
			r.fail(ProtocolError, requirement, "the return code is 0x%02x; it must be 0, 1, 2 or 0x80", byte(code))
		}
		codes = append(codes, code)
	}
	return codes
}

// AppendSuback appends a SUBACK to dst. In 3.1.1 every failure is written as 0x80.
func AppendSuback(dst []byte, s *Suback, v Version) []byte {
	w := newWriter(dst, byte(TypeSuback)<<4, v)
	w.uint16(s.ID)
	w.properties(&s.Properties, TypeSuback)
	for _, code := range s.Reasons {
		if v != V5 && code.Failed() {
			code = Unspecified
		}
		w.byte(byte(code))
	}
	return w.finish(0)
}
