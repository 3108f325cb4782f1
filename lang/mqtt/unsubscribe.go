package mqtt

// Unsubscribe takes subscriptions back (section 3.10).
type Unsubscribe struct {
	ID         uint16
	Filters    [][]byte // at least one; wildcards are not checked here
	Properties Properties
}

// Type returns TypeUnsubscribe.
func (*Unsubscribe) Type() Type { return TypeUnsubscribe }

// DecodeUnsubscribe decodes the body of an UNSUBSCRIBE.
func DecodeUnsubscribe(body []byte, v Version) (Unsubscribe, error) {
	var u Unsubscribe
	r := reader{b: body, v: v, packet: TypeUnsubscribe}
	u.ID = r.packetID()
	r.properties(&u.Properties, TypeUnsubscribe)
	if len(r.b) == 0 {
		r.fail(ProtocolError, "MQTT-3.10.3-2", "there is no topic filter; at least one is needed")
	}
	for len(r.b) > 0 {
		u.Filters = append(u.Filters, r.filter())
	}
	return u, r.end()
}

// AppendUnsubscribe appends an UNSUBSCRIBE to dst.
func AppendUnsubscribe(dst []byte, u *Unsubscribe, v Version) []byte {
	w := newWriter(dst, byte(TypeUnsubscribe)<<4|2, v)
	w.uint16(u.ID)
	w.properties(&u.Properties, TypeUnsubscribe)
	for _, filter := range u.Filters {
		w.binary(filter)
	}
	return w.finish(0)
}
