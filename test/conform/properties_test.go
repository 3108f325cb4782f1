package conform

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"telltale/lang/mqtt"
)

// What a publisher says of its message reaches the subscriber as it was. [MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17]
// [MQTT-3.3.2-18] [MQTT-3.3.2-20] [MQTT-1.5.7-1]
func TestForwardedProperties(t *testing.T) {
	each(t, only5, func(w *world) {
		sub, pub := w.connect("sub"), w.connect("pub")
		sub.subscribe(w.topic("x"), 0)
		var user []mqtt.UserProperty
		for i := range 20 {
			user = append(user, mqtt.UserProperty{Key: fmt.Append(nil, "k", i*7%5), Value: fmt.Append(nil, "ü", i)})
		}
		want := mqtt.Properties{PayloadFormat: mqtt.Some(byte(1)), ContentType: []byte("text/ü"), ResponseTopic: []byte(w.topic("answer")), CorrelationData: []byte{0, 255, 1}, User: user}
		pub.publishAs(&mqtt.Publish{Topic: []byte(w.topic("x")), Payload: []byte("text"), QoS: 1, Properties: want})
		got := sub.receive(w.topic("x"), "text", 0).Properties
		if got.PayloadFormat != want.PayloadFormat || !bytes.Equal(got.ContentType, want.ContentType) || !bytes.Equal(got.ResponseTopic, want.ResponseTopic) || !bytes.Equal(got.CorrelationData, want.CorrelationData) {
			w.t.Errorf("got %+v; want %+v", got, want)
		}
		sameUser(w.t, got.User, user)
		pub.publish(w.topic("x"), "bare", 1)
		if got := sub.receive(w.topic("x"), "bare", 0).Properties; got.PayloadFormat.Present || got.ContentType != nil || got.ResponseTopic != nil || got.CorrelationData != nil || got.User != nil || got.MessageExpiry.Present {
			w.t.Errorf("a message without properties arrives with %+v", got)
		}
	})
}

// [MQTT-3.3.2-14] [MQTT-4.7.0-1]
func TestResponseTopicWithWildcards(t *testing.T) {
	each(t, only5, func(w *world) {
		for _, topic := range []string{"a/+", "#"} {
			c := w.connect("a")
			c.send(&mqtt.Publish{Topic: []byte(w.topic("x")), Properties: mqtt.Properties{ResponseTopic: []byte(topic)}})
			c.ended()
		}
	})
}

// An expiry interval is counted down, and a message that waited longer is not delivered. [MQTT-3.3.2-5] [MQTT-3.3.2-6]
func TestMessageExpiry(t *testing.T) {
	each(t, only5, func(w *world) {
		sub, pub := w.connect("sub", lasting), w.connect("pub")
		sub.subscribe(w.topic("#"), 1)
		expiring := func(name string, seconds uint32) {
			pub.publishAs(&mqtt.Publish{Topic: []byte(w.topic(name)), Payload: []byte(name), QoS: 1, Properties: mqtt.Properties{MessageExpiry: mqtt.Some(seconds)}})
		}
		expiring("now", 600)
		if left := sub.receive(w.topic("now"), "now", 1).Properties.MessageExpiry; !left.Present || left.Value > 600 || left.Value < 500 {
			w.t.Errorf("a message delivered at once has %v left", left)
		}
		sub.leave()
		expiring("short", 1)
		expiring("long", 600)
		w.wait(3)
		sub = w.connect("sub", lasting)
		if left := sub.receive(w.topic("long"), "long", 1).Properties.MessageExpiry; !left.Present || left.Value >= 600 || left.Value < 500 {
			w.t.Errorf("a message that waited has %v left of 600 seconds", left)
		}
	})
}

// wait lets seconds pass, by the broker's clock: a will with that delay tells when.
func (w *world) wait(seconds uint32) {
	w.t.Helper()
	watch := w.connect("watch")
	watch.subscribe(w.name+"clock", 0)
	w.connect("clock", lasting, func(p *mqtt.Connect) {
		p.Will = &mqtt.Will{Topic: []byte(w.name + "clock"), Payload: []byte("tick"), QoS: 1, Properties: mqtt.Properties{WillDelay: mqtt.Some(seconds)}}
	}).vanish()
	watch.receive(w.name+"clock", "tick", 0)
}

