package broker

import (
	"context"
	"errors"
	"slices"
	"testing"

	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/base/message"
	"telltale/lang/mqtt"
)

// What the API can tell of a client: while it is there, while it has a session, and for half an hour.
func TestPresence(t *testing.T) {
	bubble(t, func(f *fixture) {
		look := func(id string) *Presence {
			t.Helper()
			p, err := f.Session(home, id)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		clean, stays := f.connect(mqtt.V311, "clean"), f.persist(mqtt.V5, "stays", false)
		stays.subscribe("t/#", 1)
		stays.subscribe("a", 0)
		if p := look("stays"); !p.Connected || p.Clean || p.SessionExpiry != 600*time.Second || p.KeepAlive != 1200*time.Second ||
			!slices.Equal(p.Subscriptions, []Subscription{{"a", 0}, {"t/#", 1}}) || !p.Since.Equal(time.Now()) {
			t.Errorf("got %+v", p)
		}
		if p := look("clean"); !p.Connected || !p.Clean {
			t.Errorf("got %+v", p)
		}
		time.Sleep(time.Second)
		clean.close()
		stays.send(&mqtt.Disconnect{})
		if p := look("stays"); p.Connected || p.Clean || p.DisconnectReason != "CLIENT_INITIATED_DISCONNECT" || !p.Since.Equal(time.Now()) || len(p.Subscriptions) != 2 {
			t.Errorf("got %+v", p)
		}
		time.Sleep(29 * time.Minute)
		if p := look("clean"); p.Connected || !p.Clean || p.DisconnectReason != "CONNECTION_LOST" {
			t.Errorf("got %+v", p)
		}
		time.Sleep(2 * time.Minute)
		for _, id := range []string{"clean", "stays", "nobody"} {
			if _, err := f.Session(home, id); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: %v", id, err)
			}
		}
	})
}

func TestDisconnectByAPI(t *testing.T) {
	bubble(t, func(f *fixture) {
		end := func(id string, clean, prevent bool, kind fault.Kind) {
			t.Helper()
			if err := f.Disconnect(context.Background(), home, id, clean, prevent); kind != 0 && !fault.Is(err, kind) || kind == 0 && err != nil {
				t.Errorf("%s: %v", id, err)
			}
		}
		c := f.persist(mqtt.V5, "a", false)
		c.subscribe("t", 1)
		f.facts.take()
		end("a", false, false, 0)
		c.wantClosed(&mqtt.Disconnect{Reason: mqtt.AdministrativeAction, Properties: text("The connection was deleted")})
		f.facts.want(t, "Disconnect Success clientId=a details=The connection was deleted disconnectReason=API_INITIATED_DISCONNECT")
		end("a", false, false, fault.NotFound)
		c = f.persist(mqtt.V5, "a", true)
		end("a", true, false, 0)
		c.closed()
		end("a", true, false, fault.NotFound)
		f.persist(mqtt.V5, "a", false).close()
		end("a", true, false, 0)
		f.persist(mqtt.V5, "a", false)

		watcher := f.connect(mqtt.V311, "watcher")
		watcher.subscribe("last", 0)
		for _, prevent := range []bool{false, true} {
			f.dial(mqtt.V311).connect(&mqtt.Connect{ClientID: []byte("b"), Will: &mqtt.Will{Topic: []byte("last")}})
			end("b", false, prevent, 0)
			if n := len(watcher.take()); n != map[bool]int{false: 1}[prevent] {
				t.Errorf("prevent %t: %d wills", prevent, n)
			}
		}
	})
}

// A direct message goes to one client, subscribed or not, and is confirmed if that is asked for.
func TestSendTo(t *testing.T) {
	bubble(t, func(f *fixture) {
		m := &message.Message{Origin: caller.Origin{Scope: home, Trace: caller.NewTrace()}, Topic: "direct", Payload: []byte("x")}
		send := func(id string, confirm bool, want string) {
			t.Helper()
			err := f.SendTo(context.Background(), id, m, confirm, 5*time.Second)
			if x, ok := errors.AsType[*Undelivered](err); want == "" && err != nil || want != "" && (!ok || x.Reason != want) {
				t.Errorf("%s: %v, want %q", id, err, want)
			}
		}
		send("a", false, TargetNotFound)
		stays := f.persist(mqtt.V311, "stays", false)
		stays.close()
		send("stays", false, TargetNotConnected)
		for id, c := range map[string]*client{"a": f.connect(mqtt.V311, "a"), "stays": f.persist(mqtt.V311, "stays", true)} {
			send(id, false, "")
			c.want(publish("direct", "x", 0, 0))
			done := make(chan error)
			go func() { done <- f.SendTo(context.Background(), id, m, true, 5*time.Second) }()
			p := c.takeOne().(*mqtt.Publish)
			c.send(&mqtt.Puback{ID: p.ID})
			if err := <-done; err != nil || p.QoS != 1 {
				t.Errorf("%s: %v", id, err)
			}
			send(id, true, NotConfirmed)
			c.take()
		}
		member, _ := f.member(mqtt.V311, "m", document(pick{"Allow", "iot:Connect", "*"}))
		send("m", false, ReceiveDenied)
		member.want()
	})
}
