package broker

import (
	"telltale/base/event"
	"telltale/base/message"
	"telltale/lang/mqtt"
)

// will is the message a client leaves for the case that it goes without a goodbye.
type will struct{ message message.Message }

// newWill copies a will out of its packet.
func newWill(w *mqtt.Will) *will {
	return &will{message.Message{Topic: string(w.Topic), Payload: append([]byte(nil), w.Payload...), QoS: w.QoS, Properties: properties(&w.Properties)}}
}

// publishWill publishes the will of a connection that ended. It was authorized at CONNECT; its trace is the connection's.
// [MQTT-3.1.2-8]
func (c *conn) publishWill() {
	m := c.session.will.message
	m.Origin = c.origin
	c.b.needs.Facts.Record(&c.origin, &PublishIn{Failure: event.Failure{}, Topic: m.Topic})
	_ = c.b.Publish(c.background(), &m) // never fails
}

// properties copies the properties that travel with a message; nil when there are none.
func properties(p *mqtt.Properties) *message.Properties {
	m := message.Properties{
		PayloadFormat: p.PayloadFormat.Value, ContentType: string(p.ContentType), ResponseTopic: string(p.ResponseTopic),
		CorrelationData: append([]byte(nil), p.CorrelationData...), Expiry: p.MessageExpiry.Value, HasExpiry: p.MessageExpiry.Present,
	}
	for _, u := range p.User {
		m.User = append(m.User, message.UserProperty{Name: string(u.Key), Value: string(u.Value)})
	}
	if m.PayloadFormat == 0 && m.ContentType == "" && m.ResponseTopic == "" && m.CorrelationData == nil && !m.HasExpiry && m.User == nil {
		return nil
	}
	return &m
}

// fill writes a message's properties into a packet's.
func fill(p *mqtt.Properties, m *message.Properties) {
	if m == nil {
		return
	}
	if m.PayloadFormat != 0 {
		p.PayloadFormat = mqtt.Some(m.PayloadFormat)
	}
	if m.ContentType != "" {
		p.ContentType = []byte(m.ContentType)
	}
	if m.ResponseTopic != "" {
		p.ResponseTopic = []byte(m.ResponseTopic)
	}
	p.CorrelationData = m.CorrelationData
	if m.HasExpiry {
		p.MessageExpiry = mqtt.Some(m.Expiry)
	}
	for _, u := range m.User {
		p.User = append(p.User, mqtt.UserProperty{Key: []byte(u.Name), Value: []byte(u.Value)})
	}
}
