package mqtt

// Pubrec says that a PUBLISH of QoS 2 has been received: the first of three answers (section 3.5).
type Pubrec struct {
	ID         uint16     // that of the PUBLISH
	Reason     ReasonCode // always Success in 3.1.1
	Properties Properties
}

// Type returns TypePubrec.
func (*Pubrec) Type() Type { return TypePubrec }

// DecodePubrec decodes the body of a PUBREC. [MQTT-3.5.2-1]
func DecodePubrec(body []byte, v Version) (Pubrec, error) {
	var p Pubrec
	err := decodeAck((*ack)(&p), TypePubrec, body, v, "MQTT-3.5.2-1")
	return p, err
}

// AppendPubrec appends a PUBREC to dst.
func AppendPubrec(dst []byte, p *Pubrec, v Version) []byte {
	return appendAck(dst, byte(TypePubrec)<<4, (*ack)(p), v)
}
