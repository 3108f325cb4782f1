package conform

import (
	"testing"

	"telltale/lang/mqtt"
)

// willed gives a CONNECT a will on the topic.
func (w *world) willed(qos byte, retain bool) option {
	return func(p *mqtt.Connect) {
		p.Will = &mqtt.Will{Topic: []byte(w.topic("will")), Payload: []byte("gone"), QoS: qos, Retain: retain}
	}
}

// watch subscribes to the will's topic.
func (w *world) watch() *client {
	w.t.Helper()
	c := w.connect("watch")
	c.subscribe(w.topic("will"), 1)
	return c
}

// A connection that is lost, or ended by the broker for what its client did, leaves its will, once. [MQTT311-3.1.2-8] [MQTT5-3.1.2-7]
// [MQTT5-3.1.2-8] [MQTT-3.1.2-9] [MQTT-3.1.2-10] [MQTT311-3.1.2-14] [MQTT5-3.1.2-12] [MQTT311-3.1.2-16] [MQTT5-3.1.2-14]
func TestWill(t *testing.T) {
	each(t, both, func(w *world) {
		watch := w.watch()
		for qos := range byte(2) {
			w.connect("lost", w.willed(qos, false)).vanish()
			if p := watch.receive(w.topic("will"), "gone", qos); p.Retain {
				w.t.Error("RETAIN is set")
			}
			watch.fence()
		}
		c := w.connect("bad", w.willed(1, false))
		c.raw([]byte{0, 0})
		c.ended()
		watch.receive(w.topic("will"), "gone", 1)
		first := w.connect("twice", w.willed(1, false))
		w.connect("twice")
		first.ended()
		watch.receive(w.topic("will"), "gone", 1)
		watch.fence()
		w.retained(w.topic("will"), "", 0)
	})
}

// DISCONNECT in order takes the will away; so does nothing else. [MQTT-3.14.4-3] [MQTT-3.1.2-10] [MQTT311-3.1.2-12]
func TestNoWillAfterDisconnect(t *testing.T) {
	each(t, both, func(w *world) {
		watch := w.watch()
		w.connect("a", w.willed(1, false)).leave()
		w.connect("b").vanish()
		watch.fence()
		if w.v == mqtt.V5 {
			c := w.connect("c", w.willed(1, false))
			c.send(&mqtt.Disconnect{Reason: mqtt.DisconnectWithWill})
			c.ended()
			watch.receive(w.topic("will"), "gone", 1)
		}
	})
}

// [MQTT311-3.1.2-17] [MQTT5-3.1.2-15] [MQTT5-3.2.2-13]
func TestRetainedWill(t *testing.T) {
	each(t, both, func(w *world) {
		watch := w.watch()
		w.connect("a", w.willed(1, true)).vanish()
		watch.receive(w.topic("will"), "gone", 1)
		w.retained(w.topic("will"), "gone", 1)
	})
}

// A will is an application message with its properties. [MQTT5-3.1.2-9] [MQTT5-3.1.3-10]
func TestWillProperties(t *testing.T) {
	each(t, only5, func(w *world) {
		watch := w.watch()
		user := []mqtt.UserProperty{{Key: []byte("b"), Value: []byte("1")}, {Key: []byte("a"), Value: []byte("2")}, {Key: []byte("b"), Value: []byte("3")}}
		w.connect("a", w.willed(1, false), func(p *mqtt.Connect) {
			p.Will.Properties = mqtt.Properties{ContentType: []byte("text/plain"), ResponseTopic: []byte("r"), CorrelationData: []byte{0, 1}, PayloadFormat: mqtt.Some(byte(1)), User: user}
		}).vanish()
		p := watch.receive(w.topic("will"), "gone", 1)
		if string(p.Properties.ContentType) != "text/plain" || string(p.Properties.ResponseTopic) != "r" || p.Properties.PayloadFormat.Value != 1 {
			w.t.Errorf("the will has %+v", p.Properties)
		}
		sameUser(w.t, p.Properties.User, user)
	})
}

func sameUser(t *testing.T, got, want []mqtt.UserProperty) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d user properties; want %d", len(got), len(want))
		return
	}
	for i := range want {
		if string(got[i].Key) != string(want[i].Key) || string(got[i].Value) != string(want[i].Value) {
			t.Errorf("user property %d is %s=%s; want %s=%s", i, got[i].Key, got[i].Value, want[i].Key, want[i].Value)
		}
	}
}

// A will with a delay waits; a connection that resumes the session in time keeps it unsent, and the end of the session sends it.
// [MQTT5-3.1.3-9] [MQTT5-3.1.2-8]
func TestWillDelay(t *testing.T) {
	each(t, only5, func(w *world) {
		watch := w.watch()
		delayed := func(seconds uint32) option {
			return func(p *mqtt.Connect) { p.Will.Properties.WillDelay = mqtt.Some(seconds) }
		}
		w.connect("a", lasting, w.willed(1, false), delayed(500)).vanish()
		resumed, ack := w.join("a", lasting)
		if !ack.SessionPresent {
			w.t.Fatal("the session is not present")
		}
		resumed.leave()
		watch.fence()
		w.connect("b", lasting, w.willed(1, false), delayed(1)).vanish()
		watch.receive(w.topic("will"), "gone", 1)
		w.connect("c", w.willed(1, false), delayed(500)).vanish() // its session ends at once, and its delay with it
		watch.receive(w.topic("will"), "gone", 1)
		watch.fence()
	})
}
