package broker

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime/debug"
	"sync/atomic"
	"time"

	"telltale/base/caller"
	"telltale/lang/mqtt"
)

// conn is one network connection, from accept to end. Its own goroutine reads and handles packets; any goroutine may put frames
// into its outbox or end it.
type conn struct {
	router // as publisher

	b    *Broker
	raw  *transport
	nc   net.Conn // raw, or TLS over it
	out  outbox
	done chan struct{} // closed when all traces of the connection are gone

	serverName  string // SNI
	certificate string // id, "" without one
	leaf        *x509.Certificate
	version     mqtt.Version
	speaksV5    atomic.Bool   // version, for other goroutines
	origin      caller.Origin // whose connection; its trace is the one of Connect and Disconnect. Fixed after CONNECT
	session     *session      // nil before CONNECT
	authority   *authority
	aliases     [][]byte // topic by alias, for MQTT 5

	maxPacket int           // largest packet the client takes; 0: any
	keepAlive time.Duration // silence allowed, half again of the client's; 0 before CONNECT
	deadline  time.Time     // that is set on the connection
	lastRead  time.Time

	cause atomic.Pointer[ending] // why it ends, first come
}

// readBuffer is the size of a connection's read buffer; larger packets get a larger one for their time.
const readBuffer = 4 << 10

// serve runs a connection to its end. It is the only place in the broker that recovers from a panic: a bug costs one connection.
func (c *conn) serve() {
	defer close(c.done)
	defer c.b.live.Delete(c)
	defer c.cleanUp()
	defer func() {
		if r := recover(); r != nil {
			c.b.needs.Diary.Error("bug: connection handler panicked", "client", c.origin.ClientID, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
			c.end(ending{reason: "SERVER_ERROR", code: mqtt.Unspecified, text: "Internal server error"})
		}
	}()
	_ = c.nc.SetDeadline(time.Now().Add(c.b.cfg.HandshakeTimeout))
	if tc, ok := c.nc.(*tls.Conn); ok && !c.handshake(tc) {
		return
	}
	c.raw.unblock()
	c.read()
}

// read takes packets off the connection until it ends. All whole packets of one read are handled before anything is written, so
// that answers and deliveries leave in one write each.
func (c *conn) read() {
	buf, have := make([]byte, readBuffer), 0
	for !c.ended() {
		n, err := c.nc.Read(buf[have:])
		c.now = time.Now()
		if n > 0 {
			c.lastRead = c.now
			have += n
			used := c.handleAll(buf[:have])
			have = copy(buf, buf[used:have])
			c.flushTouched()
		}
		if err != nil && !c.survives(err) {
			return
		}
		buf = resize(buf, have, c.b.cfg.Limits.PacketBytes)
		c.extendDeadline()
	}
}

// handleAll handles the whole packets in buf and returns how many bytes they took.
func (c *conn) handleAll(buf []byte) (used int) {
	for !c.ended() {
		header, body, n, err := mqtt.NextFrame(buf[used:], c.b.cfg.Limits.PacketBytes)
		if errors.Is(err, mqtt.ErrNeedMore) {
			break
		}
		if err == nil {
			err = c.handle(header, body)
		}
		if err != nil {
			c.refusePacket(err)
			break
		}
		used += n
	}
	return used
}

// handle handles one packet. An error ends the connection.
func (c *conn) handle(header byte, body []byte) error {
	kind := mqtt.TypeOf(header)
	if c.session == nil && kind != mqtt.TypeConnect {
		return &mqtt.Error{Code: mqtt.ProtocolError, Text: "the first packet is " + kind.String() + "; it must be CONNECT", Requirement: "MQTT-3.1.0-1"}
	}
	switch kind {
	case mqtt.TypeConnect:
		return c.handleConnect(body)
	case mqtt.TypePublish:
		return c.handlePublish(header, body)
	case mqtt.TypePuback:
		return c.handlePuback(body)
	case mqtt.TypeSubscribe:
		return c.handleSubscribe(body)
	case mqtt.TypeUnsubscribe:
		return c.handleUnsubscribe(body)
	case mqtt.TypePingreq:
		return c.handlePingreq(body)
	case mqtt.TypeDisconnect:
		return c.handleDisconnect(body)
	default:
		return &mqtt.Error{Code: mqtt.ProtocolError, Text: kind.String() + " packets are not supported"}
	}
}

// refusePacket ends the connection because of a packet that could not be accepted. Before CONNECT there is no session to end, only
// a connection attempt that failed.
func (c *conn) refusePacket(err error) {
	code, text := mqtt.Unspecified, err.Error()
	if e, ok := errors.AsType[*mqtt.Error](err); ok {
		code, text = e.Code, e.Text
	}
	if c.session == nil {
		c.b.needs.Diary.Info("connection refused", "peer", c.raw.RemoteAddr(), "reason", text)
	}
	c.end(clientError(code, text))
}

// survives reports whether the connection goes on after a read error: a deadline may fire early because it is moved lazily.
func (c *conn) survives(err error) bool {
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return false
	}
	if c.session == nil {
		c.end(clientError(mqtt.KeepAliveTimeout, "no CONNECT packet came in time"))
		return false
	}
	if silent := c.now.Sub(c.lastRead); silent >= c.keepAlive {
		c.end(keepAliveTimeout) // [MQTT-3.1.2-22]
		return false
	}
	c.deadline = time.Time{}
	return true
}

