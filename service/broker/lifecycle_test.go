package broker

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"telltale/base/caller"
	"telltale/base/message"
	"telltale/lang/mqtt"
	"telltale/lang/shape/iot"
	"telltale/service/registry"
)

// witness subscribes to all lifecycle events of its account. Its own are told, too.
func (f *fixture) witness() *client {
	f.Handle("$aws/events/#", quiet{})
	w := f.connect(mqtt.V5, "witness")
	for _, filter := range []string{"$aws/events/presence/+/+", "$aws/events/subscriptions/+/+"} {
		w.subscribeQuietly(filter)
	}
	w.take()
	return w
}

// subscribeQuietly subscribes without looking at the answer, which may come with an event.
func (c *client) subscribeQuietly(filter string) {
	c.send(&mqtt.Subscribe{ID: 1, Subscriptions: []mqtt.Subscription{{Filter: []byte(filter), QoS: 1}}})
}

var hex32 = regexp.MustCompile(`^[0-9a-f]{32}$`)

// events returns what was told since the last time, each as topic and payload without the times and identifiers, which are checked.
func (c *client) events() (list, sessions []string) {
	c.t.Helper()
	for _, p := range c.take() {
		m, ok := p.(*mqtt.Publish)
		if !ok {
			continue
		}
		c.send(&mqtt.Puback{ID: m.ID})
		var e struct {
			SessionIdentifier string
			Timestamp         int64
		}
		if err := json.Unmarshal(m.Payload, &e); err != nil {
			c.t.Fatalf("%s: %v", m.Payload, err)
		}
		if e.Timestamp != time.Now().UnixMilli() || !hex32.MatchString(e.SessionIdentifier) || m.QoS != 1 || m.Retain {
			c.t.Errorf("QoS %d %s", m.QoS, m.Payload)
		}
		text := strings.NewReplacer(`"timestamp":`+string(must(json.Marshal(e.Timestamp)))+",", "", `"sessionIdentifier":"`+e.SessionIdentifier+`",`, "").Replace(string(m.Payload))
		list, sessions = append(list, string(m.Topic)+" "+text), append(sessions, e.SessionIdentifier)
	}
	return list, sessions
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// wantEvents expects exactly these events, and returns their sessions.
func (c *client) wantEvents(want ...string) (sessions []string) {
	c.t.Helper()
	got, sessions := c.events()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		c.t.Errorf("events:\n got  %s\n want %s", strings.Join(got, "\n      "), strings.Join(want, "\n      "))
	}
	return sessions
}

const (
	cameB = `$aws/events/presence/connected/b {"clientId":"b","eventType":"connected","principalIdentifier":"anonymous","versionNumber":`
	wentB = `$aws/events/presence/disconnected/b {"clientId":"b","eventType":"disconnected","principalIdentifier":"anonymous","clientInitiatedDisconnect":`
)

// Whoever subscribes is told of clients that come, go, subscribe and unsubscribe, and of nothing else; the log tells who got it.
func TestLifecycleEvents(t *testing.T) {
	bubble(t, func(f *fixture) {
		w := f.witness()
		b := f.connect(mqtt.V311, "b")
		w.wantEvents(cameB + `0}`)
		b.send(filters("x/#", "$nothing", "y"))
		w.wantEvents(`$aws/events/subscriptions/subscribed/b {"clientId":"b","eventType":"subscribed","principalIdentifier":"anonymous","topics":["x/#","y"]}`)
		b.send(filters("$nothing"))
		w.wantEvents()
		b.send(&mqtt.Unsubscribe{ID: 2, Filters: [][]byte{[]byte("y"), []byte("never")}})
		w.wantEvents(`$aws/events/subscriptions/unsubscribed/b {"clientId":"b","eventType":"unsubscribed","principalIdentifier":"anonymous","topics":["y"]}`)
		f.facts.take()
		b.send(&mqtt.Disconnect{})
		w.wantEvents(wentB + `true,"disconnectReason":"CLIENT_INITIATED_DISCONNECT","versionNumber":0}`)
		f.facts.want(t, "Disconnect Success clientId=b disconnectReason=CLIENT_INITIATED_DISCONNECT", "Publish-Out Success topicName=$aws/events/presence/disconnected/b clientId=witness")

		for _, id := range []string{"has+", "has#"} {
			f.connect(mqtt.V311, id).close()
		}
		w.wantEvents()
	})
}

