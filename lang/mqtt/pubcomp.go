package mqtt

// Pubcomp completes a PUBLISH of QoS 2: the receiver's reply to PUBREL (section 3.7).
type Pubcomp struct {
	ID         uint16     // that of the PUBLISH
	Reason     ReasonCode // always Success in 3.1.1
	Properties Properties
}

// Type returns TypePubcomp.
func (*Pubcomp) Type() Type { return TypePubcomp }

// DecodePubcomp decodes the body of a PUBCOMP. [MQTT-3.7.2-1]
func DecodePubcomp(body []byte, v Version) (Pubcomp, error) {
	var p Pubcomp
	err := decodeAck((*ack)(&p), TypePubcomp, body, v, "MQTT-3.7.2-1")
	return p, err
}

// AppendPubcomp appends a PUBCOMP to dst.
func AppendPubcomp(dst []byte, p *Pubcomp, v Version) []byte {
	return appendAck(dst, byte(TypePubcomp)<<4, (*ack)(p), v)
}
