package traffic

import (
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"telltale/lang/mqtt"
)

// relay is a broker with one topic, which may do wrong to a delivery.
type relay struct {
	mu        sync.Mutex
	clients   []net.Conn // that have subscribed
	delivered int
	wrong     func(number int, frame []byte) [][]byte // what is delivered instead
}

func startRelay(t *testing.T, wrong func(int, []byte) [][]byte) Target {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{wrong: wrong}
	var running sync.WaitGroup
	t.Cleanup(running.Wait)
	t.Cleanup(func() { _ = l.Close() })
	running.Go(func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() { r.serve(nc) })
		}
	})
	return Target{Addr: l.Addr().String()}
}

func (r *relay) serve(nc net.Conn) {
	defer nc.Close()
	c := &client{nc: nc, buf: make([]byte, 64<<10)}
	for c.fill() == nil {
		for {
			header, body, ok, err := c.next()
			if err != nil || !ok {
				break
			}
			r.handle(nc, header, body)
		}
	}
}

func (r *relay) handle(nc net.Conn, header byte, body []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch mqtt.TypeOf(header) {
	case mqtt.TypeConnect:
		_, _ = nc.Write(mqtt.AppendConnack(nil, &mqtt.Connack{}, mqtt.V311))
	case mqtt.TypeSubscribe:
		s, _ := mqtt.DecodeSubscribe(body, mqtt.V311)
		r.clients = append(r.clients, nc)
		_, _ = nc.Write(mqtt.AppendSuback(nil, &mqtt.Suback{ID: s.ID, Reasons: make([]mqtt.ReasonCode, len(s.Subscriptions))}, mqtt.V311))
	case mqtt.TypePublish:
		p, _ := mqtt.DecodePublish(header, body, mqtt.V311)
		frame := mqtt.AppendPublish(nil, &p, mqtt.V311)
		for _, client := range r.clients {
			r.delivered++
			for _, f := range r.wrong(r.delivered, frame) {
				_, _ = client.Write(f)
			}
		}
	}
}

// Whatever a broker does wrong is seen.
func TestWrong(t *testing.T) {
	var kept []byte
	for _, c := range []struct {
		name, want string
		wrong      func(number int, frame []byte) [][]byte
	}{
		{"nothing", "", func(_ int, frame []byte) [][]byte { return [][]byte{frame} }},
		{"repeats", "1 repeated", func(n int, frame []byte) [][]byte {
			if n == 7 {
				return [][]byte{frame, frame}
			}
			return [][]byte{frame}
		}},
		{"loses", "1 of", func(n int, frame []byte) [][]byte {
			if n == 7 {
				return nil
			}
			return [][]byte{frame}
		}},
		{"swaps", "1 repeated", func(n int, frame []byte) [][]byte {
			switch n {
			case 7:
				kept = frame
				return nil
			case 8:
				return [][]byte{frame, kept}
			}
			return [][]byte{frame}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan := Plan{Publishers: 1, Subscribers: 1, Window: 4, Copies: 1, Whole: true, Size: 64, Rate: 2000,
				Filters: func(int) []string { return []string{"a"} }, Topics: func(int) []string { return []string{"a"} }}
			crowd, err := Open(plan, startRelay(t, c.wrong))
			if err != nil {
				t.Fatal(err)
			}
			defer crowd.Close()
			crowd.grace = 100 * time.Millisecond
			tally, err := crowd.Run(50 * time.Millisecond)
			if err != nil {
				t.Fatal(err)
			}
			if got := tally.Wrong(); c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("the broker that does %s wrong: %q, want %q", c.name, got, c.want)
			}
			if tally.Delivered < 10 {
				t.Errorf("%d messages were delivered: nothing was tested", tally.Delivered)
			}
		})
	}
}

// A fan-out counts each delivery, and a message is on its way until the last of them.
func TestCopies(t *testing.T) {
	plan := Plan{Publishers: 1, Subscribers: 3, Window: 4, Copies: 3, Whole: true, Size: 64,
		Filters: func(int) []string { return []string{"a"} }, Topics: func(int) []string { return []string{"a"} }}
	crowd, err := Open(plan, startRelay(t, func(_ int, frame []byte) [][]byte { return [][]byte{frame} }))
	if err != nil {
		t.Fatal(err)
	}
	defer crowd.Close()
	tally, err := crowd.Run(20 * time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if wrong := tally.Wrong(); wrong != "" || tally.Sent == 0 || tally.Delivered != 3*tally.Sent {
		t.Errorf("%d sent, %d delivered, %s; want three times as many delivered", tally.Sent, tally.Delivered, wrong)
	}
}