// The version number counts the connections of a client. It is the same for one connection, and begins again when the client was away
// for an hour, or as long as its session lasted.
func TestVersionNumber(t *testing.T) {
	bubble(t, func(f *fixture) {
		w := f.witness()
		f.connect(mqtt.V311, "b")
		rival := f.connect(mqtt.V311, "b")
		ids := w.wantEvents(cameB+`0}`, wentB+`false,"disconnectReason":"DUPLICATE_CLIENTID","versionNumber":0}`, cameB+`1}`)
		if ids[0] != ids[1] || ids[1] == ids[2] {
			t.Errorf("sessions %q, want two equal and another one", ids)
		}
		rival.close()
		time.Sleep(59 * time.Minute)
		w.take()
		f.connect(mqtt.V311, "b").close()
		if got, _ := w.events(); len(got) != 2 || got[0] != cameB+`2}` {
			t.Errorf("got %q", got)
		}
		time.Sleep(61 * time.Minute)
		f.connect(mqtt.V311, "b")
		w.wantEvents(cameB + `0}`)
		if n := len(f.domain(home).visits.of); n != 2 {
			t.Errorf("%d clients are remembered, want b and the witness", n)
		}
	}, func(c *Config) { c.Limits.KeepAliveMin, c.Limits.KeepAliveMax = 0, 0 })
}

// A client that no policy lets connect is told of, once its certificate says whose account it is in; so is the thing that is attached
// exclusively.
func TestConnectFailed(t *testing.T) {
	bubble(t, func(f *fixture) {
		w := f.witness()
		_, refused := f.certificate(home, registry.CertificateActive, document(pick{"Allow", "iot:Publish", "*"}))
		_, owner := f.certificate(home, registry.CertificateActive, everything)
		if _, err := f.registry.CreateThing(as(home), &iot.CreateThingInput{ThingName: "lamp"}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.registry.AttachThingPrincipal(as(home), &iot.AttachThingPrincipalInput{ThingName: "lamp", Principal: "arn:aws:iot:us-east-1:123456789012:cert/" + owner,
			ThingPrincipalType: iot.ThingPrincipalTypeExclusiveThing}); err != nil {
			t.Fatal(err)
		}
		f.dialAs(mqtt.V311, home, refused).send(&mqtt.Connect{Version: mqtt.V311, CleanStart: true, ClientID: []byte("c")})
		w.wantEvents(`$aws/events/presence/connect_failed/c {"clientId":"c","eventType":"connect_failed","principalIdentifier":"` + refused + `","connectFailureReason":"AUTHORIZATION_FAILED"}`)
		f.dialAs(mqtt.V311, home, owner).connect(&mqtt.Connect{ClientID: []byte("d")})
		w.wantEvents(`$aws/events/presence/connected/d {"clientId":"d","thingName":"lamp","eventType":"connected","principalIdentifier":"` + owner + `","versionNumber":0}`)
	})
}

func TestSignedPrincipal(t *testing.T) {
	f := func(c caller.Caller, want string) {
		t.Helper()
		if got := signedPrincipal(&c); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	f(caller.Caller{Scope: home, Kind: caller.User, PrincipalID: "AIDA1", UserName: "ann"}, "123456789012/AIDA1:ann/AIDA1:ann")
	f(caller.Caller{Scope: home, Kind: caller.AssumedRole, PrincipalID: "AROA1:job"}, "123456789012/AROA1:job/AROA1:job")
}

// quiet answers nothing.
type quiet struct{}

func (quiet) HandleMessage(context.Context, *message.Message) {}
