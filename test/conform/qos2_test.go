package conform

import (
	"testing"

	"telltale/lang/mqtt"
)

// Messages of QoS 2: exactly one delivery, whatever is repeated. [MQTT311-4.3.3-2] [MQTT5-4.3.3-8] [MQTT5-4.3.3-10] [MQTT5-4.3.3-11]
// [MQTT5-4.3.3-12] [MQTT-2.3.1-6] [MQTT-2.2.1-5] [MQTT-3.3.4-1] [MQTT5-3.5.2-1] [MQTT5-3.7.2-1]
func TestQoS2Receiver(t *testing.T) {
	in(t, []string{standard}, both, func(w *world) {
		sub, pub := w.connect("sub"), w.connect("pub", lasting)
		sub.subscribe(w.topic("x"), 0)
		send := func(payload string, dup bool) {
			pub.send(&mqtt.Publish{Topic: []byte(w.topic("x")), Payload: []byte(payload), QoS: 2, ID: 300, Dup: dup})
			if rec := take[*mqtt.Pubrec](pub); rec.ID != 300 || rec.Reason.Failed() {
				w.t.Fatalf("PUBREC %d %v", rec.ID, rec.Reason)
			}
		}
		send("one", false)
		send("one", true)
		pub.vanish()
		pub = w.connect("pub", lasting)
		send("one", true)
		pub.release(300)
		sub.receive(w.topic("x"), "one", 0)
		sub.fence()
		send("two", false)
		pub.release(300)
		sub.receive(w.topic("x"), "two", 0)
		sub.fence()
	})
}

// A PUBREL for an identifier that is not known is answered all the same. [MQTT311-4.3.3-2] [MQTT5-4.3.3-11]
func TestUnknownPubrel(t *testing.T) {
	in(t, []string{standard}, both, func(w *world) {
		c := w.connect("a")
		c.send(&mqtt.Pubrel{ID: 999})
		if comp := take[*mqtt.Pubcomp](c); comp.ID != 999 {
			w.t.Errorf("PUBCOMP %d %v", comp.ID, comp.Reason)
		}
	})
}

// The sender of QoS 2 sends PUBLISH again until PUBREC, and PUBREL, never PUBLISH, until PUBCOMP. [MQTT311-4.3.3-1] [MQTT5-4.3.3-1]
// [MQTT5-4.3.3-2] [MQTT5-4.3.3-3] [MQTT5-4.3.3-4] [MQTT5-4.3.3-5] [MQTT5-4.3.3-6] [MQTT-4.4.0-1] [MQTT-3.3.1-1] [MQTT5-3.6.2-1]
func TestQoS2Sender(t *testing.T) {
	in(t, []string{standard}, both, func(w *world) {
		sub, pub := w.connect("sub", lasting), w.connect("pub")
		sub.subscribe(w.topic("x"), 2)
		pub.publish(w.topic("x"), "one", 2)
		first := sub.expect(w.topic("x"), "one", 2)
		if first.Dup || first.ID == 0 {
			w.t.Errorf("the first PUBLISH has DUP %v and identifier %d", first.Dup, first.ID)
		}
		sub.vanish()
		sub = w.connect("sub", lasting)
		if again := sub.expect(w.topic("x"), "one", 2); !again.Dup || again.ID != first.ID {
			w.t.Errorf("the second PUBLISH has DUP %v and identifier %d; want %d", again.Dup, again.ID, first.ID)
		}
		sub.send(&mqtt.Pubrec{ID: first.ID})
		if rel := take[*mqtt.Pubrel](sub); rel.ID != first.ID {
			w.t.Errorf("PUBREL %d", rel.ID)
		}
		sub.vanish()
		sub = w.connect("sub", lasting)
		if rel := take[*mqtt.Pubrel](sub); rel.ID != first.ID {
			w.t.Errorf("after reconnecting: PUBREL %d", rel.ID)
		}
		sub.send(&mqtt.Pubcomp{ID: first.ID})
		sub.fence()
		sub.leave()
		w.connect("sub", lasting).fence()
	})
}

// A PUBREC that says failure ends the exchange. [MQTT5-4.4.0-2] [MQTT5-4.3.3-4]
func TestFailedPubrec(t *testing.T) {
	in(t, []string{standard}, only5, func(w *world) {
		sub, pub := w.connect("sub", lasting), w.connect("pub")
		sub.subscribe(w.topic("x"), 2)
		pub.publish(w.topic("x"), "refused", 2)
		sub.send(&mqtt.Pubrec{ID: sub.expect(w.topic("x"), "refused", 2).ID, Reason: mqtt.QuotaExceeded})
		sub.fence()
		sub.leave()
		w.connect("sub", lasting).fence()
	})
}

