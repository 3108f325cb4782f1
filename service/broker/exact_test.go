package broker

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"telltale/lang/mqtt"
)

// The four packets of QoS 2, towards the broker and from it.
func TestQoS2(t *testing.T) {
	for _, persistent := range []bool{false, true} {
		for _, v := range []mqtt.Version{mqtt.V311, mqtt.V5} {
			bubble(t, func(f *fixture) {
				open := func(id string) *client {
					if persistent {
						return f.persist(v, id, false)
					}
					return f.connect(v, id)
				}
				sub, pub := open("sub"), open("pub")
				sub.subscribe("t", 2)
				f.facts.take()
				p := publish("t", "x", 2, 7)
				again := *p
				again.Dup = true
				pub.send(p, &again)
				pub.want(&mqtt.Pubrec{ID: 7}, &mqtt.Pubrec{ID: 7})
				f.facts.want(t, "Publish-In Success topicName=t clientId=pub", "Publish-Out Success topicName=t clientId=sub")
				pub.send(&mqtt.Pubrel{ID: 7}, p, &mqtt.Pubrel{ID: 7})
				pub.want(&mqtt.Pubcomp{ID: 7}, &mqtt.Pubrec{ID: 7}, &mqtt.Pubcomp{ID: 7})
				sub.want(publish("t", "x", 2, 1), publish("t", "x", 2, 2))
				sub.send(&mqtt.Pubrec{ID: 1}, &mqtt.Pubrec{ID: 1}, &mqtt.Pubcomp{ID: 1})
				sub.want(&mqtt.Pubrel{ID: 1}, &mqtt.Pubrel{ID: 1})
				unknown := &mqtt.Pubcomp{ID: 99}
				rel := &mqtt.Pubrel{ID: 98}
				if v == mqtt.V5 {
					unknown.Reason, rel.Reason = mqtt.PacketIDNotFound, mqtt.PacketIDNotFound
				}
				sub.send(&mqtt.Pubrel{ID: 99}, &mqtt.Pubrec{ID: 98})
				sub.want(unknown, rel)
			}, standard, durable(t))
		}
	}
}

// An MQTT 5 client that refuses a message is not sent it again, and one that begins too many is cut.
func TestQoS2Refused(t *testing.T) {
	for _, persistent := range []bool{false, true} {
		bubble(t, func(f *fixture) {
			sub := f.connect(mqtt.V5, "sub")
			if persistent {
				sub = f.persist(mqtt.V5, "sub2", false)
			}
			sub.subscribe("t", 2)
			pub := f.connect(mqtt.V5, "pub")
			pub.send(publish("t", "1", 2, 1), &mqtt.Pubrel{ID: 1}, publish("t", "2", 2, 2), &mqtt.Pubrel{ID: 2})
			sub.want(publish("t", "1", 2, 1))
			sub.send(&mqtt.Pubrec{ID: 1, Reason: mqtt.QuotaExceeded})
			sub.want(publish("t", "2", 2, 2))
			pub.take()
			for i := range 2 {
				pub.send(publish("u", "", 2, uint16(i+5)))
			}
			if list := pub.take(); !pub.closed() || list[len(list)-1].(*mqtt.Disconnect).Reason != mqtt.ReceiveMaximumExceeded {
				t.Errorf("got %s", show(list, pub.v))
			}
		}, standard, func(c *Config) { c.Limits.Inflight = 1 })
	}
}

// exact is a client of QoS 2 that keeps its state over lost connections, as the standard wants it.
type exact struct {
	t    *testing.T
	f    *fixture
	id   string
	c    *client
	r    *rand.Rand
	next int // message to send

	sending  map[uint16]string // published and not PUBREC'd
	releases map[uint16]bool   // PUBREC'd and not PUBCOMP'd
	held     map[uint16]bool   // received and not released
	got      []string
}

func (x *exact) connect(present bool) {
	x.c = x.f.persist(mqtt.V311, x.id, present)
	for id, text := range x.sending {
		p := publish("t", text, 2, id)
		p.Dup = true
		x.write(mqtt.Append(nil, p, mqtt.V311))
	}
	for id := range x.releases {
		x.write(mqtt.Append(nil, &mqtt.Pubrel{ID: id}, mqtt.V311))
	}
}

// write sends a frame, or at times only a part of it before the connection is lost.
func (x *exact) write(frame []byte) {
	if x.r.IntN(12) == 0 {
		frame = frame[:x.r.IntN(len(frame)+1)]
		_, _ = x.c.nc.Write(frame)
		_ = x.c.nc.Close()
		return
	}
	_, _ = x.c.nc.Write(frame)
	synctest.Wait()
}

// step takes in what came and answers it, and reports whether the connection is alive.
func (x *exact) step(publishes bool) bool {
	if publishes {
		x.next++
		id := uint16(x.next%60000 + 1)
		x.sending[id] = fmt.Sprint(x.next)
		x.write(mqtt.Append(nil, publish("t", x.sending[id], 2, id), mqtt.V311))
	}
	list := append(x.c.queue, x.c.take()...)
	x.c.queue = nil
	for _, p := range list {
		switch p := p.(type) {
		case *mqtt.Publish:
			if !x.held[p.ID] {
				x.held[p.ID] = true
				x.got = append(x.got, string(p.Payload))
			}
			x.write(mqtt.Append(nil, &mqtt.Pubrec{ID: p.ID}, mqtt.V311))
		case *mqtt.Pubrel:
			delete(x.held, p.ID)
			x.write(mqtt.Append(nil, &mqtt.Pubcomp{ID: p.ID}, mqtt.V311))
		case *mqtt.Pubrec:
			if _, ok := x.sending[p.ID]; ok {
				delete(x.sending, p.ID)
				x.releases[p.ID] = true
			}
			x.write(mqtt.Append(nil, &mqtt.Pubrel{ID: p.ID}, mqtt.V311))
		case *mqtt.Pubcomp:
			delete(x.releases, p.ID)
		}
	}
	return !x.c.closed()
}

// Over connections that are lost at any byte, and restarts of the broker, each message of QoS 2 comes exactly once, in order.
func TestExactlyOnce(t *testing.T) {
	for seed := range uint64(6) {
		bubble(t, func(f *fixture) {
			r := rand.New(rand.NewPCG(seed, 7))
			client := func(id string) *exact {
				return &exact{t: t, f: f, id: id, r: r, sending: map[uint16]string{}, releases: map[uint16]bool{}, held: map[uint16]bool{}}
			}
			sub, pub := client("sub"), client("pub")
			sub.c = f.persist(mqtt.V311, "sub", false)
			sub.c.subscribe("t", 2)
			pub.connect(false)
			for round := 0; round < 600; round++ {
				if r.IntN(80) == 0 {
					f.again()
					sub.connect(true)
					pub.connect(true)
				}
				if !pub.step(round < 500 && len(pub.sending) == 0 && len(pub.releases) == 0) {
					pub.connect(true)
				}
				if !sub.step(false) {
					sub.connect(true)
				}
			}
			var want []string
			for i := range pub.next {
				want = append(want, fmt.Sprint(i+1))
			}
			if len(want) < 20 || !slices.Equal(sub.got, want) {
				t.Errorf("seed %d: got %s, want 1 to %d", seed, strings.Join(sub.got, " "), pub.next)
			}
		}, standard, durable(t))
	}
}
