package broker

import (
	"strings"
	"testing"

	"telltale/lang/mqtt"
)

// One trace for all that a PUBLISH causes, another for the next.
func TestPublishTraces(t *testing.T) {
	bubble(t, func(f *fixture) {
		a, b := f.connect(mqtt.V311, "a"), f.connect(mqtt.V5, "b")
		a.subscribe("t/#", 1)
		b.subscribe("t/1", 0)
		f.facts.take()
		a.send(publish("t/1", "x", 1, 3), publish("t/1", "y", 0, 0))
		facts := f.facts.take()
		if len(facts) != 6 {
			t.Fatalf("%d facts, want 6", len(facts))
		}
		for i, x := range facts {
			if want := []string{"Publish-In", "Publish-Out", "Publish-Out"}[i%3]; x.kind != want || x.trace != facts[i/3*3].trace {
				t.Errorf("fact %d is %s with trace %v, want %s with trace %v", i, x.text, x.trace, want, facts[i/3*3].trace)
			}
		}
		if facts[0].trace == facts[3].trace {
			t.Error("two messages share a trace")
		}
		if facts[0].fields != "protocol topicName clientId principalId " {
			t.Errorf("fields of Publish-In: %q", facts[0].fields)
		}
		a.want(publish("t/1", "x", 1, 1), &mqtt.Puback{ID: 3}, publish("t/1", "y", 0, 0))
		b.want(publish("t/1", "x", 0, 0), publish("t/1", "y", 0, 0))
	})
}

// A client gets a message once, at the best QoS of its subscriptions, and not at all where No Local says so.
func TestOverlap(t *testing.T) {
	bubble(t, func(f *fixture) {
		a := f.connect(mqtt.V5, "a")
		a.send(&mqtt.Subscribe{ID: 1, Subscriptions: []mqtt.Subscription{{Filter: []byte("t"), QoS: 1, NoLocal: true}, {Filter: []byte("+")}, {Filter: []byte("mine"), NoLocal: true}}})
		a.want(&mqtt.Suback{ID: 1, Reasons: []mqtt.ReasonCode{1, 0, 0}})
		b := f.connect(mqtt.V5, "b")
		b.send(publish("t", "from b", 1, 1))
		a.want(publish("t", "from b", 1, 1))
		a.send(publish("t", "from a", 1, 1))
		a.want(publish("t", "from a", 0, 0), &mqtt.Puback{ID: 1})
		a.send(&mqtt.Unsubscribe{ID: 2, Filters: [][]byte{[]byte("+"), []byte("none")}})
		a.want(&mqtt.Unsuback{ID: 2, Reasons: []mqtt.ReasonCode{0, mqtt.NoSubscriptionExisted}})
		a.send(publish("mine", "x", 0, 0))
		a.want()
	})
}

// AWS's "#" does not match its parent level, and wildcards do not match reserved topics.
func TestWildcards(t *testing.T) {
	bubble(t, func(f *fixture) {
		c := f.connect(mqtt.V311, "a")
		c.subscribe("sensor/#", 0)
		c.send(publish("sensor", "parent", 0, 0), publish("sensor/", "empty", 0, 0), publish("sensor/a/b", "deep", 0, 0))
		c.want(publish("sensor/", "empty", 0, 0), publish("sensor/a/b", "deep", 0, 0))
	})
}

// Properties travel to MQTT 5 receivers as they are, and not at all to others.
func TestProperties(t *testing.T) {
	bubble(t, func(f *fixture) {
		old, young, sender := f.connect(mqtt.V311, "old"), f.connect(mqtt.V5, "young"), f.connect(mqtt.V5, "sender")
		old.subscribe("t", 0)
		young.subscribe("t", 0)
		p := publish("t", "x", 0, 0)
		p.Properties = mqtt.Properties{PayloadFormat: mqtt.Some[byte](1), ContentType: []byte("text/plain"), ResponseTopic: []byte("answer"), CorrelationData: []byte{0, 1},
			MessageExpiry: mqtt.Some[uint32](60), User: []mqtt.UserProperty{{Key: []byte("k"), Value: []byte("1")}, {Key: []byte("k"), Value: []byte("2")}}}
		aliased := *p
		aliased.Properties.TopicAlias = mqtt.Some[uint16](8)
		sender.send(&aliased)
		old.want(publish("t", "x", 0, 0))
		young.want(p)
		expiring := func(asked, forwarded uint32) {
			t.Helper()
			in, out := publish("t", "", 0, 0), publish("t", "", 0, 0)
			in.Properties.MessageExpiry, out.Properties.MessageExpiry = mqtt.Some(asked), mqtt.Some(forwarded)
			sender.send(in)
			young.want(out)
		}
		expiring(0, 1)
		expiring(604_801, 604_800)
	})
}

func TestTopicAlias(t *testing.T) {
	alias := func(topic string, n uint16) *mqtt.Publish {
		p := publish(topic, "x", 0, 0)
		p.Properties.TopicAlias = mqtt.Some(n)
		return p
	}
	bubble(t, func(f *fixture) {
		c := f.connect(mqtt.V5, "a")
		c.subscribe("#", 0)
		c.send(alias("one", 1), alias("eight", 8), alias("", 1), alias("", 8), alias("other", 1), alias("", 1))
		for _, topic := range []string{"one", "eight", "one", "eight", "other", "other"} {
			c.t.Helper()
			if p := c.takeOne(); string(p.(*mqtt.Publish).Topic) != topic {
				t.Errorf("got %s, want %s", p.(*mqtt.Publish).Topic, topic)
			}
		}
	})
	refused := func(p *mqtt.Publish, code mqtt.ReasonCode, details string) {
		t.Helper()
		bubble(t, func(f *fixture) {
			c := f.connect(mqtt.V5, "a")
			f.facts.take()
			c.send(p)
			c.wantClosed(&mqtt.Disconnect{Reason: code, Properties: text(details)})
			f.facts.want(t, "Disconnect Success clientId=a details="+details+" disconnectReason=CLIENT_ERROR")
		})
	}
	refused(alias("t", 9), mqtt.TopicAliasInvalid, "PUBLISH: the topic alias is 9; at most 8 is allowed")
	refused(alias("", 2), mqtt.ProtocolError, "PUBLISH: the topic alias 2 was not introduced with a topic")
}