// AWS has no QoS 2: a client of 3.1.1 gets no answer, one of 5 is told. [MQTT-3.3.4-1] [MQTT-3.8.4-1]
func TestNoQoS2(t *testing.T) {
	in(t, []string{aws}, both, func(w *world) {
		for _, p := range []mqtt.Packet{
			&mqtt.Publish{Topic: []byte(w.topic("x")), QoS: 2, ID: 1},
			&mqtt.Subscribe{ID: 2, Subscriptions: []mqtt.Subscription{{Filter: []byte(w.topic("x")), QoS: 2}}},
		} {
			c := w.connect("a")
			c.send(p)
			if w.v == mqtt.V5 {
				c.ended(mqtt.QoSNotSupported)
			} else {
				c.fence()
			}
		}
	})
}

// A PUBLISH of QoS 2 that is refused does not use up its identifier. [MQTT5-4.3.3-9] [MQTT5-3.5.2-1] [MQTT5-3.5.2-2] [MQTT5-3.5.2-3]
func TestRefusedQoS2(t *testing.T) {
	in(t, []string{standard}, only5, func(w *world) {
		sub := w.connect("sub")
		sub.subscribe(w.topic("x"), 0)
		pub := w.connect("pub", small)
		pub.send(&mqtt.Publish{Topic: []byte("$aws/events/presence/connected/" + w.name), QoS: 2, ID: 5})
		rec := take[*mqtt.Pubrec](pub)
		if !rec.Reason.Failed() {
			w.t.Fatalf("PUBREC %v %q", rec.Reason, rec.Properties.ReasonString)
		}
		pub.send(&mqtt.Publish{Topic: []byte(w.topic("x")), Payload: []byte("new"), QoS: 2, ID: 5})
		if rec := take[*mqtt.Pubrec](pub); rec.ID != 5 || rec.Reason.Failed() {
			w.t.Fatalf("PUBREC %v", rec.Reason)
		}
		pub.release(5)
		sub.receive(w.topic("x"), "new", 0)
	})
}

// atLeast is the smallest maximum packet size that the broker takes, in both profiles.
const atLeast = 512

// small asks for the smallest packets; every frame that comes is held against it.
func small(p *mqtt.Connect) { p.Properties.MaximumPacketSize = mqtt.Some(uint32(atLeast)) }

// PUBREL and PUBCOMP fit into what the client takes, reasons left out. [MQTT5-3.6.2-2] [MQTT5-3.6.2-3] [MQTT5-3.7.2-2] [MQTT5-3.7.2-3]
// [MQTT5-3.1.2-29]
func TestSmallAcknowledgements(t *testing.T) {
	in(t, []string{standard}, only5, func(w *world) {
		terse := w.connect("terse", func(p *mqtt.Connect) { p.Properties.RequestProblemInfo = mqtt.Some(false) })
		for _, c := range []*client{terse, w.connect("small", small)} {
			c.send(&mqtt.Pubrec{ID: 77}, &mqtt.Pubrel{ID: 78})
			rel, comp := take[*mqtt.Pubrel](c), take[*mqtt.Pubcomp](c)
			if rel.ID != 77 || rel.Properties.ReasonString != nil || rel.Properties.User != nil || comp.ID != 78 || comp.Properties.ReasonString != nil || comp.Properties.User != nil {
				w.t.Errorf("%s: PUBREL %+v, PUBCOMP %+v", c.id, rel, comp)
			}
		}
	})
}

// An exchange that was begun goes on though its message has expired. [MQTT5-4.3.3-7] [MQTT5-4.3.3-13]
func TestExpiryWithinQoS2(t *testing.T) {
	in(t, []string{standard}, only5, func(w *world) {
		sub, pub := w.connect("sub", lasting), w.connect("pub")
		sub.subscribe(w.topic("x"), 2)
		short := mqtt.Properties{MessageExpiry: mqtt.Some(uint32(1))}
		pub.publishAs(&mqtt.Publish{Topic: []byte(w.topic("x")), Payload: []byte("sent"), QoS: 2, Properties: short})
		sent := sub.expect(w.topic("x"), "sent", 2)
		sub.vanish()
		pub.send(&mqtt.Publish{Topic: []byte(w.topic("y")), Payload: []byte("begun"), QoS: 2, ID: 900, Properties: short})
		take[*mqtt.Pubrec](pub)
		w.wait(2)
		pub.release(900)
		sub = w.connect("sub", lasting)
		if again := sub.receive(w.topic("x"), "sent", 2); again.ID != sent.ID {
			w.t.Errorf("identifier %d; want %d", again.ID, sent.ID)
		}
	})
}
