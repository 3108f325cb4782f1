package broker

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"telltale/base/message"
	"telltale/lang/mqtt"
)

// When Run ends, every client was told and every Disconnect was recorded.
func TestShutdown(t *testing.T) {
	bubble(t, func(f *fixture) {
		old, young, waiting := f.connect(mqtt.V311, "old"), f.connect(mqtt.V5, "young"), f.dial(mqtt.V5)
		stuck := f.connect(mqtt.V311, "stuck")
		stuck.subscribe("t", 0)
		stuck.pause(true)
		old.send(publish("t", "x", 0, 0), publish("t", "y", 0, 0))
		f.facts.take()
		began := time.Now()
		f.stop()
		if took := time.Since(began); took > lingerTime {
			t.Errorf("stopping took %v, want at most %v", took, lingerTime)
		}
		old.wantClosed()
		young.wantClosed(&mqtt.Disconnect{Reason: mqtt.ServerShuttingDown})
		waiting.wantClosed()
		got := map[string]int{}
		for _, x := range f.facts.take() {
			got[x.text]++
		}
		for _, id := range []string{"old", "young", "stuck"} {
			if n := got["Disconnect Success clientId="+id+" disconnectReason=SERVER_INITIATED_DISCONNECT"]; n != 1 {
				t.Errorf("%d Disconnects of %s, want 1; facts: %v", n, id, got)
			}
		}
		if len(got) != 3 {
			t.Errorf("facts: %v", got)
		}
		stuck.pause(false)
		late := f.dial(mqtt.V311)
		late.wantClosed()
		f.facts.want(t)
	})
}

// A bug in a service costs the connection that met it, and nobody else. [MQTT311-4.8.0-2]
func TestPanic(t *testing.T) {
	bubble(t, func(f *fixture) {
		f.Handle("$aws/things/+/shadow/#", handler(func() { panic("a bug") }))
		c, other := f.connect(mqtt.V5, "a"), f.connect(mqtt.V311, "other")
		other.subscribe("t", 0)
		f.facts.take()
		c.send(publish("t", "before", 0, 0), publish("$aws/things/a/shadow/get", "", 0, 0))
		other.want(publish("t", "before", 0, 0))
		c.wantClosed(&mqtt.Disconnect{Reason: mqtt.Unspecified, Properties: text("Internal server error")})
		if x := last(f.facts.take()).text; x != "Disconnect Success clientId=a details=Internal server error disconnectReason=SERVER_ERROR" {
			t.Errorf("got %s", x)
		}
		other.send(&mqtt.Pingreq{})
		other.want(&mqtt.Pingresp{})
	})
}

type handler func()

func (h handler) HandleMessage(context.Context, *message.Message) { h() }

// A broker that cannot learn of revocations does not go on.
func TestRunWithoutWatch(t *testing.T) {
	bubble(t, func(f *fixture) {
		synctest.Wait()
		second := New(Default(), Needs{Registry: f.registry, Diary: silent})
		if err := second.Run(context.Background()); err == nil || !strings.Contains(err.Error(), "certificate changes are no longer watched") {
			t.Errorf("Run ended with %v", err)
		}
	})
}

func TestListenRefused(t *testing.T) {
	for _, cfg := range []Config{{MQTTS: "127.0.0.1:0"}, {MQTT: "127.0.0.1:nothing"}} {
		if _, err := New(cfg, Needs{Diary: silent}).Listen(); err == nil {
			t.Errorf("Listen with %q and %q succeeded", cfg.MQTTS, cfg.MQTT)
		}
	}
}
