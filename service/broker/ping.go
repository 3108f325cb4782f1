package broker

import (
	"time"

	"telltale/base/caller"
	"telltale/lang/mqtt"
)

// handlePingreq answers a PINGREQ. [MQTT-3.12.4-1]
func (c *conn) handlePingreq(body []byte) error {
	if _, err := mqtt.DecodePingreq(body); err != nil {
		return err
	}
	c.send(mqtt.AppendPingresp)
	c.forgetRoutes()
	c.who = c.origin
	c.who.Trace = caller.NewTrace()
	c.b.needs.Facts.Record(&c.who, &Ping{Requested: c.now, Answered: time.Now()})
	return nil
}