// Aliases stand for topics within one connection. [MQTT-3.3.2-12] [MQTT-3.3.2-7] [MQTT-3.3.2-8] [MQTT-3.3.2-9] [MQTT5-3.2.2-17]
func TestTopicAliases(t *testing.T) {
	each(t, only5, func(w *world) {
		sub := w.connect("sub")
		sub.subscribe(w.topic("#"), 0)
		pub, ack := w.join("pub")
		most := ack.Properties.TopicAliasMaximum.Value
		if most == 0 {
			w.t.Fatal("no topic aliases are offered")
		}
		aliased := func(topic string, alias uint16) *mqtt.Publish {
			return &mqtt.Publish{Topic: []byte(topic), Payload: []byte("p"), Properties: mqtt.Properties{TopicAlias: mqtt.Some(alias)}}
		}
		for _, alias := range []uint16{1, most} {
			topic := w.topic(fmt.Sprint("t", alias))
			pub.send(aliased(topic, alias), aliased("", alias))
			sub.receive(topic, "p", 0)
			sub.receive(topic, "p", 0)
		}
		pub.send(aliased(w.topic("other"), 1), aliased("", 1))
		sub.receive(w.topic("other"), "p", 0)
		sub.receive(w.topic("other"), "p", 0)
		pub.leave()
		fresh := w.connect("fresh")
		fresh.send(aliased("", 1)) // of another connection
		fresh.ended(mqtt.ProtocolError, mqtt.TopicAliasInvalid)
		for _, alias := range []uint16{0, most + 1} {
			c := w.connect(fmt.Sprint("bad", alias))
			c.send(aliased(w.topic("x"), alias))
			c.ended(mqtt.TopicAliasInvalid, mqtt.ProtocolError)
		}
		none := w.connect("none")
		none.send(&mqtt.Publish{Payload: []byte("neither topic nor alias")})
		none.ended(mqtt.ProtocolError, mqtt.TopicNameInvalid, mqtt.Malformed)
	})
}

// Aliases towards a client keep to what it allows. [MQTT-3.1.2-26] [MQTT-3.1.2-27] [MQTT-3.3.2-11]
func TestTopicAliasesOfTheServer(t *testing.T) {
	each(t, only5, func(w *world) {
		pub := w.connect("pub")
		for _, most := range []uint16{0, 2} {
			sub := w.connect(fmt.Sprint("sub", most), func(p *mqtt.Connect) {
				if most > 0 {
					p.Properties.TopicAliasMaximum = mqtt.Some(most)
				}
			})
			sub.subscribe(w.topic("#"), 0)
			known := map[uint16]string{}
			for i := range 12 {
				topic := w.topic(fmt.Sprint(i % 4))
				pub.publish(topic, fmt.Sprint(i), 0)
				p := take[*mqtt.Publish](sub)
				if alias := p.Properties.TopicAlias; alias.Present {
					if alias.Value == 0 || alias.Value > most {
						w.t.Fatalf("alias %d is sent to a client that allows %d", alias.Value, most)
					}
					if len(p.Topic) > 0 {
						known[alias.Value] = string(p.Topic)
					}
					p.Topic = []byte(known[alias.Value])
				}
				if string(p.Topic) != topic || string(p.Payload) != fmt.Sprint(i) {
					w.t.Errorf("got %s; want %s %d", show(p), topic, i)
				}
			}
			sub.leave()
		}
	})
}

// A client's maximum packet size: what is larger is dropped as if it had been sent. [MQTT5-3.1.2-24] [MQTT-3.1.2-25]
func TestMaximumPacketSizeOfTheClient(t *testing.T) {
	each(t, only5, func(w *world) {
		const most = 600
		sub, pub := w.connect("sub", func(p *mqtt.Connect) {
			p.Properties.MaximumPacketSize = mqtt.Some(uint32(most))
			p.Properties.ReceiveMaximum = mqtt.Some(uint16(1))
		}), w.connect("pub")
		sub.subscribe(w.topic("x"), 1)
		overhead := len(mqtt.AppendPublish(nil, &mqtt.Publish{Topic: []byte(w.topic("x")), QoS: 1, ID: 1, Payload: make([]byte, 200)}, w.v)) - 200
		fits := strings.Repeat("f", most-overhead)
		pub.publish(w.topic("x"), fits+"x", 1)
		pub.publish(w.topic("x"), fits, 1)
		sub.receive(w.topic("x"), fits, 1)
		pub.publish(w.topic("x"), fits+"xxx", 0) // two bytes less for the identifier
		pub.publish(w.topic("x"), "small", 1)
		sub.receive(w.topic("x"), "small", 1)
		sub.fence()
	})
}

