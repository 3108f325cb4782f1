package broker

import (
	"bytes"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"telltale/base/caller"
	"telltale/lang/mqtt"
)

// client is an MQTT client in a bubble that sends what a test tells it to, byte by byte if need be, and shows all it receives.
type client struct {
	t     testing.TB
	nc    net.Conn
	v     mqtt.Version
	queue []mqtt.Packet // for takeOne

	mu     sync.Mutex
	got    []byte
	ended  bool
	paused bool
	resume *sync.Cond
}

// dial connects an anonymous client.
func (f *fixture) dial(v mqtt.Version) *client { return f.dialAs(v, home, "") }

func (f *fixture) dialAs(v mqtt.Version, s caller.Scope, certificate string) *client {
	return (&client{t: f.t, nc: f.pipe(s, certificate), v: v}).start()
}

func (c *client) start() *client {
	c.resume = sync.NewCond(&c.mu)
	go c.read()
	return c
}

func (c *client) read() {
	buf := make([]byte, 64<<10)
	for {
		c.mu.Lock()
		for c.paused {
			c.resume.Wait()
		}
		c.mu.Unlock()
		n, err := c.nc.Read(buf)
		c.mu.Lock()
		c.got = append(c.got, buf[:n]...)
		c.ended = err != nil
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// pause stops reading, after at most one more read.
func (c *client) pause(on bool) {
	c.mu.Lock()
	c.paused = on
	c.mu.Unlock()
	c.resume.Broadcast()
}

// connect opens a session and swallows the CONNACK.
func (f *fixture) connect(v mqtt.Version, id string) *client {
	f.t.Helper()
	return f.dial(v).connect(&mqtt.Connect{ClientID: []byte(id)})
}

// It begins a clean session, unless clean says otherwise.
func (c *client) connect(p *mqtt.Connect, clean ...bool) *client {
	c.t.Helper()
	p.Version, p.CleanStart = c.v, len(clean) == 0 || clean[0]
	c.send(p)
	list := c.take()
	if len(list) != 1 || list[0].Type() != mqtt.TypeConnack || list[0].(*mqtt.Connack).Reason != 0 {
		c.t.Fatalf("CONNECT of %s was answered with %s", p.ClientID, show(list, c.v))
	}
	return c
}

// send sends packets in one write. The broker may have closed the connection: that shows in what is received.
func (c *client) send(packets ...mqtt.Packet) {
	var frames []byte
	for _, p := range packets {
		frames = mqtt.Append(frames, p, c.v)
	}
	c.sendBytes(frames)
}

func (c *client) sendBytes(b []byte) {
	_, _ = c.nc.Write(b)
	synctest.Wait()
}

// take returns the packets received since the last time.
func (c *client) take() (list []mqtt.Packet) {
	c.t.Helper()
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.got) > 0 {
		header, body, n, err := mqtt.NextFrame(c.got, 0)
		if err != nil {
			break
		}
		p, err := mqtt.Decode(header, slices.Clone(body), c.v)
		if err != nil {
			c.t.Fatalf("the broker sent a packet that cannot be read: %v", err)
		}
		list = append(list, p)
		c.got = c.got[n:]
	}
	return list
}

// want expects exactly these packets since the last time.
func (c *client) want(want ...mqtt.Packet) {
	c.t.Helper()
	list := c.take()
	var got, expected []byte
	for _, p := range list {
		got = mqtt.Append(got, p, c.v)
	}
	for _, p := range want {
		expected = mqtt.Append(expected, p, c.v)
	}
	if !bytes.Equal(got, expected) {
		c.t.Errorf("packets:\n got  %s\n want %s", show(list, c.v), show(want, c.v))
	}
}

// wantClosed expects that the broker closed the connection, after these packets.
func (c *client) wantClosed(want ...mqtt.Packet) {
	c.t.Helper()
	c.want(want...)
	if !c.closed() {
		c.t.Error("the connection is open, want it closed")
	}
}

func (c *client) closed() bool {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ended
}

func (c *client) subscribe(filter string, qos byte) {
	c.t.Helper()
	c.send(&mqtt.Subscribe{ID: 1, Subscriptions: []mqtt.Subscription{{Filter: []byte(filter), QoS: qos}}})
	c.want(&mqtt.Suback{ID: 1, Reasons: []mqtt.ReasonCode{mqtt.ReasonCode(qos)}})
}

// close cuts the connection without a goodbye.
func (c *client) close() {
	_ = c.nc.Close()
	synctest.Wait()
}

func show(list []mqtt.Packet, v mqtt.Version) string {
	var parts []string
	for _, p := range list {
		text := fmt.Sprintf("%v %q", p.Type(), mqtt.Append(nil, p, v))
		parts = append(parts, text)
	}
	return "[" + strings.Join(parts, "\n       ") + "]"
}

func publish(topic, payload string, qos byte, id uint16) *mqtt.Publish {
	return &mqtt.Publish{Topic: []byte(topic), Payload: []byte(payload), QoS: qos, ID: id}
}

func filters(names ...string) *mqtt.Subscribe {
	s := &mqtt.Subscribe{ID: 7}
	for _, name := range names {
		s.Subscriptions = append(s.Subscriptions, mqtt.Subscription{Filter: []byte(name)})
	}
	return s
}

func text(s string) mqtt.Properties { return mqtt.Properties{ReasonString: []byte(s)} }

// takeOne returns the next packet received.
func (c *client) takeOne() mqtt.Packet {
	c.t.Helper()
	if len(c.queue) == 0 {
		c.queue = c.take()
	}
	if len(c.queue) == 0 {
		c.t.Fatal("no packet was received")
	}
	p := c.queue[0]
	c.queue = c.queue[1:]
	return p
}
