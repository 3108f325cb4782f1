package broker

import (
	"fmt"

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
	if text != "" {
		a.Properties.ReasonString = []byte(text)
	}
	c.out.mu.Lock()
	flush := false
	if !c.out.closed {
		c.out.buf = mqtt.AppendPuback(c.out.buf, &a, c.version)
		flush = c.out.soil()
	}
	c.out.mu.Unlock()
	if flush {
		c.touched = append(c.touched, c)
	}
}

// handlePuback frees the packet id of a delivered QoS 1 message. [MQTT-4.3.2-3]
func (c *conn) handlePuback(body []byte) error {
	a, err := mqtt.DecodePuback(body, c.version)
	if err != nil {
		return err
	}
	known, flush := c.out.acknowledged(a.ID)
	if flush {
		c.touched = append(c.touched, c)
	}
	if !known {
		c.b.needs.Diary.Debug("PUBACK for a packet id that is not in use", "client", c.origin.ClientID, "id", fmt.Sprint(a.ID))
	}
	return nil
}
