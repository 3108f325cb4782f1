package broker

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"telltale/base/fault"
	"telltale/lang/mqtt"
)

func retain(topic, payload string, qos byte, id uint16) *mqtt.Publish {
	p := publish(topic, payload, qos, id)
	p.Retain = true
	return p
}

// A retained message is there for who subscribes later, with the RETAIN flag, and for subscribers of the moment without it.
func TestRetained(t *testing.T) {
	bubble(t, func(f *fixture) {
		early := f.connect(mqtt.V5, "early")
		early.send(&mqtt.Subscribe{ID: 1, Subscriptions: []mqtt.Subscription{{Filter: []byte("t/1"), QoS: 1}}})
		early.take()
		flagged := f.connect(mqtt.V5, "flagged")
		flagged.send(&mqtt.Subscribe{ID: 1, Subscriptions: []mqtt.Subscription{{Filter: []byte("t/1"), QoS: 1, RetainAsPublished: true}}})
		flagged.take()
		sender := f.connect(mqtt.V311, "sender")
		f.facts.take()
		sender.send(retain("t/1", "old", 1, 1), retain("t/1", "kept", 1, 2))
		sender.want(&mqtt.Puback{ID: 1}, &mqtt.Puback{ID: 2})
		if got := f.facts.take()[0].text; got != "Publish-In Success topicName=t/1 clientId=sender retain=True" {
			t.Errorf("got %s", got)
		}
		if n := f.facts.sample("PublishRetained.Success"); n != 2 {
			t.Errorf("PublishRetained.Success is %v, want 2", n)
		}
		early.want(publish("t/1", "old", 1, 1), publish("t/1", "kept", 1, 2))
		flagged.want(retain("t/1", "old", 1, 1), retain("t/1", "kept", 1, 2))
		f.again()
		late := f.connect(mqtt.V311, "late")
		late.send(&mqtt.Subscribe{ID: 1, Subscriptions: []mqtt.Subscription{{Filter: []byte("t/1"), QoS: 1}, {Filter: []byte("t/+"), QoS: 1}}})
		late.want(&mqtt.Suback{ID: 1, Reasons: []mqtt.ReasonCode{1, 1}}, retain("t/1", "kept", 1, 1)) // wildcards get none
		late.send(retain("t/1", "", 0, 0))                                                            // deletes it, and is delivered
		late.want(publish("t/1", "", 0, 0))
		f.connect(mqtt.V311, "last").subscribe("t/1", 1)
	}, durable(t))
}

func TestRetainHandling(t *testing.T) {
	bubble(t, func(f *fixture) {
		f.connect(mqtt.V311, "sender").send(retain("t", "x", 1, 1))
		c := f.connect(mqtt.V5, "a")
		try := func(handling byte, want bool) {
			t.Helper()
			c.send(&mqtt.Subscribe{ID: 1, Subscriptions: []mqtt.Subscription{{Filter: []byte("t"), RetainHandling: handling}}})
			if n := len(c.take()); n != map[bool]int{true: 2, false: 1}[want] {
				t.Errorf("handling %d: %d packets", handling, n)
			}
		}
		try(2, false)
		try(1, false)
		try(0, true)
		c.send(&mqtt.Unsubscribe{ID: 1, Filters: [][]byte{[]byte("t")}})
		c.take()
		try(1, true)
	})
}

// In the standard profile filters with wildcards get retained messages, in order, and not those of topics that start with $.
func TestRetainedWildcards(t *testing.T) {
	bubble(t, func(f *fixture) {
		sender := f.connect(mqtt.V311, "sender")
		for i, name := range []string{"a/c", "a/b", "a", "b", "$x/y"} {
			sender.send(retain(name, name, 1, uint16(i+1)))
		}
		got := func(filter string) (topics []string) {
			c := f.connect(mqtt.V311, "c")
			c.send(filters(filter))
			for _, p := range c.take()[1:] {
				topics = append(topics, string(p.(*mqtt.Publish).Topic))
			}
			return topics
		}
		try := func(filter string, want ...string) {
			t.Helper()
			if topics := got(filter); !slices.Equal(topics, want) {
				t.Errorf("%s got %q, want %q", filter, topics, want)
			}
		}
		try("a/#", "a", "a/b", "a/c")
		try("#", "a", "a/b", "a/c", "b")
		try("$x/+", "$x/y")
		try("+/b", "a/b")
	}, standard)
}

