package broker

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"telltale/base/message"
	"telltale/lang/mqtt"
)

// At most as many QoS 1 messages are under way as the client takes; the others wait, and are told when they leave.
func TestWindow(t *testing.T) {
	bubble(t, func(f *fixture) {
		c := f.dial(mqtt.V5).connect(&mqtt.Connect{ClientID: []byte("a"), Properties: mqtt.Properties{ReceiveMaximum: mqtt.Some[uint16](2)}})
		c.subscribe("t", 1)
		sender := f.connect(mqtt.V311, "sender")
		f.facts.take()
		sender.send(publish("t", "1", 1, 1), publish("t", "2", 1, 2), publish("t", "3", 1, 3), publish("t", "4", 1, 4), publish("t", "free", 0, 0))
		sender.want(&mqtt.Puback{ID: 1}, &mqtt.Puback{ID: 2}, &mqtt.Puback{ID: 3}, &mqtt.Puback{ID: 4})
		c.want(publish("t", "1", 1, 1), publish("t", "2", 1, 2), publish("t", "free", 0, 0))
		const in, out = "Publish-In Success topicName=t clientId=sender", "Publish-Out Success topicName=t clientId=a"
		facts := f.facts.want(t, in, out, in, out, in, in, in, out)
		c.send(&mqtt.Puback{ID: 2}, &mqtt.Puback{ID: 2}, &mqtt.Puback{ID: 77})
		c.want(publish("t", "3", 1, 3))
		if got := f.facts.want(t, out); got[0].trace != facts[4].trace {
			t.Errorf("the trace is %v, want %v", got[0].trace, facts[4].trace)
		}
		c.send(&mqtt.Puback{ID: 1}, &mqtt.Puback{ID: 3})
		c.want(publish("t", "4", 1, 4))
		f.facts.want(t, out)
	})
}

// What waits for acknowledgements is bounded, and what is lost is told once, with its number.
func TestHeldMessagesAreLost(t *testing.T) {
	bubble(t, func(f *fixture) {
		c := f.connect(mqtt.V311, "a")
		c.subscribe("t", 1)
		sender := f.connect(mqtt.V311, "sender")
		for i := range 20 {
			sender.send(publish("t", "x", 1, uint16(i+1)))
		}
		f.facts.take()
		c.close()
		f.facts.want(t,
			"Publish-Out Throttle topicName=t clientId=a reason=THROTTLED details=6 messages were dropped because the client did not take them fast enough; this is the topic of the last",
			"Publish-Out ClientError topicName=t clientId=a reason=CLIENT_ERROR details=10 QoS 1 messages that waited for the client's acknowledgements were lost with its connection; this is the topic of the last",
			"Disconnect Success clientId=a disconnectReason=CONNECTION_LOST")
		if a, b, c := f.facts.sample("PublishOut.Success"), f.facts.sample("PublishOut.Throttle"), f.facts.sample("PublishOut.ClientError"); a != 4 || b != 6 || c != 10 {
			t.Errorf("delivered %v, dropped %v, lost %v; want 4, 6, 10", a, b, c)
		}
	}, func(c *Config) { c.Limits.Inflight, c.Limits.QueueMessages = 4, 10 })
}

// A client that does not read never holds up a publisher. Its drops are told once for a burst, when it reads again.
func TestSlowConsumer(t *testing.T) {
	bubble(t, func(f *fixture) {
		slow, fast, sender := f.connect(mqtt.V311, "slow"), f.connect(mqtt.V311, "fast"), f.connect(mqtt.V311, "sender")
		slow.subscribe("t", 0)
		fast.subscribe("t", 0)
		slow.pause(true)
		f.facts.take()
		payload := strings.Repeat("x", 1000)
		for i := range 100 {
			sender.send(publish("t", payload, 1, uint16(i+1)))
		}
		if n := len(sender.take()); n != 100 {
			t.Errorf("the sender got %d acknowledgements, want 100", n)
		}
		if n := len(fast.take()); n != 100 {
			t.Errorf("the fast client got %d messages, want 100", n)
		}
		delivered, told := countOut(f.facts.take())
		if told != "" {
			t.Errorf("told during the burst: %s", told)
		}
		slow.pause(false)
		if n := len(slow.take()); n != delivered {
			t.Errorf("the slow client got %d messages, but %d were told as delivered", n, delivered)
		}
		_, told = countOut(f.facts.take())
		want := fmt.Sprintf("Publish-Out Throttle topicName=t clientId=slow reason=THROTTLED details=%d messages were dropped because the client did not take them fast enough; this is the topic of the last", 100-delivered)
		if told != want || delivered < 10 || delivered > 30 {
			t.Errorf("after %d deliveries got %q, want %q", delivered, told, want)
		}
		sender.send(publish("t", "after", 0, 0))
		slow.want(publish("t", "after", 0, 0))
		if _, told = countOut(f.facts.take()); told != "" {
			t.Errorf("told again: %s", told)
		}
	}, func(c *Config) { c.Limits.QueueBytes = 10_000 })
}

