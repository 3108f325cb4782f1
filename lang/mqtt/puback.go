package mqtt

// Puback acknowledges a PUBLISH of QoS 1 (section 3.4).
type Puback struct {
	ID         uint16     // that of the PUBLISH
	Reason     ReasonCode // always Success in 3.1.1
	Properties Properties
}

// Type returns TypePuback.
func (*Puback) Type() Type { return TypePuback }

// DecodePuback decodes the body of a PUBACK. [MQTT-3.4.2-1]
func DecodePuback(body []byte, v Version) (Puback, error) {
	var p Puback
	err := decodeAck((*ack)(&p), TypePuback, body, v, "MQTT-3.4.2-1")
	return p, err
}

// AppendPuback appends a PUBACK to dst.
func AppendPuback(dst []byte, p *Puback, v Version) []byte {
	return appendAck(dst, byte(TypePuback)<<4, (*ack)(p), v)
}
