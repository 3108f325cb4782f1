package broker

import (
	"testing"

	"telltale/lang/mqtt"
)

// What the standard profile gives beyond AWS's.
func TestStandardProfile(t *testing.T) {
	bubble(t, func(f *fixture) {
		c := f.dial(mqtt.V5)
		c.send(&mqtt.Connect{Version: mqtt.V5, CleanStart: true, ClientID: []byte("a"), Properties: mqtt.Properties{SessionExpiry: mqtt.Some[uint32](1<<32 - 1)}})
		c.want(&mqtt.Connack{Properties: mqtt.Properties{ReceiveMaximum: mqtt.Some[uint16](1000), RetainAvailable: mqtt.Some(true), WildcardAvailable: mqtt.Some(true),
			MaximumPacketSize: mqtt.Some[uint32](16 << 20), TopicAliasMaximum: mqtt.Some[uint16](100), SharedAvailable: mqtt.Some(true), SubscriptionIDsAllowed: mqtt.Some(true)}})
		c.subscribe("sensor/#", 2)
		c.send(publish("sensor", "parent", 0, 0), publish("$mine", "free", 1, 1), publish("1/2/3/4/5/6/7/8/9/10", "deep", 1, 2), publish("$SYS/x", "", 1, 3))
		c.want(publish("sensor", "parent", 0, 0), &mqtt.Puback{ID: 1}, &mqtt.Puback{ID: 2},
			&mqtt.Puback{ID: 3, Reason: mqtt.TopicNameInvalid, Properties: text("The topic $SYS/x is reserved: clients cannot publish to topics that start with $")})
		old := f.dial(mqtt.V311)
		old.send(&mqtt.Connect{Version: mqtt.V311, CleanStart: true})
		old.want(&mqtt.Connack{})
		_, id := f.certificate(home, "ACTIVE", document(pick{"Deny", "iot:Connect", "*"}))
		denied := f.dialAs(mqtt.V311, home, id)
		denied.send(&mqtt.Connect{Version: mqtt.V311, CleanStart: true, ClientID: []byte("b")})
		denied.wantClosed(&mqtt.Connack{Reason: mqtt.ReturnNotAuthorized})
	}, standard)
}

// A message that matches several subscriptions comes once, with the identifiers of all. [MQTT-3.3.4-4]
func TestSubscriptionIdentifiers(t *testing.T) {
	for _, qos := range []byte{0, 1} {
		bubble(t, func(f *fixture) {
			for _, c := range []*client{f.connect(mqtt.V5, "a"), f.persist(mqtt.V5, "b", false)} {
				for id, filter := range map[uint32]string{7: "t/+", 300: "#"} {
					s := &mqtt.Subscribe{ID: 1, Subscriptions: []mqtt.Subscription{{Filter: []byte(filter), QoS: qos}}, Properties: mqtt.Properties{SubscriptionIDs: []uint32{id}}}
					c.send(s)
					c.want(&mqtt.Suback{ID: 1, Reasons: []mqtt.ReasonCode{mqtt.ReasonCode(qos)}})
				}
				f.connect(mqtt.V311, "sender").send(publish("t/1", "x", 1, 1))
				ids := c.takeOne().(*mqtt.Publish).Properties.SubscriptionIDs
				if len(ids) != 2 || ids[0]+ids[1] != 307 || len(c.take()) != 0 {
					t.Errorf("got %v", ids)
				}
			}
		}, standard)
	}
}

// A client that takes topic aliases is taught them, as many as it takes, and not in messages that may come late.
func TestAliasesToClient(t *testing.T) {
	bubble(t, func(f *fixture) {
		c := f.dial(mqtt.V5).connect(&mqtt.Connect{ClientID: []byte("a"), Properties: mqtt.Properties{TopicAliasMaximum: mqtt.Some[uint16](1), ReceiveMaximum: mqtt.Some[uint16](1)}})
		c.subscribe("+", 1)
		sender := f.connect(mqtt.V311, "sender")
		sender.send(publish("one", "", 0, 0), publish("two", "", 0, 0), publish("one", "", 1, 1), publish("one", "", 1, 2))
		taught, known := publish("one", "", 0, 0), publish("", "", 1, 1)
		taught.Properties.TopicAlias, known.Properties.TopicAlias = mqtt.Some[uint16](1), mqtt.Some[uint16](1)
		c.want(taught, publish("two", "", 0, 0), known)
		c.send(&mqtt.Puback{ID: 1})
		c.want(publish("one", "", 1, 2))
	})
}

// Request Response Information gets none, which the standard allows. [MQTT-3.1.2-28]
func TestNoResponseInformation(t *testing.T) {
	bubble(t, func(f *fixture) {
		c := f.dial(mqtt.V5)
		c.send(&mqtt.Connect{Version: mqtt.V5, CleanStart: true, ClientID: []byte("a"), KeepAlive: 60, Properties: mqtt.Properties{RequestResponseInfo: mqtt.Some(true)}})
		c.want(&mqtt.Connack{Properties: offered})
	})
}
