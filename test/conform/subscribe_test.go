package conform

import (
	"slices"
	"testing"

	"telltale/lang/mqtt"
)

// One SUBACK for all filters of a SUBSCRIBE, with a code for each, in order. [MQTT-3.8.4-1] [MQTT-3.8.4-2] [MQTT311-3.8.4-4]
// [MQTT311-3.8.4-5] [MQTT5-3.8.4-5] [MQTT5-3.8.4-6] [MQTT5-3.8.4-7] [MQTT-3.9.3-1] [MQTT-3.9.3-2] [MQTT-2.3.1-7] [MQTT-2.2.1-6]
func TestSuback(t *testing.T) {
	each(t, both, func(w *world) {
		c := w.connect("a")
		p := &mqtt.Subscribe{ID: 4242, Subscriptions: []mqtt.Subscription{
			{Filter: []byte(w.topic("a")), QoS: 1}, {Filter: []byte(w.topic("b/+")), QoS: 0}, {Filter: []byte(w.topic("c/#")), QoS: 1},
		}}
		c.send(p)
		if ack := take[*mqtt.Suback](c); ack.ID != 4242 || !slices.Equal(ack.Reasons, []mqtt.ReasonCode{1, 0, 1}) {
			w.t.Errorf("SUBACK %d %v", ack.ID, ack.Reasons)
		}
		for _, topic := range []string{"a", "b/x", "c/x/y"} {
			c.send(&mqtt.Publish{Topic: []byte(w.topic(topic)), Payload: []byte("all")})
			c.receive(w.topic(topic), "all", 0)
		}
		c.fence()
	})
}

// QoS 2 is granted where there is QoS 2, and ends an AWS connection. [MQTT5-3.2.2-10] [MQTT-3.8.4-1]
func TestSubscribeQoS2(t *testing.T) {
	in(t, []string{standard}, both, func(w *world) { w.connect("a").subscribe(w.topic("a"), 2) })
	in(t, []string{aws}, only5, func(w *world) {
		c := w.connect("a")
		c.send(&mqtt.Subscribe{ID: 1, Subscriptions: []mqtt.Subscription{{Filter: []byte(w.topic("a")), QoS: 2}}})
		c.ended(mqtt.QoSNotSupported)
	})
}

// A subscription to the same filter takes the place of the one before. [MQTT-3.8.4-3] [MQTT5-3.8.4-4]
func TestReplacedSubscription(t *testing.T) {
	each(t, both, func(w *world) {
		sub, pub := w.connect("sub"), w.connect("pub")
		sub.subscribe(w.topic("x"), 1)
		pub.publish(w.topic("x"), "one", 1)
		sub.subscribeAfter(w.topic("x"), "one", 0)
		pub.publish(w.topic("x"), "two", 1)
		sub.receive(w.topic("x"), "two", 0)
		sub.fence()
		sub.unsubscribe(w.topic("x"))
		pub.publish(w.topic("x"), "three", 1)
		sub.fence()
	})
}

// subscribeAfter takes the message that waits, and subscribes with another QoS.
func (c *client) subscribeAfter(filter, payload string, qos byte) {
	c.t.Helper()
	c.receive(filter, payload, 1)
	c.subscribe(filter, qos)
}

// [MQTT-3.10.4-1] [MQTT-3.10.4-2] [MQTT-3.10.4-4] [MQTT-3.10.4-5] [MQTT-3.10.4-6] [MQTT-3.11.3-1] [MQTT-3.11.3-2] [MQTT-2.3.1-7]
// [MQTT-2.2.1-6]
func TestUnsubscribe(t *testing.T) {
	each(t, both, func(w *world) {
		c := w.connect("a")
		for _, f := range []string{"a/+", "a/b", "a/#", "c"} {
			c.subscribe(w.topic(f), 0)
		}
		filters := [][]byte{[]byte(w.topic("a/+")), []byte(w.topic("A/b")), []byte(w.topic("+/b")), []byte(w.topic("a/#"))}
		c.send(&mqtt.Unsubscribe{ID: 77, Filters: filters})
		ack := take[*mqtt.Unsuback](c)
		if ack.ID != 77 {
			w.t.Errorf("UNSUBACK %d", ack.ID)
		}
		if w.v == mqtt.V5 && !slices.Equal(ack.Reasons, []mqtt.ReasonCode{0, mqtt.NoSubscriptionExisted, mqtt.NoSubscriptionExisted, 0}) {
			w.t.Errorf("UNSUBACK %v", ack.Reasons)
		}
		c.send(&mqtt.Publish{Topic: []byte(w.topic("a/b")), Payload: []byte("still")})
		c.receive(w.topic("a/b"), "still", 0)
		c.send(&mqtt.Publish{Topic: []byte(w.topic("a/x")), Payload: []byte("no more")})
		c.fence()
		if ack := c.unsubscribe(w.topic("never")); w.v == mqtt.V5 && ack.Reasons[0] != mqtt.NoSubscriptionExisted {
			w.t.Errorf("UNSUBACK %v for a filter that was not there", ack.Reasons)
		}
	})
}

// What was sent before UNSUBSCRIBE is completed after it. [MQTT-3.10.4-3]
func TestUnsubscribeCompletesDeliveries(t *testing.T) {
	each(t, both, func(w *world) {
		sub, pub := w.connect("sub", lasting), w.connect("pub")
		sub.subscribe(w.topic("x"), 1)
		pub.publish(w.topic("x"), "begun", 1)
		sub.expect(w.topic("x"), "begun", 1)
		sub.unsubscribe(w.topic("x"))
		pub.publish(w.topic("x"), "not begun", 1)
		sub.leave()
		sub = w.connect("sub", lasting)
		sub.receive(w.topic("x"), "begun", 1)
		sub.fence()
	})
}

// Subscription identifiers come back with what they match, where they are offered. [MQTT-3.3.4-3] [MQTT-3.3.4-4]
func TestSubscriptionIdentifiers(t *testing.T) {
	each(t, only5, func(w *world) {
		c, ack := w.join("a")
		for id, filter := range map[uint32]string{11: "a/+", 12: "a/#", 13: "b"} {
			c.send(&mqtt.Subscribe{ID: uint16(id), Subscriptions: []mqtt.Subscription{{Filter: []byte(w.topic(filter))}}, Properties: mqtt.Properties{SubscriptionIDs: []uint32{id}}})
			if w.profile == aws {
				if ack.Properties.SubscriptionIDsAllowed.Or(true) {
					w.t.Error("subscription identifiers are offered")
				}
				c.ended(mqtt.SubIDsNotSupported)
				return
			}
			take[*mqtt.Suback](c)
		}
		c.subscribe(w.topic("+/b"), 0)
		c.send(&mqtt.Publish{Topic: []byte(w.topic("a/b")), Payload: []byte("x")})
		ids := c.receive(w.topic("a/b"), "x", 0).Properties.SubscriptionIDs
		slices.Sort(ids)
		if !slices.Equal(ids, []uint32{11, 12}) {
			w.t.Errorf("the delivery has the identifiers %v; want 11 and 12", ids)
		}
		c.fence()
	})
}

// A client's PUBLISH has no subscription identifier. [MQTT-3.3.4-6]
func TestSubscriptionIdentifierOfAClient(t *testing.T) {
	each(t, only5, func(w *world) {
		c := w.connect("b")
		c.send(&mqtt.Publish{Topic: []byte("a"), Properties: mqtt.Properties{SubscriptionIDs: []uint32{1}}})
		c.ended(mqtt.ProtocolError, mqtt.Malformed)
	})
}
