package broker

import (
	"strings"
	"testing"

	"telltale/lang/mqtt"
)

func TestConnectAccepted(t *testing.T) {
	bubble(t, func(f *fixture) {
		f.dial(mqtt.V311).connect(&mqtt.Connect{ClientID: []byte("old")})
		f.facts.want(t, "Connect Success clientId=old")
		c := f.dial(mqtt.V5)
		c.send(&mqtt.Connect{Version: mqtt.V5, CleanStart: true, ClientID: []byte("new"), KeepAlive: 60})
		c.want(&mqtt.Connack{Properties: offered})
		if got := f.facts.want(t, "Connect Success clientId=new"); got[0].fields != "protocol clientId principalId " || got[0].scope != home {
			t.Errorf("fields %q of %v", got[0].fields, got[0].scope)
		}
		if n := f.facts.sample("Connect.Success"); n != 2 {
			t.Errorf("Connect.Success is %v, want 2", n)
		}
	})
}

// offered is what CONNACK promises to an MQTT 5 client.
var offered = mqtt.Properties{
	ReceiveMaximum: mqtt.Some[uint16](100), MaximumQoS: mqtt.Some[byte](1), RetainAvailable: mqtt.Some(true), WildcardAvailable: mqtt.Some(true), MaximumPacketSize: mqtt.Some[uint32](149_504),
	TopicAliasMaximum: mqtt.Some[uint16](8), SharedAvailable: mqtt.Some(true), SubscriptionIDsAllowed: mqtt.Some(false),
}

func TestAssignedClientID(t *testing.T) {
	bubble(t, func(f *fixture) {
		c := f.dial(mqtt.V5)
		c.send(&mqtt.Connect{Version: mqtt.V5, CleanStart: true})
		id := string(c.take()[0].(*mqtt.Connack).Properties.AssignedClientID)
		if len(id) < 10 {
			t.Fatalf("assigned client id %q", id)
		}
		f.facts.want(t, "Connect Success clientId="+id)
	})
}

// A session that is kept for less time than the client asked for: both the client and the entry are told so.
func TestSessionExpiryIsLowered(t *testing.T) {
	const note = "The session expiry was lowered to 3600 s"
	bubble(t, func(f *fixture) {
		f.dial(mqtt.V311).connect(&mqtt.Connect{ClientID: []byte("old"), KeepAlive: 60}, false)
		f.facts.want(t, "Connect Success clientId=old")
		for asked, told := range map[uint32]string{60: "", 3601: note, 1<<32 - 1: note} {
			c := f.dial(mqtt.V5)
			c.send(&mqtt.Connect{Version: mqtt.V5, ClientID: []byte("new"), KeepAlive: 60, CleanStart: true, Properties: mqtt.Properties{SessionExpiry: mqtt.Some(asked)}})
			want, fact := offered, "Connect Success clientId=new"
			if told != "" {
				want.SessionExpiry, want.ReasonString, fact = mqtt.Some[uint32](3600), []byte(note), fact+" details="+note
			}
			c.want(&mqtt.Connack{Properties: want})
			c.send(&mqtt.Disconnect{})
			f.facts.want(t, fact, "Disconnect Success clientId=new disconnectReason=CLIENT_INITIATED_DISCONNECT")
		}
	})
}

func TestConnectRefused(t *testing.T) {
	f := func(v mqtt.Version, p mqtt.Connect, code mqtt.ReasonCode, client, details string) {
		t.Helper()
		bubble(t, func(f *fixture) {
			p.Version, p.CleanStart = v, true
			c := f.dial(v)
			c.send(&p, &mqtt.Pingreq{})
			c.wantClosed(&mqtt.Connack{Reason: code, Properties: text(details)})
			f.facts.want(t, "Connect ClientError"+client+" reason=CLIENT_ERROR details="+details)
		})
	}
	long := []byte(strings.Repeat("x", 129))
	const tooLong = "The client id has 129 bytes; at most 128 are allowed"
	f(mqtt.V311, mqtt.Connect{ClientID: long}, 2, " clientId="+string(long), tooLong)
	f(mqtt.V5, mqtt.Connect{ClientID: long}, mqtt.ClientIDInvalid, " clientId="+string(long), tooLong)
	f(mqtt.V311, mqtt.Connect{}, 2, "", "The client id is empty; MQTT 3.1.1 clients need one of 1 to 128 bytes")
	f(mqtt.V5, mqtt.Connect{ClientID: []byte("$a")}, mqtt.ClientIDInvalid, " clientId=$a", "The client id starts with $, which is reserved")
	id := []byte("a")
	f(mqtt.V5, mqtt.Connect{ClientID: id, Properties: mqtt.Properties{AuthMethod: []byte("x")}}, mqtt.BadAuthMethod, " clientId=a", "Enhanced authentication is not supported")
	f(mqtt.V5, mqtt.Connect{ClientID: id, Properties: mqtt.Properties{MaximumPacketSize: mqtt.Some[uint32](511)}}, mqtt.PacketTooLarge, " clientId=a",
		"The client's Maximum Packet Size is 511; it must be at least 512")
	will := func(topic, payload string, qos byte, retain bool) mqtt.Connect {
		return mqtt.Connect{ClientID: id, Will: &mqtt.Will{Topic: []byte(topic), Payload: []byte(payload), QoS: qos, Retain: retain}}
	}
	f(mqtt.V5, will("t", "", 2, false), mqtt.QoSNotSupported, " clientId=a", "The will message has QoS 2; at most 1 is supported")
	f(mqtt.V311, will("t", "", 2, false), 3, " clientId=a", "The will message has QoS 2; at most 1 is supported")
	f(mqtt.V5, will("$aws/rules/r", "", 0, true), mqtt.TopicNameInvalid, " clientId=a", "Will message: the reserved topic $aws/rules/r does not retain messages")
	f(mqtt.V5, will("1/2/3/4/5/6/7/8/9", "", 0, false), mqtt.TopicNameInvalid, " clientId=a", "Will message: The topic has 8 slashes; at most 7 are allowed")
	f(mqtt.V5, will("$aws/nothing", "", 0, false), mqtt.TopicNameInvalid, " clientId=a",
		"Will message: The topic $aws/nothing is reserved: clients cannot publish to topics that start with $")
}

