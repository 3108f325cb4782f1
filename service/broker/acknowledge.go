package broker

import (
	"telltale/base/arn"
	"telltale/lang/mqtt"
)

// acknowledge answers a QoS 1 PUBLISH that was taken. [MQTT-4.3.2-4]
func (c *conn) acknowledge(p *mqtt.Publish) {
	if p.QoS == 1 {
		c.sendPuback(p.ID, mqtt.Success, "")
	}
}

func (c *conn) sendPuback(id uint16, reason mqtt.ReasonCode, text string) {
	a := mqtt.Puback{ID: id, Reason: reason}
	if text != "" && !c.terse {
		a.Properties.ReasonString = []byte(printable(text))
	}
	c.send(func(dst []byte) []byte { return mqtt.AppendPuback(dst, &a, c.version) })
}

// handlePuback frees the packet id of a delivered QoS 1 message, so that one that was held can follow. [MQTT-4.3.2-3]
func (c *conn) handlePuback(body []byte) error {
	a, err := mqtt.DecodePuback(body, c.version)
	if err != nil {
		return err
	}
	known, next, released, flush := c.out.acknowledged(a.ID)
	if !known {
		c.b.needs.Diary.Debug("PUBACK for a packet id that is not in use", "client", c.origin.ClientID, "id", a.ID)
	}
	if flush {
		c.touched = append(c.touched, c)
	}
	if released {
		c.to = c.origin
		c.to.Trace = next.trace
		c.sent = PublishOut{Topic: next.topic}
		if c.permissions.permissive { // asked again: what was answered when the message was held back is not kept
			v := c.permissions.allow(c.now, "iot:Receive", arn.IoT(c.origin.Scope, "topic", next.topic))
			c.sent.Failure = v.remark()
		}
		c.b.needs.Facts.Record(&c.to, &c.sent)
	}
	return nil
}