// countOut counts the deliveries to the client slow, and returns its failures.
func countOut(list []told) (delivered int, failed string) {
	for _, x := range list {
		switch {
		case !strings.Contains(x.text, "clientId=slow"):
		case strings.HasPrefix(x.text, "Publish-Out Success"):
			delivered++
		default:
			failed += x.text
		}
	}
	return delivered, failed
}

// A client that sends but never reads the answers cannot be kept.
func TestDoesNotReadAnswers(t *testing.T) {
	bubble(t, func(f *fixture) {
		c := f.connect(mqtt.V5, "a")
		f.facts.take()
		c.pause(true)
		frames := []byte{}
		for range 500 {
			frames = mqtt.AppendPingreq(frames)
		}
		for range 20 {
			_, _ = c.nc.Write(frames)
		}
		synctest.Wait()
		c.pause(false)
		if !c.closed() {
			t.Fatal("the connection is open")
		}
		if x := last(f.facts.take()).text; x != "Disconnect Success clientId=a details=The client does not read the answers to its packets disconnectReason=THROTTLED" {
			t.Errorf("got %s", x)
		}
	}, func(c *Config) { c.Limits.QueueBytes = 1000 })
}

func TestMaximumPacketSize(t *testing.T) {
	bubble(t, func(f *fixture) {
		c := f.dial(mqtt.V5).connect(&mqtt.Connect{ClientID: []byte("a"), Properties: mqtt.Properties{MaximumPacketSize: mqtt.Some[uint32](512)}})
		c.subscribe("t", 1)
		f.facts.take()
		fits := strings.Repeat("x", 512-9) // header 1, length 2, topic 3, id 2, properties 1
		c.send(publish("t", fits+"x", 1, 1), publish("t", fits, 1, 2))
		c.want(&mqtt.Puback{ID: 1}, publish("t", fits, 1, 1), &mqtt.Puback{ID: 2})
		const in = "Publish-In Success topicName=t clientId=a"
		f.facts.want(t, in, "Publish-Out ClientError topicName=t clientId=a reason=CLIENT_ERROR details=The message is larger than the client's Maximum Packet Size of 512",
			in, "Publish-Out Success topicName=t clientId=a")
	})
}

// A service publishes without a Publish-In, under the trace it was given.
func TestServicePublishes(t *testing.T) {
	bubble(t, func(f *fixture) {
		f.Handle("$aws/things/+/shadow/#", echo{f.Broker})
		c := f.connect(mqtt.V5, "a")
		c.subscribe("$aws/things/a/shadow/get/accepted", 1)
		f.facts.take()
		p := publish("$aws/things/a/shadow/get", "hello", 1, 4)
		p.Properties.ContentType = []byte("text")
		c.send(p)
		out := publish("$aws/things/a/shadow/get/accepted", "hello", 1, 1)
		out.Properties.ContentType = []byte("text")
		c.want(out, &mqtt.Puback{ID: 4})
		facts := f.facts.want(t, "Publish-In Success topicName=$aws/things/a/shadow/get clientId=a", "Publish-Out Success topicName=$aws/things/a/shadow/get/accepted clientId=a")
		if facts[0].trace != facts[1].trace {
			t.Error("the answer has a trace of its own")
		}
	})
}

// echo is a service that answers what it gets.
type echo struct{ b *Broker }

func (e echo) HandleMessage(ctx context.Context, m *message.Message) {
	if strings.HasSuffix(m.Topic, "/accepted") {
		return // its own
	}
	answer := *m
	answer.Topic += "/accepted"
	_ = e.b.Publish(ctx, &answer)
}

// All that one read of a publisher causes leaves in one write for each receiver, and so do the answers.
func TestOneWrite(t *testing.T) {
	bubble(t, func(f *fixture) {
		var counts [2]writes
		var list [2]*client
		for i := range list {
			near, far := net.Pipe()
			counts[i].Conn = far
			f.start(newConn(f.Broker, &counts[i], nil))
			list[i] = (&client{t: t, nc: near, v: mqtt.V311}).start().connect(&mqtt.Connect{ClientID: []byte{'a' + byte(i)}})
			list[i].subscribe("t", 1)
		}
		before := [2]int64{counts[0].n.Load(), counts[1].n.Load()}
		var batch []mqtt.Packet
		for i := range 20 {
			batch = append(batch, publish("t", "x", 1, uint16(i+1)))
		}
		list[0].send(batch...)
		if a, b := len(list[0].take()), len(list[1].take()); a != 40 || b != 20 {
			t.Errorf("%d and %d packets, want 40 and 20", a, b)
		}
		if a, b := counts[0].n.Load()-before[0], counts[1].n.Load()-before[1]; a != 1 || b != 1 {
			t.Errorf("%d and %d writes, want 1 and 1", a, b)
		}
	})
}

// writes counts.
type writes struct {
	net.Conn
	n atomic.Int64
}

func (w *writes) Write(b []byte) (int, error) {
	w.n.Add(1)
	return w.Conn.Write(b)
}
