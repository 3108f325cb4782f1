package broker

import (
	"bytes"
	"sync/atomic"
	"time"

	"telltale/base/caller"
	"telltale/lang/mqtt"
)

// stored is a message that waits for sessions. They share it; nobody changes it.
type stored struct {
	packet  mqtt.Publish // in memory of its own
	topic   string
	trace   caller.Trace
	expires time.Time // the zero time: never
	size    int
	holders atomic.Int32 // sessions that have it
}

// store copies a message out of the buffers it came in.
func store(p *mqtt.Publish, topic string, trace caller.Trace, now time.Time) *stored {
	m := &stored{topic: topic, trace: trace, size: len(topic) + len(p.Payload) + 100}
	m.packet = mqtt.Publish{Topic: []byte(topic), Payload: bytes.Clone(p.Payload), QoS: p.QoS, Properties: ownProperties(&p.Properties)}
	if e := p.Properties.MessageExpiry; e.Present {
		m.expires = now.Add(time.Duration(e.Value) * time.Second)
	}
	for _, u := range m.packet.Properties.User {
		m.size += len(u.Key) + len(u.Value)
	}
	return m
}

// ownProperties copies the properties that travel with a message.
func ownProperties(p *mqtt.Properties) (own mqtt.Properties) {
	own.PayloadFormat, own.MessageExpiry = p.PayloadFormat, p.MessageExpiry
	own.ContentType, own.ResponseTopic = bytes.Clone(p.ContentType), bytes.Clone(p.ResponseTopic)
	own.CorrelationData = bytes.Clone(p.CorrelationData)
	for _, u := range p.User {
		own.User = append(own.User, mqtt.UserProperty{Key: bytes.Clone(u.Key), Value: bytes.Clone(u.Value)})
	}
	return own
}

// remaining is the rest of a message's life in whole seconds, and whether there is any.
func (m *stored) remaining(now time.Time) (seconds uint32, alive bool) {
	if m.expires.IsZero() {
		return 0, true
	}
	left := m.expires.Sub(now)
	return uint32(max(left, 0) / time.Second), left > 0
}

// phase is how far a message is on its way to a session.
type phase uint8

const (
	reserved phase = iota // its record is not written yet
	waiting
	sent     // and not acknowledged
	released // QoS 2: received by the client, which must let go of the packet id
)

// entry is a message in the queue of one session.
type entry struct {
	m      *stored
	n      uint64   // counts the messages of the session
	ids    []uint32 // subscription identifiers
	sentAt time.Time
	id     uint16 // its packet id, chosen when it was queued, so that it is the same after a restart [MQTT-4.4.0-1]
	qos    byte
	retain bool
	phase  phase
	again  bool // it was sent before
	lent   bool // only its packet id is in use, by a direct message
	flying bool // it counts as under way in the present connection
}
