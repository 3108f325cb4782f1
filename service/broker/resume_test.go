package broker

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"telltale/lang/mqtt"
)

// standard runs a broker by the letter of the standards; durable one that keeps messages on the disk.
func standard(c *Config) { c.Limits = Standard() }

func durable(t *testing.T) func(*Config) {
	dir := t.TempDir()
	return func(c *Config) { c.Sessions = dir }
}

// persist connects with a session that outlives the connection, and expects that it was there, or not.
func (f *fixture) persist(v mqtt.Version, id string, present bool) *client {
	f.t.Helper()
	c := f.dial(v)
	p := &mqtt.Connect{Version: v, ClientID: []byte(id)}
	if v == mqtt.V5 {
		p.Properties.SessionExpiry = mqtt.Some[uint32](600)
	}
	c.send(p)
	list := c.take()
	if len(list) == 0 || list[0].Type() != mqtt.TypeConnack || list[0].(*mqtt.Connack).Reason != 0 || list[0].(*mqtt.Connack).SessionPresent != present {
		f.t.Fatalf("CONNECT of %s was answered with %s, want session present %t", id, show(list, v), present)
	}
	c.queue = list[1:]
	return c
}

// payloads are those of the PUBLISH packets received since the last time, each answered as its QoS wants it.
func (c *client) payloads() (got []string) {
	c.t.Helper()
	list := c.queue
	c.queue = nil
	for list = append(list, c.take()...); len(list) > 0; list = c.take() {
		for _, x := range list {
			switch p := x.(type) {
			case *mqtt.Publish:
				text := string(p.Payload)
				if p.Dup {
					text += " again"
				}
				got = append(got, text)
				switch p.QoS {
				case 1:
					c.send(&mqtt.Puback{ID: p.ID})
				case 2:
					c.send(&mqtt.Pubrec{ID: p.ID})
				}
			case *mqtt.Pubrel:
				c.send(&mqtt.Pubcomp{ID: p.ID})
			}
		}
	}
	return got
}

func (c *client) wantPayloads(want ...string) {
	c.t.Helper()
	if got := c.payloads(); !slices.Equal(got, want) {
		c.t.Errorf("got %q, want %q", got, want)
	}
}

// What was published while a client was away waits for it, on the disk too, and comes at the pace of AWS.
func TestQueueForAbsent(t *testing.T) {
	f := func(v mqtt.Version, restart bool) {
		t.Helper()
		bubble(t, func(f *fixture) {
			c := f.persist(v, "a", false)
			c.subscribe("t/#", 1)
			c.close()
			sender := f.connect(mqtt.V311, "sender")
			f.facts.take()
			sender.send(publish("t/1", "one", 1, 1), publish("t/2", "zero", 0, 0), publish("t/2", "two", 1, 2), publish("t/3", "three", 1, 3))
			sender.want(&mqtt.Puback{ID: 1}, &mqtt.Puback{ID: 2}, &mqtt.Puback{ID: 3})
			facts := f.facts.take()
			if got := facts[len(facts)-1]; got.text != "Queued Success topicName=t/3 clientId=a" || got.fields != "protocol topicName clientId qos " {
				t.Errorf("got %q with %q", got.text, got.fields)
			}
			if n := f.facts.sample("Queued.Success"); n != 3 {
				t.Errorf("Queued.Success is %v, want 3", n)
			}
			if restart {
				f.again()
			}
			c = f.persist(v, "a", true)
			c.wantPayloads("one")
			time.Sleep(100 * time.Millisecond)
			c.wantPayloads("two")
			time.Sleep(time.Second)
			c.wantPayloads("three")
			if !restart {
				sender.send(publish("t/4", "four", 1, 4))
				c.wantPayloads("four")
			}
			c.close()
			f.persist(v, "a", true).wantPayloads()
		}, durable(t))
	}
	for _, v := range []mqtt.Version{mqtt.V311, mqtt.V5} {
		f(v, false)
		f(v, true)
	}
}

