package mqtt

import "encoding/binary"

// Publish carries a message, in either direction (section 3.3).
type Publish struct {
	Topic      []byte // empty only in MQTT 5, with a topic alias
	Payload    []byte
	ID         uint16 // 1 to 65,535; 0 with QoS 0
	QoS        byte   // 0, 1 or 2
	Dup        bool
	Retain     bool
	Properties Properties
}

// Type returns TypePublish.
func (*Publish) Type() Type { return TypePublish }

// checkPublishFlags checks the flags in the first byte of a PUBLISH.
func checkPublishFlags(flags byte) error {
	switch qos := flags >> 1 & 3; {
	case qos == 3:
		return &Error{Malformed, "PUBLISH: the QoS is 3; it must be 0, 1 or 2", "MQTT-3.3.1-4"}
	case qos == 0 && flags&8 != 0:
		return &Error{Malformed, "PUBLISH: DUP is set with QoS 0", "MQTT-3.3.1-2"}
	}
	return nil
}

// DecodePublish decodes a PUBLISH from its first byte, which holds DUP, QoS and RETAIN, and its body.
func DecodePublish(header byte, body []byte, v Version) (Publish, error) {
	var p Publish
	err := p.Decode(header, body, v)
	return p, err
}

// Decode is [DecodePublish] into a struct that is used again and again: nothing is allocated, not even for user
// properties once their list has grown.
func (p *Publish) Decode(header byte, body []byte, v Version) error {
	if err := checkPublishFlags(header & 0x0f); err != nil {
		return err
	}
	p.Properties.reset()
	p.QoS, p.Dup, p.Retain = header>>1&3, header&8 != 0, header&1 != 0
	p.ID = 0
	r := reader{b: body, v: v, packet: TypePublish}
	p.Topic = r.name("topic name", "MQTT-3.3.2-2")
	if p.QoS > 0 {
		p.ID = r.packetID()
	}
	r.properties(&p.Properties, TypePublish)
	if len(p.Topic) == 0 && !p.Properties.TopicAlias.Present {
		r.noTopic()
	}
	p.Payload, r.b = r.b, nil
	return r.end()
}

func (r *reader) noTopic() {
	if r.v == V5 {
		r.fail(ProtocolError, "", "the topic name is empty and there is no Topic Alias")
		return
	}
	r.fail(TopicNameInvalid, "MQTT-4.7.3-1", "the topic name is empty; it needs at least one character")
}

// CheckFromClient returns the fault of a PUBLISH that only a server may send, or nil. [MQTT-3.3.4-6]
func (p *Publish) CheckFromClient() error {
	if len(p.Properties.SubscriptionIDs) > 0 {
		return &Error{ProtocolError, "PUBLISH: a client included a Subscription Identifier, which only servers send", "MQTT-3.3.4-6"}
	}
	return nil
}

// AppendPublish appends a PUBLISH to dst.
func AppendPublish(dst []byte, p *Publish, v Version) []byte {
	head := AppendPublishHead(dst, p, v)
	if len(head) == len(dst) {
		return dst
	}
	return append(head, p.Payload...)
}

// AppendPublishHead appends all of a PUBLISH but the payload, which is counted and must follow: for writers that
// share one payload among many receivers.
func AppendPublishHead(dst []byte, p *Publish, v Version) []byte {
	w := newWriter(dst, byte(TypePublish)<<4|bit(p.Dup, 3)|p.QoS&3<<1|bit(p.Retain, 0), v)
	w.binary(p.Topic)
	if p.QoS > 0 {
		w.uint16(p.ID)
	}
	w.properties(&p.Properties, TypePublish)
	return w.finish(len(p.Payload))
}

// SetPublishID replaces the packet identifier in a frame that [AppendPublish] or [AppendPublishHead] made with a QoS
// above 0, so that one frame can be copied to many receivers. It leaves any other bytes as they are.
func SetPublishID(frame []byte, id uint16) {
	if len(frame) < 2 || TypeOf(frame[0]) != TypePublish || frame[0]>>1&3 == 0 {
		return
	}
	_, used := varint(frame[1:])
	if used <= 0 || len(frame) < 1+used+2 {
		return
	}
	topic := frame[1+used:]
	at := 2 + int(binary.BigEndian.Uint16(topic))
	if len(topic) >= at+2 {
		binary.BigEndian.PutUint16(topic[at:], id)
	}
}