func TestPublishRefused(t *testing.T) {
	// code 0: the connection goes on in silence; puback: MQTT 5 says so in PUBACK.
	f := func(v mqtt.Version, p *mqtt.Publish, code mqtt.ReasonCode, puback bool, details string) {
		t.Helper()
		bubble(t, func(f *fixture) {
			c := f.connect(v, "a")
			f.facts.take()
			c.send(p, &mqtt.Pingreq{})
			retain := ""
			if p.Retain {
				retain = " retain=True"
			}
			facts := []string{"Publish-In ClientError topicName=" + string(p.Topic) + " clientId=a" + retain + " reason=CLIENT_ERROR details=" + details}
			switch {
			case code == 0:
				c.want(&mqtt.Pingresp{})
				facts = append(facts, "Ping Success clientId=a")
			case puback:
				c.want(&mqtt.Puback{ID: p.ID, Reason: code, Properties: text(details)}, &mqtt.Pingresp{})
				facts = append(facts, "Ping Success clientId=a")
			case v == mqtt.V5:
				c.wantClosed(&mqtt.Disconnect{Reason: code, Properties: text(details)})
			default:
				c.wantClosed()
			}
			if code != 0 && !puback {
				facts = append(facts, "Disconnect Success clientId=a details="+details+" disconnectReason=CLIENT_ERROR")
			}
			f.facts.want(t, facts...)
			if n := f.facts.sample("PublishIn.ClientError"); n != 1 {
				t.Errorf("PublishIn.ClientError is %v, want 1", n)
			}
		})
	}
	large := strings.Repeat("x", 128<<10+1)
	f(mqtt.V311, publish("t", large, 0, 0), mqtt.PacketTooLarge, false, "Payload size exceeds limit")
	f(mqtt.V5, publish("t", large, 1, 1), mqtt.PacketTooLarge, false, "Payload size exceeds limit")
	long := strings.Repeat("y", 257)
	f(mqtt.V311, publish(long, "", 1, 1), mqtt.TopicNameInvalid, false, "The topic has 257 bytes; at most 256 are allowed")
	f(mqtt.V5, publish(long, "", 1, 1), mqtt.TopicNameInvalid, true, "The topic has 257 bytes; at most 256 are allowed")
	f(mqtt.V5, publish(long, "", 0, 0), mqtt.TopicNameInvalid, false, "The topic has 257 bytes; at most 256 are allowed")
	f(mqtt.V5, publish("1/2/3/4/5/6/7/8/9", "", 1, 1), mqtt.TopicNameInvalid, true, "The topic has 8 slashes; at most 7 are allowed")
	f(mqtt.V5, publish("$SYS/x", "", 1, 1), mqtt.TopicNameInvalid, true, "The topic $SYS/x is reserved: clients cannot publish to topics that start with $")
	f(mqtt.V5, publish("$aws/things/a/shadow/update/delta", "", 1, 1), mqtt.TopicNameInvalid, true, "The reserved topic $aws/things/a/shadow/update/delta is for subscribing only")
	f(mqtt.V5, publish("$aws/things/a/shadow/get", "", 1, 1), mqtt.TopicNameInvalid, true,
		"The reserved topic $aws/things/a/shadow/get belongs to a service that this version does not offer")
	f(mqtt.V311, publish("t", "", 2, 1), 0, false, "QoS 2 is not supported")
	f(mqtt.V5, publish("t", "", 2, 1), mqtt.QoSNotSupported, false, "QoS 2 is not supported")
	with := func(p mqtt.Properties) *mqtt.Publish {
		return &mqtt.Publish{Topic: []byte("t"), QoS: 1, ID: 1, Properties: p}
	}
	f(mqtt.V5, with(mqtt.Properties{ContentType: []byte(long)}), mqtt.QuotaExceeded, true, "The Content Type of the message takes 257 bytes; at most 256 are allowed")
}

// A frame over the packet limit ends the connection before it has arrived, and the entry names the topic if that has.
func TestOversizeFrame(t *testing.T) {
	bubble(t, func(f *fixture) {
		c := f.connect(mqtt.V5, "a")
		f.facts.take()
		frame := mqtt.Append(nil, publish("big", strings.Repeat("x", 200_000), 1, 1), mqtt.V5)
		c.sendBytes(frame[:1000])
		const details = "PUBLISH: the packet has 200012 bytes; at most 149504 are accepted"
		c.wantClosed(&mqtt.Disconnect{Reason: mqtt.PacketTooLarge, Properties: text(details)})
		f.facts.want(t, "Publish-In ClientError topicName=big clientId=a reason=CLIENT_ERROR details=Payload size exceeds limit",
			"Disconnect Success clientId=a details="+details+" disconnectReason=CLIENT_ERROR")
	})
}

// The largest payload passes, to a receiver too.
func TestLargestPayload(t *testing.T) {
	bubble(t, func(f *fixture) {
		c := f.connect(mqtt.V5, "a")
		c.subscribe("t", 1)
		payload := strings.Repeat("x", 128<<10)
		c.send(publish("t", payload, 1, 1))
		c.want(publish("t", payload, 1, 1), &mqtt.Puback{ID: 1})
	})
}