// What is no CONNECT ends the connection, and the entry says why.
func TestNoConnect(t *testing.T) {
	f := func(bytes, details string, answer ...mqtt.Packet) {
		t.Helper()
		bubble(t, func(f *fixture) {
			c := f.dial(mqtt.V311)
			c.sendBytes([]byte(bytes))
			c.wantClosed(answer...)
			f.facts.want(t, "Connect ClientError reason=CLIENT_ERROR details="+details)
		})
	}
	f("GET / HTTP/1.1\r\n", "An HTTP request came where MQTT is spoken: use the address of the gateway, or MQTT here")
	f("\xc0\x00", "the first packet is PINGREQ; it must be CONNECT")
	f("\x10\xff\xff\xff\x7f", "CONNECT: the packet has 268435460 bytes; at most 149504 are accepted")
	f("\x10\x0e\x00\x06MQIsdp\x03\x02\x00\x3c\x00\x00", "CONNECT: the client speaks MQTT 3.1 (MQIsdp, level 3); only 3.1.1 (level 4) and 5 are supported",
		&mqtt.Connack{Reason: 1})
	f("\x10\x0c\x00\x04MQTT\x04\x00\x00\x3c\x00\x00", "CONNECT: the client identifier is empty, which needs a clean session", &mqtt.Connack{Reason: 2})
	f("\x10\x0c\x00\x04MQTT\x04\x01\x00\x3c\x00\x00", "CONNECT: the reserved bit 0 of the connect flags is set")
}

// Who connects and goes without a word is not worth an entry.
func TestSilentVisit(t *testing.T) {
	bubble(t, func(f *fixture) {
		f.dial(mqtt.V311).close()
		f.facts.want(t)
	})
}

func TestSecondConnect(t *testing.T) {
	bubble(t, func(f *fixture) {
		c := f.connect(mqtt.V5, "a")
		c.send(&mqtt.Connect{Version: mqtt.V5, CleanStart: true, ClientID: []byte("a")})
		const details = "a second CONNECT came on one connection"
		c.wantClosed(&mqtt.Disconnect{Reason: mqtt.ProtocolError, Properties: text(details)})
		f.facts.want(t, "Connect Success clientId=a", "Disconnect Success clientId=a details="+details+" disconnectReason=CLIENT_ERROR")
	})
}

// CONNECT, SUBSCRIBE and PUBLISH in one segment, and one byte at a time, are the same.
func TestSegments(t *testing.T) {
	for _, size := range []int{1, 2, 3, 1000} {
		bubble(t, func(f *fixture) {
			c := f.dial(mqtt.V311)
			frames := mqtt.AppendConnect(nil, &mqtt.Connect{Version: mqtt.V311, CleanStart: true, ClientID: []byte("a")})
			frames = mqtt.Append(frames, &mqtt.Subscribe{ID: 3, Subscriptions: []mqtt.Subscription{{Filter: []byte("t/+")}}}, mqtt.V311)
			frames = mqtt.Append(frames, publish("t/x", "hello", 1, 5), mqtt.V311)
			for len(frames) > 0 {
				n := min(size, len(frames))
				c.sendBytes(frames[:n])
				frames = frames[n:]
			}
			c.want(&mqtt.Connack{}, &mqtt.Suback{ID: 3, Reasons: []mqtt.ReasonCode{0}}, publish("t/x", "hello", 0, 0), &mqtt.Puback{ID: 5})
			f.facts.want(t, "Connect Success clientId=a", "Subscribe Success topicName=t/+ clientId=a", "Publish-In Success topicName=t/x clientId=a", "Publish-Out Success topicName=t/x clientId=a")
		})
	}
}
