package broker

import (
	"bytes"
	"fmt"

	"telltale/base/message"
	"telltale/lang/mqtt"
)

// checkProperties says which limit the properties of a message break, or nil. (aws: general/iot-core#message-broker-limits)
func (l *Limits) checkProperties(p *mqtt.Properties) *objection {
	user := 0
	for _, u := range p.User {
		user += len(u.Key) + len(u.Value)
	}
	for _, x := range []struct {
		name        string
		have, limit int
	}{{"Content Type", len(p.ContentType), l.PropertyBytes.ContentType}, {"Correlation Data", len(p.CorrelationData), l.PropertyBytes.CorrelationData},
		{"User Properties", user, l.PropertyBytes.User}} {
		if x.limit > 0 && x.have > x.limit {
			return &objection{text: fmt.Sprintf("The %s of the message takes %d bytes; at most %d are allowed", x.name, x.have, x.limit), code: mqtt.QuotaExceeded}
		}
	}
	return nil
}

// clampExpiry brings a message's expiry into the range that AWS forwards. (aws: iot/mqtt#mqtt5)
func (l *Limits) clampExpiry(p *mqtt.Properties) {
	if e := &p.MessageExpiry; e.Present {
		e.Value = min(max(e.Value, l.MinExpiry), l.MessageExpiry)
	}
}

// propertiesOf copies the properties that travel with a message; nil when there are none.
func propertiesOf(p *mqtt.Properties) *message.Properties {
	m := message.Properties{
		PayloadFormat: p.PayloadFormat.Value, ContentType: string(p.ContentType), ResponseTopic: string(p.ResponseTopic),
		CorrelationData: bytes.Clone(p.CorrelationData), Expiry: p.MessageExpiry.Value, HasExpiry: p.MessageExpiry.Present,
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
func fill(p *mqtt.Properties, m *message.Properties, l *Limits) {
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
		l.clampExpiry(p)
	}
	for _, u := range m.User {
		p.User = append(p.User, mqtt.UserProperty{Key: []byte(u.Name), Value: []byte(u.Value)})
	}
}
