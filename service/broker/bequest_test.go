package broker

import (
	"testing"
	"time"

	"telltale/lang/mqtt"
)

// A will with a delay is published when the delay or the session is over, and not at all if the client returns before that.
func TestWillDelay(t *testing.T) {
	f := func(delay, expiry uint32, after time.Duration, published bool, meanwhile func(f *fixture)) {
		t.Helper()
		bubble(t, func(f *fixture) {
			c := f.dial(mqtt.V5)
			will := &mqtt.Will{Topic: []byte("last"), Payload: []byte("words"), QoS: 1, Properties: mqtt.Properties{WillDelay: mqtt.Some(delay)}}
			c.connect(&mqtt.Connect{ClientID: []byte("a"), Will: will, Properties: mqtt.Properties{SessionExpiry: mqtt.Some(expiry)}})
			c.close()
			if meanwhile != nil {
				meanwhile(f)
			}
			watcher := f.persist(mqtt.V5, "watcher", false)
			watcher.subscribe("last", 1)
			time.Sleep(after)
			if published {
				watcher.wantPayloads("words")
			} else {
				watcher.wantPayloads()
			}
		}, durable(t))
	}
	f(60, 600, 59*time.Second, false, nil)
	f(60, 600, 61*time.Second, true, nil)
	f(600, 60, 59*time.Second, false, nil)
	f(600, 60, 61*time.Second, true, nil) // with the session
	f(0, 600, time.Hour, false, nil)      // it was published before the watcher came
	f(60, 600, time.Hour, false, func(f *fixture) { f.persist(mqtt.V5, "a", true).send(&mqtt.Disconnect{}) })
	f(60, 600, time.Hour, true, func(f *fixture) { f.again() })
	f(60, 600, time.Hour, false, func(f *fixture) { f.connect(mqtt.V5, "a") }) // a clean start ends the session, and with it the delay
}

// Whoever takes the place of a client with a delayed will keeps it from being published; one that starts anew does not.
func TestWillDelayAtTakeover(t *testing.T) {
	f := func(clean bool, want ...string) {
		t.Helper()
		bubble(t, func(f *fixture) {
			watcher := f.connect(mqtt.V5, "watcher")
			watcher.subscribe("last", 1)
			will := &mqtt.Will{Topic: []byte("last"), Payload: []byte("words"), QoS: 1, Properties: mqtt.Properties{WillDelay: mqtt.Some[uint32](9)}}
			f.dial(mqtt.V5).connect(&mqtt.Connect{ClientID: []byte("a"), Will: will, Properties: mqtt.Properties{SessionExpiry: mqtt.Some[uint32](60)}})
			second := f.dial(mqtt.V5)
			second.send(&mqtt.Connect{Version: mqtt.V5, CleanStart: clean, ClientID: []byte("a"), KeepAlive: 1200, Properties: mqtt.Properties{SessionExpiry: mqtt.Some[uint32](60)}})
			time.Sleep(20 * time.Second)
			watcher.wantPayloads(want...)
		})
	}
	f(false)
	f(true, "words")
}

// The will of a client whose connection the broker did not see end is published after the restart.
func TestWillAfterCrash(t *testing.T) {
	bubble(t, func(f *fixture) {
		will := &mqtt.Will{Topic: []byte("last"), Payload: []byte("words"), QoS: 1}
		f.dial(mqtt.V5).connect(&mqtt.Connect{ClientID: []byte("a"), Will: will, Properties: mqtt.Properties{SessionExpiry: mqtt.Some[uint32](60)}})
		row := f.domain(home).session("a").row // as it is while the client is connected
		f.again()
		f.domain(home).session("a").row = row
		if err := f.saveSession(f.domain(home).session("a")); err != nil {
			t.Fatal(err)
		}
		watcher := f.persist(mqtt.V311, "watcher", false)
		watcher.subscribe("last", 1)
		watcher.payloads()
		f.again()
		time.Sleep(time.Second)
		f.persist(mqtt.V311, "watcher", true).wantPayloads("words")
	}, durable(t))
}
