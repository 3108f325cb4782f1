package conform

import (
	"fmt"
	"testing"

	"telltale/lang/mqtt"
)

// [MQTT-4.3.1-1] [MQTT-2.3.1-5] [MQTT-2.2.1-2] [MQTT-3.3.1-2] [MQTT-3.3.4-1] [MQTT-7.1.1-1] [MQTT-4.2-1] [MQTT5-4.7.3-3]
func TestQoS0(t *testing.T) {
	each(t, both, func(w *world) {
		sub, pub := w.connect("sub"), w.connect("pub")
		sub.subscribe(w.topic("x"), 0)
		pub.publish(w.topic("x"), "hello", 0)
		if p := sub.expect(w.topic("x"), "hello", 0); p.Dup || p.ID != 0 || p.Retain {
			w.t.Errorf("got DUP %v, identifier %d, RETAIN %v", p.Dup, p.ID, p.Retain)
		}
		sub.fence()
	})
}

// The receiver of QoS 1 acknowledges with the identifier it was sent; after that the identifier is a new message, whatever DUP says.
// [MQTT311-4.3.2-2] [MQTT5-4.3.2-4] [MQTT5-4.3.2-5] [MQTT-2.3.1-6] [MQTT-2.2.1-5] [MQTT-3.3.4-1] [MQTT5-3.4.2-1]
func TestQoS1Receiver(t *testing.T) {
	each(t, both, func(w *world) {
		sub, pub := w.connect("sub"), w.connect("pub")
		sub.subscribe(w.topic("x"), 0)
		for i, dup := range []bool{false, true, false} {
			pub.publishAs(&mqtt.Publish{Topic: []byte(w.topic("x")), Payload: []byte{byte('0' + i)}, QoS: 1, ID: 65535, Dup: dup})
			sub.receive(w.topic("x"), fmt.Sprint(i), 0)
		}
	})
}

// The sender of QoS 1 gives each message an identifier that is not in use, with DUP 0, whatever the publisher's were.
// [MQTT311-4.3.2-1] [MQTT5-4.3.2-1] [MQTT5-4.3.2-2] [MQTT-2.3.1-4] [MQTT-2.2.1-4] [MQTT-3.3.1-3]
func TestQoS1Sender(t *testing.T) {
	each(t, both, func(w *world) {
		sub, pub := w.connect("sub"), w.connect("pub")
		sub.subscribe(w.topic("x"), 1)
		used := map[uint16]bool{}
		for i := range 5 {
			pub.publishAs(&mqtt.Publish{Topic: []byte(w.topic("x")), Payload: fmt.Append(nil, i), QoS: 1, ID: 9, Dup: true})
			p := sub.expect(w.topic("x"), fmt.Sprint(i), 1)
			if p.Dup || p.ID == 0 || used[p.ID] {
				w.t.Errorf("message %d has DUP %v and identifier %d", i, p.Dup, p.ID)
			}
			used[p.ID] = true
		}
	})
}

// A delivery has the lower of the QoS published and the QoS granted. [MQTT311-3.8.4-6] [MQTT5-3.8.4-8]
func TestQoSOfDeliveries(t *testing.T) {
	each(t, both, func(w *world) {
		highest := byte(1)
		if w.profile == standard {
			highest = 2
		}
		pub := w.connect("pub")
		for granted := range highest + 1 {
			sub := w.connect(fmt.Sprint("sub", granted))
			sub.subscribe(w.topic("x"), granted)
			for qos := range highest + 1 {
				payload := fmt.Sprint(granted, qos)
				pub.publish(w.topic("x"), payload, qos)
				sub.receive(w.topic("x"), payload, min(granted, qos))
			}
			sub.leave()
		}
	})
}

// [MQTT311-3.3.5-1] [MQTT5-3.3.4-2] [MQTT-3.3.2-3]
func TestOverlappingSubscriptions(t *testing.T) {
	each(t, both, func(w *world) {
		sub, pub := w.connect("sub"), w.connect("pub")
		sub.subscribe(w.topic("a/+"), 1)
		sub.subscribe(w.topic("a/b"), 0)
		sub.subscribe(w.topic("#"), 0)
		pub.publish(w.topic("a/b"), "once", 1)
		sub.receive(w.topic("a/b"), "once", 1)
		sub.fence()
	})
}

// [MQTT311-4.6.0-5] [MQTT311-4.6.0-6] [MQTT5-4.6.0-5] [MQTT5-4.6.0-6] [MQTT-4.5.0-1]
func TestOrder(t *testing.T) {
	each(t, both, func(w *world) {
		const count = 300
		sub, pub := w.connect("sub"), w.connect("pub")
		sub.subscribe(w.topic("#"), 1)
		for qos := byte(0); qos < 2; qos++ {
			go func() {
				var frames []byte
				for i := range count {
					p := &mqtt.Publish{Topic: []byte(w.topic("x")), Payload: fmt.Append(nil, i), QoS: qos}
					if qos > 0 {
						p.ID = uint16(i + 1)
					}
					frames = mqtt.AppendPublish(frames, p, w.v)
				}
				_, _ = pub.nc.Write(frames)
			}()
			for i := range count {
				sub.receive(w.topic("x"), fmt.Sprint(i), qos)
				if qos > 0 {
					pub.acknowledged(uint16(i + 1))
				}
			}
		}
		sub.fence()
	})
}

