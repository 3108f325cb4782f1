// Package traffic is a crowd of MQTT clients that puts a load on a broker and checks every delivery: none lost, none twice, all in the
// order of their publisher, and how long each took.
//
// Clients speak MQTT 3.1.1 over lang/mqtt and share one process. Each payload carries its sender, its number and the time it was sent.
package traffic

import "crypto/tls"

// Target is a broker and how to reach it.
type Target struct {
	Addr string
	TLS  *tls.Config // nil: plain
}

// Plan says who sends what to whom.
type Plan struct {
	Publishers, Subscribers int
	Window                  int  // most messages of one publisher that are on their way: not acknowledged, or not delivered to all
	Rate                    int  // messages a second of all publishers together; 0: as many as the windows allow
	Batched                 bool // at a fixed rate: all that is due leaves one publisher in one write, else each message has a publisher of its own
	Copies                  int  // how many subscribers get each message
	Whole                   bool // a subscriber gets all messages of a sender or none

	Filters func(subscriber int) []string
	Topics  func(publisher int) []string // in turns

	QoS  byte
	Size int // payload bytes
}

// head is what every payload begins with: sender, number, nanoseconds.
const head = 4 + 8 + 8

// filtersPerSubscribe is as many as AWS allows in one SUBSCRIBE.
const filtersPerSubscribe = 8
