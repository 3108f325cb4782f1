package broker

import (
	"bytes"
	"fmt"

	"telltale/base/message"
	"telltale/lang/mqtt"
)

// The limits of what travels with a message. (aws: general/iot-core#message-broker-limits)
const (
	maxContentType = 256
	maxCorrelation = 8 << 10
	maxUser        = 8 << 10
	maxExpiry      = 604_800 // seconds
)

// checkProperties says which limit the properties of a message break, or nil.
func checkProperties(p *mqtt.Properties) *objection {
	user := 0
	for _, u := range p.User {
		user += len(u.Key) + len(u.Value)
	}
	for _, x := range []struct {
		name        string
		have, limit int
	}{{"Content Type", len(p.ContentType), maxContentType}, {"Correlation Data", len(p.CorrelationData), maxCorrelation}, {"User Properties", user, maxUser}} {
		if x.have > x.limit {
			return &objection{text: fmt.Sprintf("The %s of the message takes %d bytes; at most %d are allowed", x.name, x.have, x.limit), code: mqtt.QuotaExceeded}
		}
	}
	return nil
}

// clampExpiry brings a message's expiry into the range that AWS forwards. (aws: iot/mqtt#mqtt5)
func clampExpiry(p *mqtt.Properties) {
	if e := &p.MessageExpiry; e.Present {
		e.Value = min(max(e.Value, 1), maxExpiry)
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
		clampExpiry(p)
	}
	for _, u := range m.User {
		p.User = append(p.User, mqtt.UserProperty{Key: []byte(u.Name), Value: []byte(u.Value)})
	}
}
