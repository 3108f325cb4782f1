package mqtt

// Unsuback answers UNSUBSCRIBE (section 3.11).
type Unsuback struct {
	ID         uint16
	Reasons    []ReasonCode // one per topic filter, in order; absent in 3.1.1. [MQTT-3.11.3-1]
	Properties Properties
}

// Type returns TypeUnsuback.
func (*Unsuback) Type() Type { return TypeUnsuback }

// DecodeUnsuback decodes the body of an UNSUBACK.
func DecodeUnsuback(body []byte, v Version) (Unsuback, error) {
	var u Unsuback
	r := reader{b: body, v: v, packet: TypeUnsuback}
	u.ID = r.packetID()
	if v == V5 {
		r.properties(&u.Properties, TypeUnsuback)
		u.Reasons = r.reasons("MQTT-3.11.3-2")
	}
	return u, r.end()
}

// AppendUnsuback appends an UNSUBACK to dst.
func AppendUnsuback(dst []byte, u *Unsuback, v Version) []byte {
	w := newWriter(dst, byte(TypeUnsuback)<<4, v)
	w.uint16(u.ID)
	if v == V5 {
		w.properties(&u.Properties, TypeUnsuback)
		for _, code := range u.Reasons {
			w.byte(byte(code))
		}
	}
	return w.finish(0)
}
