package traffic

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"syscall"
	"time"

	"telltale/lang/mqtt"
)

// patience is how long a client waits for an answer, and half of it how long a run waits for its last deliveries.
const patience = 20 * time.Second

// client is one connection to a broker.
type client struct {
	nc         net.Conn
	buf        []byte
	have, used int // of buf: filled, and already taken
}

// dialed counts connections, to spread them over source addresses: each of those has some 28,000 ports.
var dialed atomic.Uint32

// dial connects to a broker from one of many loopback addresses and says CONNECT.
func dial(t Target, id string, buffer int) (*client, error) {
	source := net.IPv4(127, 0, 0, byte(2+dialed.Add(1)%200))
	d := net.Dialer{Timeout: patience, LocalAddr: &net.TCPAddr{IP: source}, Control: pickPortLate}
	nc, err := d.Dial("tcp", t.Addr)
	if err != nil {
		return nil, err
	}
	c := &client{nc: nc, buf: make([]byte, buffer)}
	_ = nc.SetDeadline(time.Now().Add(patience))
	if t.TLS != nil {
		c.nc = tls.Client(nc, t.TLS)
	}
	packet := mqtt.Connect{Version: mqtt.V311, CleanStart: true, KeepAlive: 1200, ClientID: []byte(id)}
	body, err := c.ask(mqtt.AppendConnect(nil, &packet), mqtt.TypeConnack)
	if err == nil && (len(body) != 2 || body[1] != 0) {
		err = fmt.Errorf("the broker refused the connection: CONNACK %x", body)
	}
	if err != nil {
		_ = nc.Close()
		return nil, err
	}
	_ = nc.SetDeadline(time.Time{})
	return c, nil
}

// pickPortLate lets the kernel pick the source port when it knows the destination, so that one port serves many connections.
func pickPortLate(_, _ string, raw syscall.RawConn) error {
	const bindAddressNoPort = 24 // IP_BIND_ADDRESS_NO_PORT of Linux
	return raw.Control(func(fd uintptr) { _ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IP, bindAddressNoPort, 1) })
}

// ask sends a packet and waits for its answer, which must be the next packet that comes.
func (c *client) ask(frame []byte, answer mqtt.Type) (body []byte, err error) {
	if _, err := c.nc.Write(frame); err != nil {
		return nil, err
	}
	for {
		if err := c.fill(); err != nil {
			return nil, fmt.Errorf("waiting for %v: %w", answer, err)
		}
		header, body, ok, err := c.next()
		switch {
		case err != nil:
			return nil, err
		case ok && mqtt.TypeOf(header) != answer:
			return nil, fmt.Errorf("got %v, want %v", mqtt.TypeOf(header), answer)
		case ok:
			return body, nil
		}
	}
}

// subscribe subscribes to filters, as many in one packet as AWS allows.
func (c *client) subscribe(filters []string, qos byte) error {
	_ = c.nc.SetDeadline(time.Now().Add(patience))
	for id := uint16(1); len(filters) > 0; id++ {
		packet := mqtt.Subscribe{ID: id}
		for _, f := range filters[:min(filtersPerSubscribe, len(filters))] {
			packet.Subscriptions = append(packet.Subscriptions, mqtt.Subscription{Filter: []byte(f), QoS: qos})
		}
		body, err := c.ask(mqtt.AppendSubscribe(nil, &packet, mqtt.V311), mqtt.TypeSuback)
		if err != nil {
			return err
		}
		for i, granted := range body[2:] {
			if granted != qos {
				return fmt.Errorf("the broker answered %d to a subscription to %s with QoS %d", granted, filters[i], qos)
			}
		}
		filters = filters[len(packet.Subscriptions):]
	}
	return c.nc.SetDeadline(time.Time{})
}

// fill reads what has arrived.
func (c *client) fill() error {
	c.have, c.used = copy(c.buf, c.buf[c.used:c.have]), 0
	n, err := c.nc.Read(c.buf[c.have:])
	c.have += n
	if n > 0 {
		return nil
	}
	return err
}

// next cuts the next whole packet off what was read; ok is false when there is none.
func (c *client) next() (header byte, body []byte, ok bool, err error) {
	header, body, n, err := mqtt.NextFrame(c.buf[c.used:c.have], len(c.buf))
	if errors.Is(err, mqtt.ErrNeedMore) {
		return 0, nil, false, nil
	}
	c.used += n
	return header, body, err == nil, err
}

// leave says DISCONNECT and closes the connection.
func (c *client) leave() error {
	_, err := c.nc.Write(mqtt.AppendDisconnect(nil, &mqtt.Disconnect{}, mqtt.V311))
	return errors.Join(err, c.nc.Close())
}
