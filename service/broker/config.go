package broker

import "time"

// Config is what an operator may change of the broker.
type Config struct {
	// MQTTS is the address of the listener with TLS and client certificates; "" opens none.
	MQTTS string
	// MQTT is the address of the plain listener for anonymous clients; "" opens none.
	MQTT string
	// HandshakeTimeout bounds the TLS handshake and the wait for CONNECT together.
	HandshakeTimeout time.Duration
	// Permissive lets through what no policy allows. Entries tell what would have been denied, and why.
	Permissive bool
	Limits     Limits
}

// Limits are the quotas of the broker, with AWS's defaults. (aws: general/iot-core#message-broker-limits)
type Limits struct {
	ClientIDBytes       int           // longest client id
	PacketBytes         int           // largest packet accepted
	PayloadBytes        int           // largest application message
	TopicBytes          int           // longest topic or filter
	TopicSlashes        int           // most slashes in a topic or filter
	FiltersPerSubscribe int           // most filters in one SUBSCRIBE
	Subscriptions       int           // most subscriptions of one connection
	TopicAliases        int           // most topic aliases a client may use
	Inflight            int           // most unacknowledged QoS 1 messages to one client
	KeepAliveMin        time.Duration // shorter keep-alives are lengthened to it
	KeepAliveMax        time.Duration // longer ones, and none, are shortened to it
	QueueBytes          int           // most bytes that wait for one slow client; what would be more is dropped, counted and logged
	QueueMessages       int           // most QoS 1 messages that wait for acknowledgements of one client
}

// Default is AWS's defaults.
func Default() Config {
	return Config{
		HandshakeTimeout: 10 * time.Second,
		Limits: Limits{
			ClientIDBytes: 128, PacketBytes: 149_504, PayloadBytes: 128 << 10, TopicBytes: 256, TopicSlashes: 7,
			FiltersPerSubscribe: 8, Subscriptions: 50, TopicAliases: 8, Inflight: 100,
			KeepAliveMin: 30 * time.Second, KeepAliveMax: 1200 * time.Second,
			QueueBytes: 4 << 20, QueueMessages: 1000,
		},
	}
}
