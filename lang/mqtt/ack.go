package mqtt

// ack is the form that PUBACK, PUBREC, PUBREL and PUBCOMP share (sections 3.4 to 3.7).
type ack struct {
	ID         uint16
	Reason     ReasonCode
	Properties Properties
}

// decodeAck decodes an acknowledgement. MQTT 5 leaves out a reason of Success without properties, and a property
// length of zero.
func decodeAck(a *ack, t Type, body []byte, v Version, requirement string) error {
	r := reader{b: body, v: v, packet: t}
	a.ID = r.packetID()
	if v == V5 && len(r.b) > 0 {
		a.Reason = r.reason(requirement)
		if len(r.b) > 0 {
			r.properties(&a.Properties, t)
		}
	}
	return r.end()
}

func appendAck(dst []byte, header byte, a *ack, v Version) []byte {
	if v != V5 {
		return append(dst, header, 2, byte(a.ID>>8), byte(a.ID))
	}
	w := newWriter(dst, header, v)
	w.uint16(a.ID)
	w.reason(a.Reason, &a.Properties)
	return w.finish(0)
}

// reason writes a reason code and properties, as far as they say anything.
func (w *writer) reason(code ReasonCode, p *Properties) {
	at := len(w.dst)
	w.byte(byte(code))
	switch {
	case w.properties(p, w.packet):
	case code == Success:
		w.dst = w.dst[:at]
	default:
		w.dst = w.dst[:at+1]
	}
}