// What was sent and not acknowledged comes first when the client returns, under the same packet id.
func TestRedelivery(t *testing.T) {
	f := func(dup bool, restart bool, adjust ...func(*Config)) {
		t.Helper()
		bubble(t, func(f *fixture) {
			c := f.persist(mqtt.V311, "a", false)
			c.subscribe("t", 1)
			sender := f.connect(mqtt.V311, "sender")
			sender.send(publish("t", "one", 1, 1), publish("t", "two", 1, 2))
			c.want(publish("t", "one", 1, 1), publish("t", "two", 1, 2))
			c.send(&mqtt.Puback{ID: 1})
			c.close()
			sender.send(publish("t", "three", 1, 3))
			if restart {
				f.again()
			}
			c = f.persist(mqtt.V311, "a", true)
			time.Sleep(time.Second)
			two, three := publish("t", "two", 1, 2), publish("t", "three", 1, 3)
			two.Dup, three.Dup = dup, dup && restart // after a restart nobody knows
			got := append(c.queue, c.take()...)
			c.queue = nil
			if text := show(got, c.v); text != show([]mqtt.Packet{two, three}, c.v) {
				t.Errorf("got %s, want %s", text, show([]mqtt.Packet{two, three}, c.v))
			}
		}, append(adjust, durable(t))...)
	}
	f(false, false)
	f(false, true)
	f(true, false, standard)
	f(true, true, standard)
}

// A connected 3.1.1 client that does not acknowledge gets the message again after an hour; one of MQTT 5 only when it returns.
func TestRetry(t *testing.T) {
	f := func(v mqtt.Version, want int) {
		t.Helper()
		bubble(t, func(f *fixture) {
			c := f.persist(v, "a", false)
			c.subscribe("t", 1)
			f.connect(mqtt.V311, "sender").send(publish("t", "x", 1, 1))
			for range 130 {
				time.Sleep(29 * time.Second)
				c.send(&mqtt.Pingreq{})
			}
			n := 0
			for _, p := range c.take() {
				if p.Type() == mqtt.TypePublish {
					n++
				}
			}
			if n != want {
				t.Errorf("the message came %d times, want %d", n, want)
			}
		})
	}
	f(mqtt.V311, 2)
	f(mqtt.V5, 1)
}

// Whether a session goes on when its client connects again.
func TestSessionGoesOn(t *testing.T) {
	bubble(t, func(f *fixture) {
		sender := f.connect(mqtt.V311, "sender")
		old := f.persist(mqtt.V311, "a", false)
		old.subscribe("t", 1)
		young := f.persist(mqtt.V311, "a", true) // takes its place
		if !old.closed() {
			t.Error("two connections have one session")
		}
		sender.send(publish("t", "x", 1, 1))
		young.wantPayloads("x")
		young.close()
		c := f.persist(mqtt.V5, "a", false) // another version begins anew
		sender.send(publish("t", "y", 1, 2))
		c.wantPayloads()
		c.subscribe("t", 1)
		c.close()
		sender.send(publish("t", "z", 1, 3))
		f.facts.take()
		f.connect(mqtt.V5, "a").wantPayloads() // a clean start ends it
		want := "Publish-Out ClientError topicName=t clientId=a reason=CLIENT_ERROR details=1 messages that waited for the client were lost because its session ended; this is the topic of the last"
		if got := f.facts.take()[0].text; got != want {
			t.Errorf("got %s", got)
		}
		f.persist(mqtt.V5, "a", false)
	})
}

func TestSessionExpires(t *testing.T) {
	f := func(after time.Duration, present bool, leave func(c *client)) {
		t.Helper()
		bubble(t, func(f *fixture) {
			c := f.persist(mqtt.V5, "a", false)
			c.subscribe("t", 1)
			leave(c)
			time.Sleep(after)
			if n := f.domain(home).tree.Len(); n != map[bool]int{true: 1}[present] {
				t.Errorf("%d subscriptions are left", n)
			}
			f.persist(mqtt.V5, "a", present)
		})
	}
	expiring := func(seconds uint32) func(c *client) {
		return func(c *client) {
			c.send(&mqtt.Disconnect{Properties: mqtt.Properties{SessionExpiry: mqtt.Some(seconds)}})
		}
	}
	f(600*time.Second-1, true, (*client).close)
	f(601*time.Second, false, (*client).close)
	f(0, false, expiring(0))
	f(19*time.Second, true, expiring(20))
	f(21*time.Second, false, expiring(20))
	f(3599*time.Second, true, expiring(7200)) // lowered
	f(3601*time.Second, false, expiring(7200))
}

// A session expires at its time also when the broker was restarted meanwhile, and one whose connection a crash cut not before that.
func TestSessionExpiresAfterRestart(t *testing.T) {
	bubble(t, func(f *fixture) {
		f.persist(mqtt.V5, "a", false).close()
		time.Sleep(300 * time.Second)
		f.again()
		time.Sleep(299 * time.Second)
		if f.domain(home).session("a") == nil {
			t.Error("the session ended too early")
		}
		time.Sleep(2 * time.Second)
		if f.domain(home).session("a") != nil {
			t.Error("the session is still there")
		}
		f.persist(mqtt.V5, "a", false)
	}, durable(t))
}

