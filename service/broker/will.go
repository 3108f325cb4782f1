package broker

import (
	"bytes"
	"context"

	"telltale/base/message"
	"telltale/lang/mqtt"
)

// will is the message a client leaves for the case that it goes without a goodbye. A delay asked for never outlasts the session, and
// that ends with the connection. [MQTT-3.1.3-9]
type will struct{ message message.Message }

// newWill copies a will out of its packet.
func newWill(w *mqtt.Will) *will {
	clampExpiry(&w.Properties)
	return &will{message.Message{Topic: string(w.Topic), Payload: bytes.Clone(w.Payload), QoS: w.QoS, Properties: propertiesOf(&w.Properties)}}
}

// publishWill publishes the will of a connection that ended. It was authorized at CONNECT; its trace is the connection's.
// [MQTT-3.1.2-8]
func (c *conn) publishWill() {
	m := c.session.will.message
	m.Origin = c.origin
	c.b.needs.Facts.Record(&c.origin, &PublishIn{Topic: m.Topic, Payload: m.Payload})
	_ = c.b.Publish(context.Background(), &m) // never fails
}
