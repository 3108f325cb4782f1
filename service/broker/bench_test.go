package broker

import (
	"crypto/tls"
	"fmt"
	"net"
	"runtime"
	"sync"
	"testing"
	"time"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/lang/mqtt"
	"telltale/service/registry"
)

// counting is a sink that does what a real one must, and keeps nothing.
type counting struct {
	mu sync.Mutex
	w  event.Writer
	c  event.Counter
}

func (s *counting) Record(o *caller.Origin, f event.Fact) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.w.Reset(o)
	f.Fields(&s.w)
	s.c.Reset()
	if counted, ok := f.(event.Counted); ok {
		counted.Count(&s.c)
	}
}

// pair is a publisher and a subscriber over real sockets, with their facts recorded.
type pair struct {
	f        *fixture
	pub, sub net.Conn
	batch    []byte // PUBLISH frames written at once
	out      []byte // what the subscriber then reads
	acks     []byte // what it answers
	pubacks  []byte // what the publisher reads
}

func newPair(b testing.TB, qos byte, messages int, secure bool) *pair {
	p := &pair{f: newFixture(b, withTCP, withTLS)}
	p.f.needs.Facts = event.NewRecorder(&counting{})
	var cert tls.Certificate
	if secure {
		cert, _ = p.f.certificate(home, registry.CertificateActive, everything)
	}
	dial := func(id string) (nc net.Conn) {
		var err error
		if secure {
			nc, err = tls.Dial("tcp", p.f.at.MQTTS, p.f.clientTLS(cert))
		} else {
			nc, err = net.Dial("tcp", p.f.at.MQTT)
		}
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { nc.Close() })
		p.exchange(b, nc, mqtt.AppendConnect(nil, &mqtt.Connect{Version: mqtt.V311, CleanStart: true, ClientID: []byte(id)}), 4)
		return nc
	}
	p.sub = dial("sub")
	p.exchange(b, p.sub, mqtt.Append(nil, &mqtt.Subscribe{ID: 1, Subscriptions: []mqtt.Subscription{{Filter: []byte("sensors/+/temperature"), QoS: 1}}}, mqtt.V311), 5)
	p.pub = dial("pub")
	for i := range messages {
		id := uint16(i+1) * uint16(qos)
		p.batch = mqtt.Append(p.batch, publish("sensors/kitchen/temperature", string(make([]byte, 64)), qos, id), mqtt.V311)
		if qos == 1 {
			p.pubacks = mqtt.Append(p.pubacks, &mqtt.Puback{ID: id}, mqtt.V311)
			p.acks = mqtt.Append(p.acks, &mqtt.Puback{ID: id}, mqtt.V311)
		}
	}
	p.out = make([]byte, len(p.batch))
	return p
}

func (p *pair) exchange(b testing.TB, nc net.Conn, send []byte, answer int) {
	b.Helper()
	_ = nc.SetDeadline(time.Now().Add(patient))
	if _, err := nc.Write(send); err != nil {
		b.Fatal(err)
	}
	readFull(b, nc, make([]byte, answer))
	_ = nc.SetDeadline(time.Time{})
}

func readFull(b testing.TB, nc net.Conn, buf []byte) {
	for have := 0; have < len(buf); {
		n, err := nc.Read(buf[have:])
		if err != nil {
			b.Fatal(err)
		}
		have += n
	}
}

// round sends one batch and waits until all of it has arrived and is acknowledged.
func (p *pair) round(b testing.TB) {
	if _, err := p.pub.Write(p.batch); err != nil {
		b.Fatal(err)
	}
	readFull(b, p.sub, p.out)
	if len(p.pubacks) == 0 {
		return
	}
	readFull(b, p.pub, p.pubacks)
	for i, at := 0, 0; i < len(p.acks); i += 4 { // answer the ids the broker chose
		_, body, n, _ := mqtt.NextFrame(p.out[at:], 0)
		topic := int(body[0])<<8 | int(body[1])
		p.acks[i+2], p.acks[i+3] = body[2+topic], body[3+topic]
		at += n
	}
	if _, err := p.sub.Write(p.acks); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkPublish(b *testing.B) {
	for _, secure := range []bool{false, true} {
		for qos := range byte(2) {
			for _, messages := range []int{1, 32} {
				b.Run(fmt.Sprintf("tls=%t/qos=%d/batch=%d", secure, qos, messages), func(b *testing.B) {
					p := newPair(b, qos, messages, secure)
					defer p.f.stop()
					b.ReportAllocs()
					for b.Loop() {
						p.round(b)
					}
				})
			}
		}
	}
}

// From the publisher's socket to the subscriber's, with both facts recorded, a message costs no allocation. What remains over
// thousands of messages is the route, which is looked up anew each second, and what the runtime does by itself: under the race
// detector a sync.Pool forgets at random, so half an allocation is let pass; one for each message is not.
func TestPublishDoesNotAllocate(t *testing.T) {
	for qos := range byte(2) {
		p := newPair(t, qos, 32, false)
		for range 100 {
			p.round(t)
		}
		const rounds = 500
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range rounds {
			p.round(t)
		}
		runtime.ReadMemStats(&after)
		if each := float64(after.Mallocs-before.Mallocs) / (rounds * 32); each > 0.5 {
			t.Errorf("QoS %d: %.3f allocations for each message, want none", qos, each)
		} else {
			t.Logf("QoS %d: %.4f allocations for each message", qos, each)
		}
		p.f.stop()
	}
}
