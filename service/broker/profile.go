package broker

import (
	"math"
	"time"

	"telltale/lang/mqtt"
	"telltale/lang/topic"
)

// Limits are what the broker offers and how much of it. A profile is a value of it; nothing else asks which profile it is.
type Limits struct {
	ClientIDBytes       int           // longest client id
	PacketBytes         int           // largest packet accepted
	PayloadBytes        int           // largest application message
	TopicBytes          int           // longest topic or filter
	TopicSlashes        int           // most slashes in a topic or filter
	FiltersPerSubscribe int           // most filters in one SUBSCRIBE
	Connections         int           // most connections of an account
	Subscriptions       int           // most subscriptions of one connection
	AllSubscriptions    int           // most subscriptions of an account
	TopicAliases        int           // most topic aliases a client may use, or is sent
	Inflight            int           // most unacknowledged messages of QoS 1 and 2 to one client, and of QoS 2 from it
	KeepAliveMin        time.Duration // shorter keep-alives are lengthened to it
	KeepAliveMax        time.Duration // longer ones, and none, are shortened to it; 0: none is none
	QueueBytes          int           // most bytes that wait for one slow client; what would be more is dropped, counted and logged
	QueueMessages       int           // most messages that wait for acknowledgements of one client without a persistent session

	SessionExpiry    time.Duration // how long the session of an absent 3.1.1 client is kept
	SessionExpiryMax time.Duration // longest time an MQTT 5 client may ask for
	SessionMessages  int           // most messages kept for one persistent session, at most 60,000
	SessionBytes     int           // most bytes of them
	AllSessionBytes  int           // most bytes kept for all sessions; they are in memory, too
	ShareMessages    int           // most messages kept for one shared subscription whose members are away, at most 60,000
	StoredPerSecond  int           // how many messages that waited are sent to a client in a second; 0: as it takes them
	SharedPerSecond  int           // the same for those of a shared subscription
	RetryAfter       time.Duration // after which a message that a connected 3.1.1 client did not acknowledge is sent again; 0: only when it returns

	Retained       int // most retained messages of an account
	ShareNameChars int // longest name of a share
	SharedGroups   int // most shared subscriptions of an account
	SharedMembers  int // most members of one
	PropertyBytes  PropertyLimits
	MessageExpiry  uint32 // longest expiry of a message in seconds; longer ones are shortened to it
	MinExpiry      uint32 // and shorter ones lengthened

	QoS              byte            // best quality of service
	Dialect          topic.Dialect   // whether # matches the level above it
	RetainedWildcard bool            // filters with wildcards get retained messages, too
	SubscriptionIDs  bool            // MQTT 5 subscription identifiers
	EmptyClientID    bool            // 3.1.1 clients with a clean session may leave it to the broker
	FreeDollar       bool            // topics that start with $ are free, but for $SYS and $aws
	Redelivered      bool            // DUP is set on what is sent again [MQTT-3.3.1-1]
	Unauthorized     mqtt.ReasonCode // return code of a 3.1.1 CONNACK for clients that may not connect
}

// PropertyLimits are the most bytes of properties of a message; 0: any number that fits into a packet.
type PropertyLimits struct{ ContentType, CorrelationData, User int }

// never is long enough for sessions that do not expire.
const never = time.Duration(math.MaxInt64)

// AWS is the profile of AWS IoT. (aws: iot/mqtt, general/iot-core#message-broker-limits)
func AWS() Limits {
	return Limits{
		ClientIDBytes: 128, PacketBytes: 149_504, PayloadBytes: 128 << 10, TopicBytes: topic.MaxBytes, TopicSlashes: topic.MaxSlashes,
		FiltersPerSubscribe: 8, Connections: 100_000, Subscriptions: 50, AllSubscriptions: 100_000, TopicAliases: 8, Inflight: 100,
		KeepAliveMin: 30 * time.Second, KeepAliveMax: 1200 * time.Second,
		QueueBytes: 4 << 20, QueueMessages: 1000,
		SessionExpiry: time.Hour, SessionExpiryMax: time.Hour, SessionMessages: 10_000, SessionBytes: 64 << 20, AllSessionBytes: 256 << 20,
		ShareMessages: 60_000, StoredPerSecond: 10, SharedPerSecond: 20, RetryAfter: time.Hour,
		Retained: 100_000, ShareNameChars: topic.MaxShareChars, SharedGroups: 100, SharedMembers: 100,
		PropertyBytes: PropertyLimits{ContentType: 256, CorrelationData: 8 << 10, User: 8 << 10}, MinExpiry: 1, MessageExpiry: 604_800,
		QoS: 1, Dialect: topic.AWS, Unauthorized: 7,
	}
}

// Standard is the profile of a broker that keeps to the letter of the OASIS standards.
func Standard() Limits {
	return Limits{
		ClientIDBytes: 65_535, PacketBytes: 16 << 20, PayloadBytes: 16 << 20, TopicBytes: 65_535, TopicSlashes: 65_535,
		FiltersPerSubscribe: 10_000, Connections: 1_000_000, Subscriptions: 100_000, AllSubscriptions: 10_000_000, TopicAliases: 100, Inflight: 1000,
		QueueBytes: 64 << 20, QueueMessages: 10_000,
		SessionExpiry: never, SessionExpiryMax: never, SessionMessages: 60_000, SessionBytes: 256 << 20, AllSessionBytes: 1 << 30,
		ShareMessages: 60_000, Retained: 1_000_000, ShareNameChars: 65_535, SharedGroups: 100_000, SharedMembers: 100_000, MessageExpiry: math.MaxUint32,
		QoS: 2, Dialect: topic.Standard, RetainedWildcard: true, SubscriptionIDs: true, EmptyClientID: true, FreeDollar: true, Redelivered: true,
		Unauthorized: mqtt.ReturnNotAuthorized,
	}
}

// Profiles are the limits one can begin with, by name.
var Profiles = []struct {
	Name   string
	Limits func() Limits
}{{"aws", AWS}, {"standard", Standard}}
