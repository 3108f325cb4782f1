package broker

import (
	"fmt"
	"math/rand/v2"
	"net"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"telltale/lang/mqtt"
)

// withTCP opens the plain listener.
func withTCP(c *Config) { c.MQTT = "127.0.0.1:0" }

// Many clients that publish, subscribe, take each other's place and vanish at any moment: every Connect has its Disconnect, and no
// goroutine is left.
func TestStorm(t *testing.T) {
	before := runtime.NumGoroutine()
	f := newFixture(t, withTCP)
	var clients sync.WaitGroup
	for n := range 40 {
		clients.Go(func() {
			r := rand.New(rand.NewPCG(uint64(n), 1))
			for range 15 {
				f.visit(r)
			}
		})
	}
	clients.Wait()
	f.stop()
	counts := map[string]int{}
	for _, x := range f.facts.take() {
		counts[x.kind]++
	}
	if counts["Connect"] == 0 || counts["Connect"] != counts["Disconnect"] || counts["Publish-Out"] == 0 {
		t.Errorf("facts: %v", counts)
	}
	f.domains.Range(func(_, d any) bool {
		if d := d.(*domain); len(d.sessions) != 0 || d.tree.Len() != 0 {
			t.Errorf("%d sessions and %d subscriptions are left", len(d.sessions), d.tree.Len())
		}
		return true
	})
	if len(f.live) != 0 {
		t.Errorf("%d connections are left", len(f.live))
	}
	for wait := time.Now().Add(patient); runtime.NumGoroutine() > before && time.Now().Before(wait); {
		runtime.Gosched() // those of the database end on their own
	}
	if after := runtime.NumGoroutine(); after > before {
		buf := make([]byte, 1<<20)
		t.Errorf("%d goroutines, there were %d:\n%s", after, before, buf[:runtime.Stack(buf, true)])
	}
}

// visit is one short life of a client.
func (f *fixture) visit(r *rand.Rand) {
	nc, err := net.Dial("tcp", f.at.MQTT)
	if err != nil {
		f.t.Error(err)
		return
	}
	defer nc.Close()
	v := []mqtt.Version{mqtt.V311, mqtt.V5}[r.IntN(2)]
	connect := &mqtt.Connect{Version: v, CleanStart: true, ClientID: fmt.Append(nil, "c", r.IntN(30))}
	if r.IntN(2) == 0 {
		connect.Will = &mqtt.Will{Topic: []byte("t/0"), QoS: 1}
	}
	frames := mqtt.AppendConnect(nil, connect)
	frames = mqtt.Append(frames, &mqtt.Subscribe{ID: 1, Subscriptions: []mqtt.Subscription{{Filter: fmt.Append(nil, "t/", r.IntN(5)), QoS: 1}, {Filter: []byte("t/#")}}}, v)
	for i := range r.IntN(50) {
		qos := byte(r.IntN(2))
		frames = mqtt.Append(frames, &mqtt.Publish{Topic: fmt.Append(nil, "t/", r.IntN(5)), Payload: make([]byte, r.IntN(300)), QoS: qos, ID: uint16(i+1) * uint16(qos)}, v)
	}
	if r.IntN(2) == 0 {
		frames = mqtt.Append(frames, &mqtt.Disconnect{}, v)
	}
	if r.IntN(3) == 0 {
		frames = frames[:r.IntN(len(frames))]
	}
	_, _ = nc.Write(frames)
	if r.IntN(3) > 0 {
		_ = nc.SetReadDeadline(time.Now().Add(time.Duration(r.IntN(20)) * time.Millisecond))
		buf := make([]byte, 1000)
		for {
			if _, err := nc.Read(buf); err != nil {
				return
			}
		}
	}
}

// Each receiver gets the messages of each publisher in their order, complete, over real sockets, with many at once.
func TestOrder(t *testing.T) {
	const publishers, receivers, messages = 5, 4, 400
	f := newFixture(t, withTCP, func(c *Config) { c.Limits.QueueMessages = publishers * messages })
	defer f.stop()
	var ready, clients sync.WaitGroup
	ready.Add(receivers)
	dial := func(id string) net.Conn {
		nc, err := net.Dial("tcp", f.at.MQTT)
		if err != nil {
			t.Fatal(err)
		}
		_ = nc.SetDeadline(time.Now().Add(patient))
		t.Cleanup(func() { nc.Close() })
		_, _ = nc.Write(mqtt.AppendConnect(nil, &mqtt.Connect{Version: mqtt.V311, CleanStart: true, ClientID: []byte(id)}))
		return nc
	}
	for i := range receivers {
		nc := dial(fmt.Sprint("r", i))
		clients.Go(func() {
			_, _ = nc.Write(mqtt.Append(nil, &mqtt.Subscribe{ID: 1, Subscriptions: []mqtt.Subscription{{Filter: []byte("t/#"), QoS: byte(i % 2)}}}, mqtt.V311))
			next := make([]int, publishers)
			count := 0
			err := frames(nc, func(header byte, body []byte) bool {
				switch mqtt.TypeOf(header) {
				case mqtt.TypeSuback:
					ready.Done()
				case mqtt.TypePublish:
					p, err := mqtt.DecodePublish(header, body, mqtt.V311)
					var from, number int
					if _, scan := fmt.Sscanf(string(p.Payload), "%d %d", &from, &number); err != nil || scan != nil || next[from] != number {
						t.Errorf("receiver %d: got %q, want number %d", i, p.Payload, next[from])
						return false
					}
					next[from]++
					if p.QoS == 1 {
						_, _ = nc.Write(mqtt.Append(nil, &mqtt.Puback{ID: p.ID}, mqtt.V311))
					}
					count++
				}
				return count < publishers*messages
			})
			if err != nil {
				t.Errorf("receiver %d after %d messages: %v", i, count, err)
			}
		})
	}
	ready.Wait()
	for i := range publishers {
		nc := dial(fmt.Sprint("p", i))
		clients.Go(func() {
			var batch []byte
			for n := range messages {
				batch = mqtt.Append(batch, publish(fmt.Sprint("t/", i), fmt.Sprint(i, " ", n), 1, uint16(n+1)), mqtt.V311)
			}
			_, _ = nc.Write(batch)
			acks := 0
			err := frames(nc, func(header byte, _ []byte) bool {
				if mqtt.TypeOf(header) == mqtt.TypePuback {
					acks++
				}
				return acks < messages
			})
			if err != nil {
				t.Errorf("publisher %d after %d acknowledgements: %v", i, acks, err)
			}
		})
	}
	clients.Wait()
}

// frames reads frames as long as f wants more.
func frames(nc net.Conn, f func(header byte, body []byte) bool) error {
	var have []byte
	buf := make([]byte, 64<<10)
	for {
		n, err := nc.Read(buf)
		if err != nil {
			return err
		}
		have = append(have, buf[:n]...)
		used := 0
		for {
			header, body, n, err := mqtt.NextFrame(have[used:], 0)
			if err == mqtt.ErrNeedMore {
				break
			}
			if err != nil {
				return err
			}
			used += n
			if !f(header, body) {
				return nil
			}
		}
		have = slices.Delete(have, 0, used)
	}
}
