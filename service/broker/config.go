package broker

import "time"

// Config is what an operator may change of the broker.
type Config struct {
	// MQTTS is the address of the listener with TLS and client certificates; "" opens none.
	MQTTS string
	// MQTT is the address of the plain listener for anonymous clients; "" opens none.
	MQTT string
	// TLS is the address of the listener that takes every protocol with TLS, by ALPN; "" opens none.
	TLS string
	// HTTPS is the address of the listener for HTTPS with client certificates; "" opens none.
	HTTPS string
	// RequireServerName refuses clients that name no server in their TLS handshake.
	RequireServerName bool
	// Waiting is the most connections that have not sent CONNECT yet; what is more is closed at once. 0: any number.
	Waiting int
	// Sessions is the directory of what waits for the sessions of absent clients; "": it is kept in memory only.
	Sessions string
	// HandshakeTimeout bounds the TLS handshake and the wait for CONNECT together.
	HandshakeTimeout time.Duration
	// Permissive lets through what no policy allows. Entries tell what would have been denied, and why.
	Permissive bool
	Limits     Limits
	Rates      Rates
}

// Default is AWS's defaults, without limits of rates.
func Default() Config {
	return Config{HandshakeTimeout: 10 * time.Second, Waiting: 20_000, Limits: AWS()}
}

// Rates are quotas of how often something may happen in a second; 0: as often as it likes.
// (aws: general/iot-core#message-broker-limits)
type Rates struct {
	Connects          int // of an account
	ClientConnects    int // of one client id
	Publishes         int // in and out, of one connection; what is more is discarded
	Bytes             int // sent by one connection; what is more is read later
	AccountPublishes  int // in, of an account; what is more is discarded
	AccountDeliveries int // out, of an account; what is more is discarded
	Subscriptions     int // filters asked for, of an account
	Queued            int // messages stored for absent clients of an account
	Retained          int // retained messages of an account
	RetainedTopic     int // retained messages of one topic
	DirectMessages    int // sent to one client over the API, of an account
	Requests          int // of each operation of the API about clients, of an account
	ClientRequests    int // the same, about one client
}

// AWSRates are the quotas of AWS in its smaller regions.
func AWSRates() Rates {
	return Rates{
		Connects: 100, ClientConnects: 1, Publishes: 100, Bytes: 512 << 10, AccountPublishes: 2000, AccountDeliveries: 2000,
		Subscriptions: 200, Queued: 500, Retained: 50, RetainedTopic: 1,
		DirectMessages: 2000, Requests: 100, ClientRequests: 1,
	}
}
