package shadow

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"telltale/base/caller"
	"telltale/base/message"
	"telltale/lang/shape/iotdata"
)

// burst sends updates that come before any is served, and returns the endings of the topics that were answered.
func burst(w *world, n int, origin func(i int) caller.Origin, topic func(i int) string) (accepted, rejected int) {
	for i := range n {
		w.HandleMessage(w.t.Context(), &message.Message{Origin: origin(i), Topic: topic(i), Payload: []byte(`{"state":{},"clientToken":"t"}`)})
	}
	stop := w.start()
	synctest.Wait()
	stop()
	for _, m := range w.published() {
		switch {
		case strings.Contains(m, "/update/accepted "):
			accepted++
		case strings.HasSuffix(m, fmt.Sprintf(`/update/rejected {"code":429,"message":"Too many requests","timestamp":%d,"clientToken":"t"}`, epoch)):
			rejected++
		case !strings.Contains(m, "/update/documents "):
			w.t.Errorf("unexpected %s", m)
		}
	}
	return accepted, rejected
}

func TestInFlight(t *testing.T) {
	dev := func(int) caller.Origin { return device(home, "dev1") }
	lamp := func(int) string { return "$aws/things/lamp/shadow/update" }
	f := func(what string, origin func(int) caller.Origin, topic func(int) string, wantAccepted, wantRejected int) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, memory(t), Default())
			if a, r := burst(w, 12, origin, topic); a != wantAccepted || r != wantRejected {
				t.Errorf("%s: %d accepted and %d rejected, want %d and %d", what, a, r, wantAccepted, wantRejected)
			}
			if n := len(w.recorded()); n != 12 {
				t.Errorf("%s: %d facts, want 12", what, n)
			}
		})
	}
	f("one client, one shadow", dev, lamp, 10, 2)
	f("one client, the shadows of one thing", dev, func(i int) string { return fmt.Sprintf("$aws/things/lamp/shadow/name/n%d/update", i) }, 10, 2)
	f("one client, several things", dev, func(i int) string { return fmt.Sprintf("$aws/things/lamp%d/shadow/update", i) }, 12, 0)
	f("several clients", func(i int) caller.Origin { return device(home, fmt.Sprint("dev", i)) }, lamp, 12, 0)
	f("several accounts", func(i int) caller.Origin {
		return device([]caller.Scope{home, elsewhere, stranger}[i%3], "dev1")
	}, lamp, 12, 0)
	f("no client", func(int) caller.Origin { return caller.Origin{Scope: home} }, lamp, 12, 0)
}

func TestFullLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := Default()
		cfg.Lanes, cfg.Waiting = 1, 3
		w := newWorld(t, memory(t), cfg)
		accepted, rejected := burst(w, 10,
			func(i int) caller.Origin { return device(home, fmt.Sprint("dev", i)) },
			func(i int) string { return fmt.Sprintf("$aws/things/lamp%d/shadow/update", i) })
		if accepted != 3 || rejected != 3 {
			t.Errorf("%d accepted and %d rejected, want 3 and 3, and 4 without an answer", accepted, rejected)
		}
		throttled := 0
		for _, f := range w.recorded() {
			if strings.HasPrefix(f, "UpdateThingShadow Throttle ") && strings.HasSuffix(f, " reason=429 details=Too many requests") {
				throttled++
			}
		}
		if throttled != 7 {
			t.Errorf("%d throttled requests recorded, want 7", throttled)
		}
	})
}

func TestAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, memory(t), Default())
		w.start()()
		w.want("MQTT", w.send("$aws/things/lamp/shadow/update", `{"state":{}}`))
		w.want("facts", w.recorded(), "UpdateThingShadow ServerError protocol=MQTT deviceShadowName=lamp topicName=$aws/things/lamp/shadow/update reason=500 details=Internal service failure")
		refused(t, home, w.UpdateThingShadow, &iotdata.UpdateThingShadowInput{ThingName: "lamp", Payload: []byte(`{"state":{}}`)},
			iotdata.ServiceUnavailableException, "The server is shutting down.")
	})
}

// What waits when the end comes is served.
func TestTheEndDropsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := Default()
		cfg.InFlight = 1000
		w := newWorld(t, memory(t), cfg)
		for range 700 {
			w.HandleMessage(t.Context(), &message.Message{Origin: device(home, "dev1"), Topic: "$aws/things/lamp/shadow/update", Payload: []byte(`{"state":{}}`)})
		}
		w.start()()
		if got := w.published(); len(got) != 1400 || !strings.Contains(got[1398], `"version":700,`) {
			t.Errorf("%d messages, want 700 accepted and 700 documents", len(got))
		}
	})
}
