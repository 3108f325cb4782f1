package broker

import (
	"telltale/base/caller"
	"telltale/lang/mqtt"
)

// handleUnsubscribe removes subscriptions and answers UNSUBACK. [MQTT-3.10.4-4]
func (c *conn) handleUnsubscribe(body []byte) error {
	p, err := mqtt.DecodeUnsubscribe(body, c.version)
	if err != nil {
		return err
	}
	_ = c.commit() // whoever waits was told
	codes := make([]mqtt.ReasonCode, len(p.Filters))
	for i, filter := range p.Filters {
		if !c.session.unsubscribe(string(filter)) {
			codes[i] = mqtt.NoSubscriptionExisted
		}
	}
	if err := c.b.saveSession(c.session); err != nil {
		return c.b.lost(err)
	}
	c.who = c.origin
	c.who.Trace = caller.NewTrace()
	c.b.needs.Facts.Record(&c.who, &Unsubscribe{})
	a := mqtt.Unsuback{ID: p.ID, Reasons: codes}
	c.send(func(dst []byte) []byte { return mqtt.AppendUnsuback(dst, &a, c.version) })
	c.announceUnsubscribed(p.Filters, codes)
	return nil
}
