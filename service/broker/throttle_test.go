package broker

import (
	"strings"
	"testing"
	"time"

	"telltale/lang/mqtt"
)

func TestConnectRates(t *testing.T) {
	f := func(second, outcome, rest string, adjust func(*Config)) {
		t.Helper()
		bubble(t, func(f *fixture) {
			f.connect(mqtt.V311, "a").send(&mqtt.Disconnect{})
			f.facts.take()
			for _, v := range []mqtt.Version{mqtt.V311, mqtt.V5} {
				c := f.dial(v)
				c.send(&mqtt.Connect{Version: v, CleanStart: true, ClientID: []byte(second)})
				code := mqtt.ReasonCode(3)
				if v == mqtt.V5 {
					code = mqtt.QuotaExceeded
				}
				c.wantClosed(&mqtt.Connack{Reason: code, Properties: text(rest[strings.Index(rest, "details=")+8:])})
				f.facts.want(t, "Connect "+outcome+" clientId="+second+" reason="+rest)
			}
			if n := f.facts.sample("Connect." + outcome); n != 2 {
				t.Errorf("Connect.%s is %v, want 2", outcome, n)
			}
			time.Sleep(2 * time.Second)
			f.connect(mqtt.V5, second)
		}, adjust)
	}
	f("b", "Throttle", "THROTTLED details=The account connects more than 1 times a second", func(c *Config) { c.Rates.Connects = 1 })
	f("a", "ClientIDThrottle", "CLIENT_ID_THROTTLED details=The client id connects more than 1 times a second", func(c *Config) { c.Rates.ClientConnects = 1 })
}

func TestConnectionLimit(t *testing.T) {
	bubble(t, func(f *fixture) {
		a := f.connect(mqtt.V5, "a")
		b := f.dial(mqtt.V5)
		b.send(&mqtt.Connect{Version: mqtt.V5, CleanStart: true, ClientID: []byte("b")})
		b.wantClosed(&mqtt.Connack{Reason: mqtt.QuotaExceeded, Properties: text("The account has 1 connections; more are not allowed")})
		a.send(&mqtt.Disconnect{})
		f.connect(mqtt.V5, "b")
	}, func(c *Config) { c.Limits.Connections = 1 })
}

// What exceeds a rate is discarded, told with the quota, and counted; the connection stays.
func TestPublishRates(t *testing.T) {
	f := func(details string, exceeded float64, adjust func(*Config)) {
		t.Helper()
		bubble(t, func(f *fixture) {
			c := f.connect(mqtt.V5, "a")
			f.facts.take()
			c.send(publish("t", "1", 1, 1), publish("t", "2", 1, 2), publish("t", "3", 1, 3), publish("t", "4", 0, 0))
			c.want(&mqtt.Puback{ID: 1}, &mqtt.Puback{ID: 2}, &mqtt.Puback{ID: 3, Reason: mqtt.QuotaExceeded, Properties: text(details)})
			if got := last(f.facts.take()).text; got != "Publish-In Throttle topicName=t clientId=a reason=THROTTLED details="+details {
				t.Errorf("got %s", got)
			}
			if a, b := f.facts.sample("PublishIn.Throttle"), f.facts.sample("Throttle.Exceeded"); a != 2 || b != exceeded {
				t.Errorf("PublishIn.Throttle is %v, Throttle.Exceeded %v", a, b)
			}
			time.Sleep(time.Second)
			c.send(publish("t", "5", 1, 5))
			c.want(&mqtt.Puback{ID: 5})
		}, adjust)
	}
	f("The connection has more than 2 messages a second, in and out", 2, func(c *Config) { c.Rates.Publishes = 2 })
	f("The account has more than 2 messages a second", 0, func(c *Config) { c.Rates.AccountPublishes = 2 })
}

// A receiver's rate discards messages of clean sessions, and delays those of persistent ones.
func TestDeliveryRates(t *testing.T) {
	bubble(t, func(f *fixture) {
		clean, stays := f.connect(mqtt.V311, "clean"), f.persist(mqtt.V311, "stays", false)
		clean.subscribe("t", 1)
		stays.subscribe("t", 1)
		var list []*client
		for _, id := range []string{"p1", "p2", "p3", "p4"} {
			list = append(list, f.connect(mqtt.V311, id))
		}
		for _, c := range list {
			c.send(publish("t", "x", 1, 1))
		}
		clean.wantPayloads("x", "x")
		stays.wantPayloads("x", "x")
		time.Sleep(2 * time.Second)
		clean.wantPayloads()
		stays.wantPayloads("x", "x")
		if n := f.facts.sample("PublishOut.Throttle"); n != 2 {
			t.Errorf("PublishOut.Throttle is %v, want 2", n)
		}
	}, func(c *Config) { c.Rates.Publishes = 2 })
}

// Who sends too many bytes is read later; nothing is lost.
func TestByteRate(t *testing.T) {
	bubble(t, func(f *fixture) {
		c := f.connect(mqtt.V311, "a")
		began := time.Now()
		for i := range 5 {
			c.send(publish("t", strings.Repeat("x", 980), 1, uint16(i+1)))
		}
		for n := 0; n < 5; n += len(c.take()) {
			time.Sleep(100 * time.Millisecond)
		}
		if took := time.Since(began); took < 3*time.Second || took > 5*time.Second {
			t.Errorf("5,000 bytes took %v", took)
		}
		if n := f.facts.sample("Throttle.Exceeded"); n == 0 {
			t.Error("Throttle.Exceeded is not counted")
		}
	}, func(c *Config) { c.Rates.Bytes = 1000 })
}

func TestSubscribeRate(t *testing.T) {
	const details = "The account subscribes to more than 2 filters a second"
	bubble(t, func(f *fixture) {
		c := f.connect(mqtt.V5, "a")
		c.send(filters("1", "2", "3"))
		c.want(&mqtt.Suback{ID: 7, Reasons: []mqtt.ReasonCode{0, 0, mqtt.QuotaExceeded}, Properties: text(details)})
	}, func(c *Config) { c.Rates.Subscriptions = 2 })
}
