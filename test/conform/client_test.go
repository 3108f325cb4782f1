package conform

import (
	"bytes"
	"errors"
	"io"
	"net"
	"slices"
	"testing"
	"time"

	"telltale/lang/mqtt"
)

// patience is how long a client waits for what must come. Nothing is concluded from how long anything takes.
const patience = 20 * time.Second

// client is one connection that sends what a test tells it to, byte by byte if need be, and shows all it receives.
type client struct {
	t   *testing.T
	nc  net.Conn
	v   mqtt.Version
	id  string
	buf []byte // received and not yet taken
	ids uint16 // last packet identifier
	max int    // largest packet it takes; 0: any
}

// dial opens a connection.
func (w *world) dial() *client {
	w.t.Helper()
	nc, err := net.Dial("tcp", w.mqtt)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { nc.Close() })
	return &client{t: w.t, nc: nc, v: w.v}
}

// option changes a CONNECT.
type option func(*mqtt.Connect)

// lasting asks for a session that outlives the connection, and resumes it where there is one.
func lasting(p *mqtt.Connect) {
	p.CleanStart = false
	p.Properties.SessionExpiry = mqtt.Some(uint32(600))
}

// connect opens a session, clean if not told otherwise, and swallows the CONNACK.
func (w *world) connect(id string, options ...option) *client {
	w.t.Helper()
	c, _ := w.join(id, options...)
	return c
}

// join opens a session and returns the CONNACK too.
func (w *world) join(id string, options ...option) (*client, *mqtt.Connack) {
	w.t.Helper()
	c := w.dial()
	c.id = w.name + id
	p := &mqtt.Connect{Version: w.v, CleanStart: true, ClientID: []byte(c.id), KeepAlive: 600}
	for _, o := range options {
		o(p)
	}
	c.max = int(p.Properties.MaximumPacketSize.Or(0))
	c.send(p)
	ack := take[*mqtt.Connack](c)
	if ack.Reason != mqtt.Success {
		w.t.Fatalf("CONNECT is answered with 0x%02x %s", byte(ack.Reason), ack.Properties.ReasonString)
	}
	return c, ack
}

func (c *client) send(packets ...mqtt.Packet) {
	c.t.Helper()
	var frames []byte
	for _, p := range packets {
		frames = mqtt.Append(frames, p, c.v)
	}
	c.raw(frames)
}

func (c *client) raw(frames []byte) {
	c.t.Helper()
	if _, err := c.nc.Write(frames); err != nil {
		c.t.Fatalf("sending: %v", err)
	}
}

// read returns the next packet, or nil when the connection has ended.
func (c *client) read() mqtt.Packet {
	c.t.Helper()
	for {
		header, body, n, err := mqtt.NextFrame(c.buf, 0)
		if err == nil {
			if c.max > 0 && n > c.max {
				c.t.Fatalf("the broker sent %v of %d bytes to a client that takes %d", mqtt.TypeOf(header), n, c.max)
			}
			p, err := mqtt.Decode(header, slices.Clone(body), c.v)
			if err != nil {
				c.t.Fatalf("the broker sent %x: %v", c.buf[:n], err)
			}
			c.buf = c.buf[n:]
			return p
		}
		if !errors.Is(err, mqtt.ErrNeedMore) {
			c.t.Fatalf("the broker sent %x: %v", c.buf, err)
		}
		_ = c.nc.SetReadDeadline(time.Now().Add(patience))
		chunk := make([]byte, 16<<10)
		k, err := c.nc.Read(chunk)
		c.buf = append(c.buf, chunk[:k]...)
		switch {
		case k > 0:
		case errors.Is(err, io.EOF), err != nil && !isTimeout(err):
			return nil
		case err != nil:
			c.t.Fatalf("nothing came for %v", patience)
		}
	}
}

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

// take reads the next packet, which must be a P.
func take[P mqtt.Packet](c *client) P {
	c.t.Helper()
	got := c.read()
	p, ok := got.(P)
	if !ok {
		c.t.Fatalf("got %s; want %T", show(got), p)
	}
	return p
}

func show(p mqtt.Packet) string {
	switch p := p.(type) {
	case nil:
		return "the end of the connection"
	case *mqtt.Disconnect:
		return "DISCONNECT " + p.Reason.String() + " " + string(p.Properties.ReasonString)
	case *mqtt.Publish:
		return "PUBLISH " + string(p.Topic) + " " + string(p.Payload)
	}
	return p.Type().String()
}

// ended wants the connection to be ended by the broker, without anything more but, in MQTT 5, a DISCONNECT of one of the reasons given
// (none given: of any).
func (c *client) ended(reasons ...mqtt.ReasonCode) {
	c.t.Helper()
	p := c.read()
	if d, ok := p.(*mqtt.Disconnect); ok && c.v == mqtt.V5 {
		if err := d.CheckFromServer(); err != nil {
			c.t.Errorf("the broker's DISCONNECT: %v", err)
		}
		if len(reasons) > 0 && !slices.Contains(reasons, d.Reason) {
			c.t.Errorf("DISCONNECT %v (%s); want one of %v", d.Reason, d.Properties.ReasonString, reasons)
		}
		p = c.read()
	}
	if p != nil {
		c.t.Fatalf("got %s; want the end of the connection", show(p))
	}
}