// Messages that wait lose their life, and those that lost it are told.
func TestExpiryWhileWaiting(t *testing.T) {
	bubble(t, func(f *fixture) {
		c := f.persist(mqtt.V5, "a", false)
		c.subscribe("t", 1)
		c.close()
		sender := f.connect(mqtt.V5, "sender")
		for i, seconds := range []uint32{10, 100} {
			p := publish("t", fmt.Sprint(seconds), 1, uint16(i+1))
			p.Properties.MessageExpiry = mqtt.Some(seconds)
			sender.send(p)
		}
		time.Sleep(30 * time.Second)
		f.again()
		f.facts.take()
		c = f.persist(mqtt.V5, "a", true)
		time.Sleep(time.Second)
		list := append(c.queue, c.take()...)
		if len(list) != 1 || list[0].(*mqtt.Publish).Properties.MessageExpiry.Value != 69 {
			t.Errorf("got %s", show(list, c.v))
		}
		if got := f.facts.take()[1].text; got != "Publish-Out ClientError topicName=t clientId=a reason=CLIENT_ERROR details=The message expired while it waited for the client" {
			t.Errorf("got %s", got)
		}
	}, durable(t))
}

// What would exceed a limit is refused for the session alone, told and counted.
func TestQueueLimits(t *testing.T) {
	f := func(kept int, adjust func(*Config)) {
		t.Helper()
		bubble(t, func(f *fixture) {
			c := f.persist(mqtt.V311, "a", false)
			c.subscribe("t", 1)
			c.close()
			sender := f.connect(mqtt.V5, "sender")
			f.facts.take()
			for i := range 5 {
				sender.send(publish("t", strings.Repeat("x", 900), 1, uint16(i+1)))
			}
			refused := 0
			for _, x := range f.facts.take() {
				if x.text == "Queued Throttle topicName=t clientId=a reason=THROTTLED details=Throttled while queueing offline message" {
					refused++
				}
			}
			if n := len(sender.take()); refused != 5-kept || n != 5 || f.facts.sample("Queued.Throttle") != float64(5-kept) {
				t.Errorf("%d refused, want %d; %d acknowledged", refused, 5-kept, n)
			}
		}, adjust)
	}
	f(3, func(c *Config) { c.Limits.SessionMessages = 3 })
	f(2, func(c *Config) { c.Limits.SessionBytes = 2100 })
	f(1, func(c *Config) { c.Limits.AllSessionBytes = 1500 })
	f(2, func(c *Config) { c.Rates.Queued = 2 })
}

// The log of messages that wait is cut, and what a client that stays away has still to get is written again.
func TestSpoolIsBounded(t *testing.T) {
	bubble(t, func(f *fixture) {
		away := f.persist(mqtt.V311, "away", false)
		away.subscribe("rare", 1)
		away.close()
		c := f.persist(mqtt.V311, "a", false)
		c.subscribe("t", 1)
		sender := f.connect(mqtt.V311, "sender")
		sender.send(publish("rare", "still here", 1, 1))
		payload := strings.Repeat("x", 100_000)
		for i := range 400 {
			sender.send(publish("t", payload, 1, uint16(i+1)))
			if n := len(c.payloads()); n != 1 {
				t.Fatalf("message %d came %d times", i, n)
			}
			time.Sleep(spoolDelay)
		}
		time.Sleep(time.Second)
		if size := f.spool.log.Size(); size > spoolSlack+1<<20 {
			t.Errorf("the log has %d bytes", size)
		}
		if n := f.spool.bytes.Load(); n > 1000 {
			t.Errorf("%d bytes are in memory", n)
		}
		f.again()
		f.persist(mqtt.V311, "away", true).wantPayloads("still here")
	}, durable(t))
}

// A message that costs a session little is counted all the same: many sessions that get it fill the memory as well.
func TestHoldersCount(t *testing.T) {
	bubble(t, func(f *fixture) {
		for i := range 5 {
			c := f.persist(mqtt.V311, fmt.Sprint("c", i), false)
			c.subscribe("t", 1)
			c.close()
		}
		f.connect(mqtt.V311, "sender").send(publish("t", "x", 1, 1))
		if n := f.facts.sample("Queued.Success"); n != 3 {
			t.Errorf("%v sessions got the message, want 3", n)
		}
	}, func(c *Config) { c.Limits.AllSessionBytes = 500 })
}