func TestRetainedExpires(t *testing.T) {
	bubble(t, func(f *fixture) {
		p := retain("t", "x", 1, 1)
		p.Properties.MessageExpiry = mqtt.Some[uint32](100)
		f.connect(mqtt.V5, "sender").send(p)
		time.Sleep(60 * time.Second)
		c := f.connect(mqtt.V5, "a")
		c.send(filters("t"))
		if got := c.take()[1].(*mqtt.Publish).Properties.MessageExpiry; got.Value != 40 {
			t.Errorf("expiry %v, want 40", got)
		}
		time.Sleep(41 * time.Second)
		c = f.connect(mqtt.V5, "b")
		c.send(filters("t"))
		c.want(&mqtt.Suback{ID: 7, Reasons: []mqtt.ReasonCode{0}})
	})
}

// What exceeds a quota of retained messages is discarded, told, and answered where MQTT 5 has an answer.
func TestRetainedQuotas(t *testing.T) {
	f := func(name, details string, adjust func(*Config)) {
		t.Helper()
		bubble(t, func(f *fixture) {
			c := f.connect(mqtt.V5, "a")
			c.send(retain("t", "x", 1, 1))
			c.want(&mqtt.Puback{ID: 1})
			f.facts.take()
			c.send(retain(name, "x", 1, 2))
			c.want(&mqtt.Puback{ID: 2, Reason: mqtt.QuotaExceeded, Properties: text(details)})
			f.facts.want(t, "Publish-In Throttle topicName="+name+" clientId=a retain=True reason=THROTTLED details="+details)
			if n := f.facts.sample("PublishRetained.Throttle"); n != 1 {
				t.Errorf("PublishRetained.Throttle is %v", n)
			}
		}, adjust)
	}
	f("u", "The account has 1 retained messages; more are not allowed", func(c *Config) { c.Limits.Retained = 1 })
	f("u", "The account has more than 1 retained messages a second", func(c *Config) { c.Rates.Retained = 1 })
	f("t", "The topic has more than 1 retained messages a second", func(c *Config) { c.Rates.RetainedTopic = 1 })
}

// Reserved topics retain nothing, and two permissions are needed elsewhere.
func TestRetainRefused(t *testing.T) {
	bubble(t, func(f *fixture) {
		f.Handle("$aws/things/+/shadow/#", echo{f.Broker})
		c, _ := f.member(mqtt.V5, "a", document(pick{"Allow", "iot:Connect", "*"}, pick{"Allow", "iot:Publish", "*"}))
		c.send(retain("$aws/things/a/shadow/get", "", 1, 1), retain("t", "x", 1, 2), publish("t", "x", 1, 3))
		var codes []mqtt.ReasonCode
		for _, p := range c.take() {
			codes = append(codes, p.(*mqtt.Puback).Reason)
		}
		if want := []mqtt.ReasonCode{mqtt.TopicNameInvalid, mqtt.NotAuthorized, 0}; !slices.Equal(codes, want) {
			t.Errorf("got %v, want %v", codes, want)
		}
		for _, x := range f.facts.take() {
			if x.kind == "Publish-In" && strings.Contains(x.text, "AuthError") {
				if e := reason(t, x); e.Action != "iot:RetainPublish" || e.Resource != topicARN(home, "t") {
					t.Errorf("explanation %+v", e)
				}
			}
		}
	})
}

// What the API reads of retained messages: one, and all of them page by page. Those that expired are gone, and deleted within the hour.
func TestRetainedForAPI(t *testing.T) {
	bubble(t, func(f *fixture) {
		sender := f.connect(mqtt.V5, "sender")
		for i, name := range []string{"c", "a", "b", "soon"} {
			p := retain(name, "of "+name, 1, uint16(i+1))
			if name == "soon" {
				p.Properties.MessageExpiry = mqtt.Some[uint32](10)
			}
			sender.send(p)
		}
		at := time.Now()
		time.Sleep(11 * time.Second)
		m, err := f.Broker.Retained(context.Background(), home, "b")
		if err != nil || string(m.Payload) != "of b" || m.QoS != 1 || !m.Modified.Equal(at) {
			t.Errorf("got %+v, %v", m, err)
		}
		if _, err := f.Broker.Retained(context.Background(), home, "soon"); !fault.Is(err, fault.NotFound) {
			t.Errorf("got %v", err)
		}
		var names []string
		for next, more := "", true; more; more = next != "" {
			var list []*RetainedMessage
			if list, next, err = f.ListRetained(context.Background(), home, next, 2); err != nil {
				t.Fatal(err)
			}
			for _, m := range list {
				names = append(names, fmt.Sprint(m.Topic, m.Size))
			}
		}
		if want := []string{"a4", "b4", "c4"}; !slices.Equal(names, want) {
			t.Errorf("got %q, want %q", names, want)
		}
		time.Sleep(time.Hour)
		if _, n := f.domain(home).retained.has(""); n != 3 {
			t.Errorf("%d topics are left, want 3", n)
		}
	})
}