// The server's maximum packet size is enforced. [MQTT-3.2.2-15]
func TestMaximumPacketSizeOfTheServer(t *testing.T) {
	each(t, only5, func(w *world) {
		c, ack := w.join("a")
		most := ack.Properties.MaximumPacketSize.Or(256 << 20)
		if most > 64<<20 {
			w.t.Skipf("the maximum packet size is %d", most)
		}
		header := mqtt.AppendPublish(nil, &mqtt.Publish{Topic: []byte(w.topic("x")), Payload: make([]byte, most)}, w.v)
		c.raw(header[:64])
		c.ended(mqtt.PacketTooLarge)
	})
}

// Reason strings are left out where the client wants none, or where they would not fit. [MQTT-3.1.2-29] [MQTT5-3.1.2-24] [MQTT-3.2.2-19]
// [MQTT-3.4.2-2] [MQTT-3.9.2-1] [MQTT-3.11.2-1] [MQTT-3.14.2-3] [MQTT-3.2.2-20] [MQTT-3.4.2-3] [MQTT-3.9.2-2] [MQTT-3.11.2-2] [MQTT-3.14.2-4]
func TestReasonStrings(t *testing.T) {
	each(t, only5, func(w *world) {
		for name, o := range map[string]option{"terse": func(p *mqtt.Connect) { p.Properties.RequestProblemInfo = mqtt.Some(false) }, "small": small} {
			plain := func(p mqtt.Packet, properties *mqtt.Properties) {
				w.t.Helper()
				if name == "terse" && (properties.ReasonString != nil || properties.User != nil) {
					w.t.Errorf("%v with %q %v to a client that wants no problem information", p.Type(), properties.ReasonString, properties.User)
				}
			}
			long := w.topic(strings.Repeat("y", 240-len(w.name)))
			for i, packet := range []mqtt.Packet{
				&mqtt.Subscribe{ID: 1, Subscriptions: []mqtt.Subscription{{Filter: []byte(long + "/#/x")}}},
				&mqtt.Subscribe{ID: 1, Subscriptions: []mqtt.Subscription{{Filter: []byte("$aws/unheard/of/" + long[:200])}}},
				&mqtt.Unsubscribe{ID: 2, Filters: [][]byte{[]byte(long)}},
				&mqtt.Publish{Topic: []byte("$aws/events/presence/connected/" + long[:200]), QoS: 1, ID: 3},
				&mqtt.Publish{Topic: []byte(long + "+")},
			} {
				c := w.connect(fmt.Sprint(name, i), o)
				c.send(packet)
				switch p := c.read().(type) {
				case *mqtt.Suback:
					plain(p, &p.Properties)
				case *mqtt.Unsuback:
					plain(p, &p.Properties)
				case *mqtt.Puback:
					plain(p, &p.Properties)
				case *mqtt.Disconnect: // may have a reason string
				default:
					w.t.Errorf("%v is answered with %s", packet.Type(), show(p))
				}
			}
		}
	})
}

// After the server's DISCONNECT the connection is closed and nothing follows. [MQTT5-3.14.4-1] [MQTT5-3.14.4-2] [MQTT-3.14.2-1]
// [MQTT-3.14.2-2] [MQTT5-4.13.2-1]
func TestDisconnectOfTheServer(t *testing.T) {
	each(t, only5, func(w *world) {
		c := w.connect("a")
		c.subscribe(w.topic("x"), 0)
		bad := []byte{0x00, 0x00}
		c.raw(append(bad, mqtt.AppendPublish(nil, &mqtt.Publish{Topic: []byte(w.topic("x"))}, w.v)...))
		d := take[*mqtt.Disconnect](c)
		if err := d.CheckFromServer(); err != nil || d.Reason != mqtt.Malformed && d.Reason != mqtt.ProtocolError {
			w.t.Errorf("DISCONNECT %v: %v", d.Reason, err)
		}
		if p := c.read(); p != nil {
			w.t.Errorf("%s came after DISCONNECT", show(p))
		}
	})
}

// A client's DISCONNECT with a reason that only servers have. [MQTT-3.14.2-1]
func TestDisconnectOfTheClient(t *testing.T) {
	each(t, only5, func(w *world) {
		c := w.connect("a")
		c.send(&mqtt.Disconnect{Reason: mqtt.ServerShuttingDown})
		c.ended(mqtt.ProtocolError)
	})
}