// A large message, cut and joined as TCP likes, arrives as it was sent. [MQTT-7.1.1-1] [MQTT-7.1.1-2] [MQTT-4.2-1]
func TestStream(t *testing.T) {
	each(t, both, func(w *world) {
		payload := make([]byte, 100<<10)
		for i := range payload {
			payload[i] = byte(i * i >> 3)
		}
		sub, pub := w.connect("sub"), w.connect("pub")
		sub.subscribe(w.topic("x"), 0)
		frame := mqtt.AppendPublish(nil, &mqtt.Publish{Topic: []byte(w.topic("x")), Payload: payload, QoS: 1, ID: 7}, w.v)
		for len(frame) > 0 {
			n := min(len(frame), 1+len(frame)/7)
			pub.raw(frame[:n])
			frame = frame[n:]
		}
		pub.acknowledged(7)
		sub.receive(w.topic("x"), string(payload), 0)
	})
}

// No Local. [MQTT5-3.8.3-3]
func TestNoLocal(t *testing.T) {
	each(t, only5, func(w *world) {
		c, other := w.connect("self"), w.connect("other")
		c.subscribeAs(mqtt.Subscription{Filter: []byte(w.topic("x")), NoLocal: true})
		c.publish(w.topic("x"), "mine", 0)
		other.publish(w.topic("x"), "theirs", 0)
		c.receive(w.topic("x"), "theirs", 0)
		c.fence()
	})
}

// The server keeps to the receive maximum, and answers other packets meanwhile. [MQTT5-3.3.4-9] [MQTT5-3.3.4-10] [MQTT5-4.9.0-1]
// [MQTT5-4.9.0-2] [MQTT5-4.9.0-3]
func TestReceiveMaximum(t *testing.T) {
	each(t, only5, func(w *world) {
		sub, pub := w.connect("sub", func(p *mqtt.Connect) { p.Properties.ReceiveMaximum = mqtt.Some(uint16(3)) }), w.connect("pub")
		sub.subscribe(w.topic("x"), 1)
		for i := range 8 {
			pub.publish(w.topic("x"), fmt.Sprint(i), 1)
		}
		var waiting []uint16
		for i := range 3 {
			waiting = append(waiting, sub.expect(w.topic("x"), fmt.Sprint(i), 1).ID)
		}
		sub.fence() // and no fourth
		pub.publish(w.topic("x"), "unhindered", 0)
		sub.receive(w.topic("x"), "unhindered", 0)
		for i := 3; i < 8; i++ {
			sub.send(&mqtt.Puback{ID: waiting[0]})
			waiting = append(waiting[1:], sub.expect(w.topic("x"), fmt.Sprint(i), 1).ID)
			sub.fence()
		}
	})
}

// A client that sends more than the server's receive maximum of QoS 2 messages without releasing any. [MQTT5-3.3.4-7]
func TestReceiveMaximumOfTheServer(t *testing.T) {
	in(t, []string{standard}, only5, func(w *world) {
		c, ack := w.join("pub")
		most := int(ack.Properties.ReceiveMaximum.Or(65535))
		if most > 5000 {
			w.t.Skipf("the receive maximum is %d", most)
		}
		var frames []byte
		for i := range most + 1 {
			frames = mqtt.AppendPublish(frames, &mqtt.Publish{Topic: []byte(w.topic("x")), QoS: 2, ID: uint16(i + 1)}, w.v)
		}
		c.raw(frames)
		for range most {
			take[*mqtt.Pubrec](c)
		}
		c.ended(mqtt.ReceiveMaximumExceeded)
	})
}

// A PUBACK that says failure acknowledges. [MQTT5-4.4.0-2]
func TestFailedPuback(t *testing.T) {
	each(t, only5, func(w *world) {
		sub, pub := w.connect("sub", lasting), w.connect("pub")
		sub.subscribe(w.topic("x"), 1)
		pub.publish(w.topic("x"), "refused", 1)
		p := sub.expect(w.topic("x"), "refused", 1)
		sub.send(&mqtt.Puback{ID: p.ID, Reason: mqtt.Unspecified})
		sub.fence()
		sub.leave()
		sub = w.connect("sub", lasting)
		pub.publish(w.topic("x"), "next", 1)
		sub.receive(w.topic("x"), "next", 1)
		sub.fence()
	})
}

// A PUBLISH that nobody may send: MQTT 3.1.1 can only be acknowledged or closed. [MQTT311-3.3.5-2]
func TestForbiddenPublish(t *testing.T) {
	each(t, only311, func(w *world) {
		c := w.connect("a")
		c.send(&mqtt.Publish{Topic: []byte("$aws/events/presence/connected/" + w.name), QoS: 1, ID: 3})
		switch p := c.read().(type) {
		case nil:
		case *mqtt.Puback:
			if p.ID != 3 {
				w.t.Errorf("PUBACK %d", p.ID)
			}
		default:
			w.t.Errorf("got %s", show(p))
		}
	})
}