// fence waits until the broker has handled all that this client sent, and wants nothing to have come but PINGRESP.
func (c *client) fence() {
	c.t.Helper()
	c.send(&mqtt.Pingreq{})
	take[*mqtt.Pingresp](c)
}

func (c *client) nextID() uint16 {
	c.ids++
	return c.ids
}

// subscribe subscribes to one filter and wants the QoS to be granted. Retained messages may precede the SUBACK; they are left to be read.
func (c *client) subscribe(filter string, qos byte) {
	c.t.Helper()
	c.subscribeAs(mqtt.Subscription{Filter: []byte(filter), QoS: qos})
}

func (c *client) subscribeAs(s mqtt.Subscription) {
	c.t.Helper()
	p := &mqtt.Subscribe{ID: c.nextID(), Subscriptions: []mqtt.Subscription{s}}
	c.send(p)
	ack := take[*mqtt.Suback](c)
	if ack.ID != p.ID || len(ack.Reasons) != 1 || ack.Reasons[0] != mqtt.ReasonCode(s.QoS) {
		c.t.Fatalf("SUBSCRIBE %d to %q with QoS %d is answered with SUBACK %d %v %s", p.ID, s.Filter, s.QoS, ack.ID, ack.Reasons, ack.Properties.ReasonString)
	}
}

func (c *client) unsubscribe(filter string) *mqtt.Unsuback {
	c.t.Helper()
	id := c.nextID()
	c.send(&mqtt.Unsubscribe{ID: id, Filters: [][]byte{[]byte(filter)}})
	ack := take[*mqtt.Unsuback](c)
	if ack.ID != id {
		c.t.Fatalf("UNSUBACK has the identifier %d; want %d", ack.ID, id)
	}
	return ack
}

// publish publishes a message and waits until the broker has taken it, which puts it before all that subscribers ask afterwards.
func (c *client) publish(topic, payload string, qos byte) {
	c.t.Helper()
	c.publishAs(&mqtt.Publish{Topic: []byte(topic), Payload: []byte(payload), QoS: qos})
}

func (c *client) publishAs(p *mqtt.Publish) {
	c.t.Helper()
	if p.QoS > 0 && p.ID == 0 {
		p.ID = c.nextID()
	}
	c.send(p)
	switch p.QoS {
	case 0:
		c.fence()
	case 1:
		c.acknowledged(p.ID)
	case 2:
		if rec := take[*mqtt.Pubrec](c); rec.ID != p.ID || rec.Reason.Failed() {
			c.t.Fatalf("PUBLISH %d is answered with PUBREC %d %v", p.ID, rec.ID, rec.Reason)
		}
		c.release(p.ID)
	}
}

func (c *client) acknowledged(id uint16) {
	c.t.Helper()
	if ack := take[*mqtt.Puback](c); ack.ID != id || ack.Reason.Failed() {
		c.t.Fatalf("PUBLISH %d is answered with PUBACK %d %v %s", id, ack.ID, ack.Reason, ack.Properties.ReasonString)
	}
}

// release sends PUBREL and wants PUBCOMP.
func (c *client) release(id uint16) {
	c.t.Helper()
	c.send(&mqtt.Pubrel{ID: id})
	if comp := take[*mqtt.Pubcomp](c); comp.ID != id || comp.Reason.Failed() {
		c.t.Fatalf("PUBREL %d is answered with PUBCOMP %d %v", id, comp.ID, comp.Reason)
	}
}

// receive wants the next packet to be a PUBLISH with the topic, payload and QoS, and acknowledges it.
func (c *client) receive(topic, payload string, qos byte) *mqtt.Publish {
	c.t.Helper()
	p := c.expect(topic, payload, qos)
	switch qos {
	case 1:
		c.send(&mqtt.Puback{ID: p.ID})
	case 2:
		c.send(&mqtt.Pubrec{ID: p.ID})
		if rel := take[*mqtt.Pubrel](c); rel.ID != p.ID {
			c.t.Fatalf("PUBREC %d is answered with PUBREL %d", p.ID, rel.ID)
		}
		c.send(&mqtt.Pubcomp{ID: p.ID})
	}
	return p
}

// expect wants the next packet to be a PUBLISH with the topic, payload and QoS, and leaves it unacknowledged.
func (c *client) expect(topic, payload string, qos byte) *mqtt.Publish {
	c.t.Helper()
	p := take[*mqtt.Publish](c)
	if string(p.Topic) != topic || !bytes.Equal(p.Payload, []byte(payload)) || p.QoS != qos {
		c.t.Fatalf("got %s with QoS %d; want %s %s with QoS %d", show(p), p.QoS, topic, payload, qos)
	}
	return p
}

// leave disconnects in order, and waits until the broker has seen it.
func (c *client) leave() {
	c.t.Helper()
	c.send(&mqtt.Disconnect{})
	c.ended()
}

// vanish breaks the connection, so that the broker sees it lost. The broker may see it a moment later.
func (c *client) vanish() {
	c.t.Helper()
	_ = c.nc.(*net.TCPConn).SetLinger(0)
	c.nc.Close()
}