// extendDeadline moves the read deadline. Setting one costs more than reading a packet, so it is left alone while it is at least
// nine tenths of the keep-alive away; survives then checks the exact time.
func (c *conn) extendDeadline() {
	if c.session == nil {
		return
	}
	if want := c.lastRead.Add(c.keepAlive); want.Sub(c.deadline) > c.keepAlive/10 {
		c.deadline = want
		_ = c.nc.SetReadDeadline(want)
	}
}

// resize grows a full buffer and gives a large empty one back.
func resize(buf []byte, have, limit int) []byte {
	switch {
	case have == len(buf) && len(buf) < limit+5:
		grown := make([]byte, min(2*len(buf), limit+5))
		copy(grown, buf[:have])
		return grown
	case have == 0 && len(buf) > 4*readBuffer:
		return make([]byte, readBuffer)
	}
	return buf
}

// flush writes what waits in the outbox, without blocking.
func (c *conn) flush() {
	if !c.out.begin() {
		return
	}
	var written []byte
	for {
		if written = c.out.next(written); written == nil {
			return
		}
		if _, err := c.nc.Write(written); err != nil {
			c.out.close()
			c.end(connectionLost)
			return
		}
		if c.raw.clogged() {
			go c.drain(written) // ends when the socket took everything, or was closed
			return
		}
	}
}

// drain writes on behalf of whoever found the socket full.
func (c *conn) drain(written []byte) {
	for {
		if err := c.raw.drain(); err != nil {
			c.out.close()
			c.end(connectionLost)
			return
		}
		if written = c.out.next(written); written == nil {
			return
		}
		if _, err := c.nc.Write(written); err != nil {
			c.out.close()
			c.end(connectionLost)
			return
		}
	}
}

// send puts a frame of c's own into its outbox, to leave when the present batch of packets is handled.
func (c *conn) send(f func(dst []byte) []byte) {
	if c.out.put(f) {
		c.touched = append(c.touched, c)
	}
}

// ended reports whether the connection is ending.
func (c *conn) ended() bool { return c.cause.Load() != nil }

// end ends the connection for a reason; the first reason counts. It tells an MQTT 5 client, and does not wait.
func (c *conn) end(e ending) {
	if !c.cause.CompareAndSwap(nil, &e) {
		return
	}
	if e.code != 0 && c.speaksV5.Load() {
		d := mqtt.Disconnect{Reason: e.code, Properties: mqtt.Properties{ReasonString: []byte(e.text)}}
		if !e.code.In(mqtt.TypeDisconnect) {
			d.Reason = mqtt.Unspecified
		}
		c.out.put(func(dst []byte) []byte { return mqtt.AppendDisconnect(dst, &d, mqtt.V5) })
	}
	c.flush()
	_ = c.raw.SetDeadline(time.Now().Add(time.Second)) // lets what waits leave, then wakes the reader
	if !c.raw.clogged() {
		_ = c.nc.Close()
	}
}

// cleanUp removes every trace of the connection and tells its end: out of the directory, will message, Disconnect.
func (c *conn) cleanUp() {
	c.end(connectionLost)
	_ = c.nc.Close()
	if c.session == nil {
		return
	}
	c.session.leave()
	lost := c.out.close()
	cause := c.cause.Load()
	if c.session.will != nil && !cause.quiet {
		c.publishWill()
	}
	if lost > 0 {
		c.session.recordLost(lost)
	}
	c.b.needs.Facts.Record(&c.origin, cause.fact())
}

// background is the context of what a connection causes: there is no caller and no deadline.
func (c *conn) background() context.Context { return context.Background() }

// newConn makes a connection, with TLS if config is set.
func newConn(b *Broker, nc net.Conn, config *tls.Config) *conn {
	raw := newTransport(nc)
	c := &conn{b: b, raw: raw, nc: raw, done: make(chan struct{})}
	c.router.b = b
	c.origin = caller.Origin{Trace: caller.NewTrace(), Protocol: protocolMQTT}
	if peer, err := netip.ParseAddrPort(nc.RemoteAddr().String()); err == nil {
		c.origin.SetSource(peer)
	}
	if config == nil {
		c.origin.Scope, c.origin.PrincipalID = b.needs.Anonymous, "anonymous"
		return c
	}
	config = config.Clone()
	config.VerifyConnection = c.verify
	c.nc = tls.Server(raw, config)
	return c
}
