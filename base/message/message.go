// Package message is what travels over MQTT topics between clients and the services that answer reserved topics.
package message

import (
	"context"

	"telltale/base/caller"
)

// Message is one application message. It is shared by all who receive it: nobody changes it after it was published, and its byte
// slices may be kept only after copying, unless the handler's documentation says more.
type Message struct {
	Origin     caller.Origin // who published it, and its trace
	Topic      string
	Payload    []byte
	QoS        byte
	Retain     bool
	Properties *Properties // nil for none

	// Hops counts how often services made this message of another one: a rule that republishes what it received adds one.
	Hops int
	// To is the client id of the only receiver: it gets the message whether it subscribed to the topic or not, and nobody else does,
	// rules and services included. "" for whoever subscribed. Only services set it.
	To string
	// Reached is told the client id of each receiver that the message was queued for, before Publish returns. nil: nobody asks.
	Reached func(clientID string)
}

// Properties are the MQTT 5 properties that travel with a message.
type Properties struct {
	PayloadFormat   byte // 1: UTF-8 text
	ContentType     string
	ResponseTopic   string
	CorrelationData []byte
	Expiry          uint32 // seconds
	HasExpiry       bool
	User            []UserProperty // in order; names may repeat
}

// UserProperty is a name-value pair of an MQTT 5 message.
type UserProperty struct{ Name, Value string }

// Publisher sends messages on behalf of a service. The broker is the one publisher.
type Publisher interface {
	Publish(ctx context.Context, m *Message) error
}

// Handler answers messages on the topics it was mounted on.
type Handler interface {
	HandleMessage(ctx context.Context, m *Message)
}
