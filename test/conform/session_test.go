package conform

import (
	"fmt"
	"testing"

	"telltale/lang/mqtt"
)

// A session that is kept gets what was published while its client was away, in order. [MQTT311-3.1.2-4] [MQTT311-3.1.2-5]
// [MQTT311-3.2.2-2] [MQTT311-3.2.2-3] [MQTT5-3.1.2-5] [MQTT5-3.1.2-6] [MQTT5-3.1.2-23] [MQTT5-3.2.2-3] [MQTT-4.5.0-1] [MQTT-3.1.3-2]
// [MQTT-4.1.0-1] [MQTT311-4.1.0-2]
func TestSessionIsResumed(t *testing.T) {
	each(t, both, func(w *world) {
		sub, ack := w.join("sub", lasting)
		if ack.SessionPresent {
			w.t.Error("a new session is said to be present")
		}
		sub.subscribe(w.topic("x"), 1)
		sub.leave()
		pub := w.connect("pub")
		for i := range 5 {
			pub.publish(w.topic("x"), fmt.Sprint(i), 1)
		}
		sub, ack = w.join("sub", lasting)
		if !ack.SessionPresent {
			w.t.Fatal("the session is not present")
		}
		for i := range 5 {
			sub.receive(w.topic("x"), fmt.Sprint(i), 1)
		}
		pub.publish(w.topic("x"), "live", 1)
		sub.receive(w.topic("x"), "live", 1)
		sub.fence()
	})
}

// A clean start discards the session that was kept. [MQTT311-3.1.2-6] [MQTT311-3.1.4-3] [MQTT311-3.2.2-1] [MQTT5-3.1.2-4] [MQTT5-3.1.4-4]
// [MQTT5-3.2.2-2]
func TestCleanStart(t *testing.T) {
	each(t, both, func(w *world) {
		sub := w.connect("sub", lasting)
		sub.subscribe(w.topic("x"), 1)
		sub.leave()
		pub := w.connect("pub")
		pub.publish(w.topic("x"), "lost", 1)
		sub, ack := w.join("sub", lasting, func(p *mqtt.Connect) { p.CleanStart = true })
		if ack.SessionPresent {
			w.t.Error("the session is present after a clean start")
		}
		pub.publish(w.topic("x"), "nobody's", 1)
		sub.fence()
	})
}

// A session that is not to last is gone with its connection. [MQTT311-3.1.2-6] [MQTT5-4.1.0-2]
func TestSessionEnds(t *testing.T) {
	each(t, both, func(w *world) {
		sub := w.connect("sub")
		sub.subscribe(w.topic("x"), 1)
		sub.leave()
		pub := w.connect("pub")
		pub.publish(w.topic("x"), "lost", 1)
		sub, ack := w.join("sub", lasting)
		if ack.SessionPresent {
			w.t.Error("the session is present")
		}
		pub.publish(w.topic("x"), "nobody's", 1)
		sub.fence()
	})
}

// A session is gone when its expiry interval has passed, which AWS may take longer to notice. [MQTT5-4.1.0-2] [MQTT5-3.1.2-23]
func TestSessionExpires(t *testing.T) {
	in(t, []string{standard}, only5, func(w *world) {
		shortly := func(p *mqtt.Connect) { p.CleanStart, p.Properties.SessionExpiry = false, mqtt.Some(uint32(1)) }
		sub := w.connect("sub", shortly)
		sub.subscribe(w.topic("x"), 1)
		sub.leave()
		w.wait(3)
		if _, ack := w.join("sub", shortly); ack.SessionPresent {
			w.t.Error("the session outlived its expiry interval")
		}
	})
}

// What was sent and not acknowledged is sent again when the session is resumed, where the standard is kept with its identifier and DUP.
// [MQTT-3.3.1-1] [MQTT-4.4.0-1] [MQTT311-4.3.2-1] [MQTT5-4.3.2-3]
func TestUnacknowledgedIsSentAgain(t *testing.T) {
	each(t, both, func(w *world) {
		sub, pub := w.connect("sub", lasting), w.connect("pub")
		sub.subscribe(w.topic("x"), 1)
		for i := range 3 {
			pub.publish(w.topic("x"), fmt.Sprint(i), 1)
		}
		sub.receive(w.topic("x"), "0", 1)
		ids := []uint16{sub.expect(w.topic("x"), "1", 1).ID, sub.expect(w.topic("x"), "2", 1).ID}
		sub.fence()
		sub.vanish()
		sub = w.connect("sub", lasting)
		for i, id := range ids {
			p := sub.receive(w.topic("x"), fmt.Sprint(i+1), 1)
			if w.profile == standard && (p.ID != id || !p.Dup) {
				w.t.Errorf("message %d comes again with identifier %d and DUP %v; want %d and DUP", i+1, p.ID, p.Dup, id)
			}
		}
		sub.fence()
		sub.leave()
		w.connect("sub", lasting).fence() // and not a third time
	})
}
