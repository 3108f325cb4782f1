package mqtt

// Pubrel releases a PUBLISH of QoS 2: the sender's reply to PUBREC (section 3.6).
type Pubrel struct {
	ID         uint16     // that of the PUBLISH
	Reason     ReasonCode // always Success in 3.1.1
	Properties Properties
}

// Type returns TypePubrel.
func (*Pubrel) Type() Type { return TypePubrel }

// DecodePubrel decodes the body of a PUBREL. [MQTT-3.6.2-1]
func DecodePubrel(body []byte, v Version) (Pubrel, error) {
	var p Pubrel
	err := decodeAck((*ack)(&p), TypePubrel, body, v, "MQTT-3.6.2-1")
	return p, err
}

// AppendPubrel appends a PUBREL to dst.
func AppendPubrel(dst []byte, p *Pubrel, v Version) []byte {
	return appendAck(dst, byte(TypePubrel)<<4|2, (*ack)(p), v)
}
