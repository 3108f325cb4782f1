package broker

import (
	"telltale/base/arn"
	"telltale/lang/mqtt"
)

// answerTo is the packet that answers a PUBLISH.
func answerTo(qos byte) mqtt.Type {
	if qos == 2 {
		return mqtt.TypePubrec
	}
	return mqtt.TypePuback
}

// acknowledge answers a PUBLISH of QoS 1 or 2 that was taken. [MQTT-4.3.2-4] [MQTT-4.3.3-8]
func (c *conn) acknowledge(p *mqtt.Publish) {
	if p.QoS == 0 {
		return
	}
	if p.QoS == 2 && c.session.queue != nil {
		c.batch.record = appendReceipt(c.batch.record, c.session.row.Serial, c.received.n, p.ID)
		c.batch.marks = append(c.batch.marks, c.received)
	}
	c.received = nil
	c.owe(owed{kind: answerTo(p.QoS), id: p.ID})
}

// owe sends an answer: at once, or with all that follow it when the batch is written. Answers keep their order. [MQTT-4.6.0-2]
func (c *conn) owe(o owed) {
	if c.batch.empty() && len(c.batch.owed) == 0 {
		c.answer(&o)
		return
	}
	c.batch.owed = append(c.batch.owed, o)
}

// payOwed sends the answers that waited for a batch, which was written, or not.
func (c *conn) payOwed(err error) {
	for i := range c.batch.owed {
		o := &c.batch.owed[i]
		if err != nil && !o.reason.Failed() {
			if o.kind == mqtt.TypePubrec {
				c.session.letGo(o.id)
			}
			if c.version != mqtt.V5 || o.kind == mqtt.TypePubrel || o.kind == mqtt.TypePubcomp {
				c.end(internalError) // the client tries again when it returns
				return
			}
			o.reason, o.text = mqtt.Unspecified, internalError.text
		}
		c.answer(o)
	}
}

// answer sends an acknowledgement.
func (c *conn) answer(o *owed) {
	var p mqtt.Properties
	if o.text != "" && !c.terse {
		p.ReasonString = []byte(printable(o.text))
	}
	id, reason, v := o.id, o.reason, c.version
	c.send(func(dst []byte) []byte {
		switch o.kind {
		case mqtt.TypePubrec:
			return mqtt.AppendPubrec(dst, &mqtt.Pubrec{ID: id, Reason: reason, Properties: p}, v)
		case mqtt.TypePubrel:
			return mqtt.AppendPubrel(dst, &mqtt.Pubrel{ID: id, Reason: reason, Properties: p}, v)
		case mqtt.TypePubcomp:
			return mqtt.AppendPubcomp(dst, &mqtt.Pubcomp{ID: id, Reason: reason, Properties: p}, v)
		default:
			return mqtt.AppendPuback(dst, &mqtt.Puback{ID: id, Reason: reason, Properties: p}, v)
		}
	})
}

// handlePuback frees the packet id of a delivered message of QoS 1, so that one that waits can follow. [MQTT-4.3.2-3]
func (c *conn) handlePuback(body []byte) error {
	a, err := mqtt.DecodePuback(body, c.version)
	if err != nil {
		return err
	}
	c.confirm(a.ID, a.Reason)
	c.concluded(a.ID, 1, "PUBACK")
	return nil
}

// handlePubcomp is handlePuback for QoS 2. [MQTT-4.3.3-4]
func (c *conn) handlePubcomp(body []byte) error {
	if c.b.cfg.Limits.QoS < 2 {
		return unsupported(mqtt.TypePubcomp)
	}
	a, err := mqtt.DecodePubcomp(body, c.version)
	if err != nil {
		return err
	}
	c.concluded(a.ID, 2, "PUBCOMP")
	return nil
}

// concluded ends one message to the client, and lets another one go in its place.
func (c *conn) concluded(id uint16, qos byte, packet string) {
	if q := c.session.queue; q != nil {
		want := sent
		if qos == 2 {
			want = released
		}
		if !q.acknowledged(id, want) {
			c.b.needs.Diary.Debug(packet+" for a packet id that is not in use", "client", c.origin.ClientID, "id", id)
		}
		c.pump(q)
		return
	}
	known, next, another, flush := c.out.acknowledged(id, qos)
	if !known {
		c.b.needs.Diary.Debug(packet+" for a packet id that is not in use", "client", c.origin.ClientID, "id", id)
	}
	if flush {
		c.touched = append(c.touched, c)
	}
	if another {
		c.to = c.origin
		c.to.Trace = next.trace
		c.sent = PublishOut{Topic: next.topic}
		if c.permissions.permissive { // asked again: what was answered when the message was held back is not kept
			v := c.permissions.allow(c.now, "iot:Receive", arn.IoT(c.origin.Scope, "topic", next.topic))
			c.sent.Failure = v.remark()
		}
		c.b.needs.Facts.Record(&c.to, &c.sent)
	}
}

// handlePubrec has the client let go of a message of QoS 2, which is never sent again. [MQTT-4.3.3-4] [MQTT-4.3.3-7]
func (c *conn) handlePubrec(body []byte) error {
	if c.b.cfg.Limits.QoS < 2 {
		return unsupported(mqtt.TypePubrec)
	}
	a, err := mqtt.DecodePubrec(body, c.version)
	if err != nil {
		return err
	}
	var known bool
	if q := c.session.queue; q != nil {
		e := q.received(a.ID, a.Reason.Failed())
		if known = e != nil; known && !a.Reason.Failed() {
			c.batch.record = appendReceived(c.batch.record, q.serial, e.n)
		}
		if a.Reason.Failed() {
			c.pump(q)
		}
	} else if known = c.out.received(a.ID); known && a.Reason.Failed() {
		c.concluded(a.ID, 2, "PUBREC")
	}
	switch {
	case known && a.Reason.Failed():
	case known:
		c.owe(owed{kind: mqtt.TypePubrel, id: a.ID})
	default:
		c.owe(owed{kind: mqtt.TypePubrel, id: a.ID, reason: mqtt.PacketIDNotFound})
	}
	return nil
}

// handlePubrel forgets the packet id of a message of QoS 2: a message that comes under it is a new one. [MQTT-4.3.3-11]
func (c *conn) handlePubrel(body []byte) error {
	if c.b.cfg.Limits.QoS < 2 {
		return unsupported(mqtt.TypePubrel)
	}
	a, err := mqtt.DecodePubrel(body, c.version)
	if err != nil {
		return err
	}
	o := owed{kind: mqtt.TypePubcomp, id: a.ID}
	if r := c.session.letGo(a.ID); r == nil {
		o.reason = mqtt.PacketIDNotFound
	} else if c.session.queue != nil {
		c.batch.record = appendLetGo(c.batch.record, c.session.row.Serial, r.n)
	}
	c.owe(o)
	return nil
}

func unsupported(t mqtt.Type) error {
	return &mqtt.Error{Code: mqtt.ProtocolError, Text: t.String() + " packets are not supported"}
}
