package mqtt

import "bytes"

// Subscribe asks for messages whose topics match filters (section 3.8).
type Subscribe struct {
	ID            uint16
	Subscriptions []Subscription // at least one
	Properties    Properties
}

// Subscription is one topic filter with its options. In 3.1.1 there is only QoS.
type Subscription struct {
	Filter            []byte // not empty; wildcards are not checked here
	QoS               byte   // the highest the client wants to receive
	NoLocal           bool   // not the client's own messages
	RetainAsPublished bool   // keep the RETAIN flag when forwarding
	RetainHandling    byte   // retained messages are sent 0: always; 1: for a new subscription; 2: never
}

// Type returns TypeSubscribe.
func (*Subscribe) Type() Type { return TypeSubscribe }

// DecodeSubscribe decodes the body of a SUBSCRIBE.
func DecodeSubscribe(body []byte, v Version) (Subscribe, error) {
	var s Subscribe
	r := reader{b: body, v: v, packet: TypeSubscribe}
	s.ID = r.packetID()
	r.properties(&s.Properties, TypeSubscribe)
	if len(r.b) == 0 {
		r.fail(ProtocolError, r.pick("MQTT-3.8.3-3", "MQTT-3.8.3-2"), "there is no topic filter; at least one is needed")
	}
	for len(r.b) > 0 {
		s.Subscriptions = append(s.Subscriptions, r.subscription())
	}
	return s, r.end()
}

func (r *reader) subscription() Subscription {
	filter := r.filter()
	options := r.byte("subscription options")
	s := Subscription{Filter: filter, QoS: options & 3}
	if s.QoS == 3 {
		r.fail(ProtocolError, r.pick("MQTT-3-8.3-4", ""), "the QoS for %.128q is 3; it must be 0, 1 or 2", filter)
	}
	if r.v != V5 {
		if options > 2 {
			r.fail(Malformed, "MQTT-3-8.3-4", "the requested QoS for %.128q is %08b; its upper six bits are reserved", filter, options)
		}
		return s
	}
	s.NoLocal, s.RetainAsPublished, s.RetainHandling = options&4 != 0, options&8 != 0, options>>4&3
	switch {
	case options>>6 != 0:
		r.fail(Malformed, "MQTT-3.8.3-5", "the options for %.128q are %08b; bits 7 and 6 are reserved", filter, options)
	case s.RetainHandling == 3:
		r.fail(ProtocolError, "", "the Retain Handling for %.128q is 3; it must be 0, 1 or 2", filter)
	case s.NoLocal && bytes.HasPrefix(filter, []byte("$share/")):
		r.fail(ProtocolError, "MQTT-3.8.3-4", "No Local is set for the shared subscription %.128q", filter)
	}
	return s
}

// filter reads a topic filter as far as this package knows it: a text of at least one character.
func (r *reader) filter() []byte {
	filter := r.text("topic filter")
	if len(filter) == 0 && r.err == nil {
		r.fail(ProtocolError, "MQTT-4.7.3-1", "a topic filter is empty; it needs at least one character")
	}
	return filter
}

// AppendSubscribe appends a SUBSCRIBE to dst.
func AppendSubscribe(dst []byte, s *Subscribe, v Version) []byte {
	w := newWriter(dst, byte(TypeSubscribe)<<4|2, v)
	w.uint16(s.ID)
	w.properties(&s.Properties, TypeSubscribe)
	for i := range s.Subscriptions {
		w.binary(s.Subscriptions[i].Filter)
		w.byte(s.Subscriptions[i].options(v))
	}
	return w.finish(0)
}

func (s *Subscription) options(v Version) byte {
	if v != V5 {
		return s.QoS & 3
	}
	return s.QoS&3 | bit(s.NoLocal, 2) | bit(s.RetainAsPublished, 3) | s.RetainHandling&3<<4
}
