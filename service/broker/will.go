package broker

import (
	"bytes"
	"context"
	"time"

	"telltale/base/message"
	"telltale/lang/mqtt"
)

// will is the message a client leaves for the case that it goes without a goodbye, at once or after a delay.
type will struct {
	message message.Message
	delay   time.Duration
}

// newWill copies a will out of its packet.
func newWill(w *mqtt.Will, limits *Limits) *will {
	limits.clampExpiry(&w.Properties)
	return &will{
		message: message.Message{Topic: string(w.Topic), Payload: bytes.Clone(w.Payload), QoS: w.QoS, Retain: w.Retain, Properties: propertiesOf(&w.Properties)},
		delay:   time.Duration(w.Properties.WillDelay.Value) * time.Second,
	}
}

// bequeath publishes the will of a connection that ended, or returns when it is due: a delay never outlasts the session. [MQTT-3.1.3-9]
func (c *conn) bequeath(s *session, cause *ending, stays bool) (due time.Time) {
	w := s.will
	s.will = nil
	if w == nil || cause.quiet {
		s.row.Will = nil
		return time.Time{}
	}
	if stays && w.delay > 0 {
		return time.Now().Add(min(w.delay, s.expiry))
	}
	s.row.Will = nil
	c.publishWill(w)
	return time.Time{}
}

// publishWill publishes a will at once. It was authorized at CONNECT; its trace is the connection's. [MQTT-3.1.2-8]
func (c *conn) publishWill(w *will) {
	m := w.message
	m.Origin = c.origin
	c.b.needs.Facts.Record(&c.origin, &PublishIn{Topic: m.Topic, Payload: m.Payload, Retain: m.Retain})
	if err := c.b.Publish(context.Background(), &m); err != nil {
		c.b.needs.Diary.Error("a will message cannot be stored", "client", c.origin.ClientID, "error", err)
	}
}
