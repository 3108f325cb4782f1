package conform

import (
	"testing"

	"telltale/lang/mqtt"
)

// retain publishes a message to be retained, or removes it with an empty payload.
func (c *client) retain(topic, payload string, qos byte) {
	c.t.Helper()
	c.publishAs(&mqtt.Publish{Topic: []byte(topic), Payload: []byte(payload), QoS: qos, Retain: true})
}

// ask subscribes and returns the retained messages that come, acknowledged, until a PING after the SUBACK is answered.
func (c *client) ask(s mqtt.Subscription) (got []*mqtt.Publish) {
	c.t.Helper()
	c.send(&mqtt.Subscribe{ID: c.nextID(), Subscriptions: []mqtt.Subscription{s}})
	granted := false
	for {
		switch p := c.read().(type) {
		case *mqtt.Suback:
			if p.Reasons[0].Failed() {
				c.t.Fatalf("%q is not granted: %v", s.Filter, p.Reasons)
			}
			granted = true
			c.send(&mqtt.Pingreq{})
		case *mqtt.Publish:
			got = append(got, p)
			if p.QoS == 1 {
				c.send(&mqtt.Puback{ID: p.ID})
			}
		case *mqtt.Pingresp:
			if granted {
				return got
			}
		default:
			c.t.Fatalf("got %s", show(p))
		}
	}
}

// retained wants a new subscriber to a filter to get exactly one message, or none where payload is empty.
func (w *world) retained(filter, payload string, qos byte) {
	w.t.Helper()
	c := w.connect("asks" + payload)
	defer c.leave()
	got := c.ask(mqtt.Subscription{Filter: []byte(filter), QoS: 1})
	switch {
	case payload == "" && len(got) > 0:
		w.t.Errorf("%s is retained; want nothing", show(got[0]))
	case payload == "":
	case len(got) != 1 || string(got[0].Payload) != payload || got[0].QoS != qos || !got[0].Retain || got[0].Dup:
		w.t.Errorf("a new subscriber to %s gets %d messages %+v; want %s with QoS %d and RETAIN", filter, len(got), got, payload, qos)
	}
}

// [MQTT311-3.3.1-5] [MQTT311-3.3.1-6] [MQTT311-3.3.1-7] [MQTT311-3.3.1-8] [MQTT311-3.3.1-10] [MQTT311-3.3.1-11] [MQTT311-3.3.1-12]
// [MQTT311-3.1.2-7] [MQTT5-3.3.1-5] [MQTT5-3.3.1-6] [MQTT5-3.3.1-7] [MQTT5-3.3.1-8] [MQTT5-3.3.1-9]
func TestRetained(t *testing.T) {
	each(t, both, func(w *world) {
		pub, topic := w.connect("pub"), w.topic("x")
		pub.retain(topic, "one", 1)
		w.retained(topic, "one", 1)
		pub.retain(topic, "two", 0)
		w.retained(topic, "two", 0)
		pub.publish(topic, "passing", 1)
		pub.publish(topic, "", 1)
		w.retained(topic, "two", 0)
		pub.leave() // the session is over, the message is not
		w.retained(topic, "two", 0)
		pub, sub := w.connect("pub2"), w.connect("sub")
		sub.ask(mqtt.Subscription{Filter: []byte(topic)})
		pub.retain(topic, "", 1)
		if p := sub.receive(topic, "", 0); p.Retain {
			w.t.Error("RETAIN is set in the message that removes")
		}
		w.retained(topic, "", 0)
	})
}

// A subscription that stands gets RETAIN 0, unless it asked for the flag as published. [MQTT311-3.3.1-9] [MQTT5-3.3.1-12] [MQTT5-3.3.1-13]
func TestRetainAsPublished(t *testing.T) {
	each(t, both, func(w *world) {
		plain, as, pub := w.connect("plain"), w.connect("as"), w.connect("pub")
		topic := w.topic("x")
		plain.subscribe(topic, 0)
		as.subscribeAs(mqtt.Subscription{Filter: []byte(topic), RetainAsPublished: true})
		pub.retain(topic, "r", 1)
		pub.publish(topic, "n", 1)
		for _, payload := range []string{"r", "n"} {
			if plain.receive(topic, payload, 0).Retain {
				w.t.Errorf("RETAIN is set in %s", payload)
			}
			if as.receive(topic, payload, 0).Retain != (w.v == mqtt.V5 && payload == "r") {
				w.t.Errorf("RETAIN is not as published in %s", payload)
			}
		}
	})
}

// [MQTT5-3.3.1-9] [MQTT5-3.3.1-10] [MQTT5-3.3.1-11] [MQTT5-3.8.4-4]
func TestRetainHandling(t *testing.T) {
	each(t, only5, func(w *world) {
		topic := w.topic("x")
		w.connect("pub").retain(topic, "r", 1)
		try := func(c *client, handling byte, want int) {
			w.t.Helper()
			if got := c.ask(mqtt.Subscription{Filter: []byte(topic), QoS: 1, RetainHandling: handling}); len(got) != want {
				w.t.Errorf("retain handling %d: %d messages; want %d", handling, len(got), want)
			}
		}
		for handling, want := range [][2]int{0: {1, 1}, 1: {1, 0}, 2: {0, 0}} {
			c := w.connect("sub" + string(rune('0'+handling)))
			try(c, byte(handling), want[0])
			try(c, byte(handling), want[1])
			c.leave()
		}
	})
}

// Wildcards find what is retained, but not on AWS. [MQTT311-3.3.1-6] [MQTT5-3.3.1-9] [MQTT311-3.8.4-3]
func TestRetainedOfWildcards(t *testing.T) {
	each(t, both, func(w *world) {
		pub := w.connect("pub")
		for _, topic := range []string{"a/1", "a/2", "b"} {
			pub.retain(w.topic(topic), topic, 1)
		}
		c, want := w.connect("sub"), 0
		if w.profile == standard {
			want = 2
		}
		for range 2 { // a subscription made again gets them again
			if got := c.ask(mqtt.Subscription{Filter: []byte(w.topic("a/+")), QoS: 1}); len(got) != want {
				w.t.Errorf("a/+ gets %d retained messages; want %d", len(got), want)
			}
		}
	})
}

// [MQTT5-3.3.2-6] [MQTT5-3.3.2-17]
func TestRetainedProperties(t *testing.T) {
	each(t, only5, func(w *world) {
		pub := w.connect("pub")
		pub.publishAs(&mqtt.Publish{Topic: []byte(w.topic("x")), Payload: []byte("r"), QoS: 1, Retain: true, Properties: mqtt.Properties{
			MessageExpiry: mqtt.Some(uint32(1000)), ContentType: []byte("text/plain"), User: []mqtt.UserProperty{{Key: []byte("k"), Value: []byte("v")}},
		}})
		got := w.connect("sub").ask(mqtt.Subscription{Filter: []byte(w.topic("x"))})
		if len(got) != 1 {
			w.t.Fatalf("%d messages", len(got))
		}
		p := &got[0].Properties
		if left := p.MessageExpiry.Value; string(p.ContentType) != "text/plain" || len(p.User) != 1 || left == 0 || left > 1000 {
			w.t.Errorf("the retained message has %+v", *p)
		}
	})
}
