package broker

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime/debug"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"telltale/base/caller"
	"telltale/lang/mqtt"
)

// conn is one network connection, from accept to end. Its own goroutine reads and handles packets; any goroutine may put frames
// into its outbox, flush it, or end the connection. The fields of the first group are fixed once others can find the connection,
// which is from session.enter on.
type conn struct {
	router // as publisher; its own goroutine only

	raw         *transport
	nc          net.Conn      // raw, or TLS over it
	done        chan struct{} // closed when all traces of the connection are gone from the broker
	version     mqtt.Version
	certificate string // id, "" without one
	leaf        *x509.Certificate
	way         *way    // how it came; nil: without TLS
	under       *Domain // the name under which it came; nil: the default endpoint
	serverName  string
	anonymous   bool          // anybody may come, and do everything
	entrant     *Entrant      // who came over a WebSocket; nil: without one
	grant       *Grant        // of a custom authorizer; nil: none was asked
	credentials *Credentials  // that it was asked with
	exclusive   bool          // the certificate has no other thing than the origin's
	origin      caller.Origin // whose connection; its trace is that of Connect and Disconnect
	permissions *permissions
	maxPacket   int           // largest packet the client takes; 0: any
	window      int           // most unacknowledged messages to the client
	publishes   *rate.Limiter // in and out; nil: no limit
	account     *rate.Limiter // out of the account
	receives    receives
	confirming  confirming
	connected   time.Time
	told        time.Duration // session expiry

	out      outbox
	farewell atomic.Bool            // an MQTT 5 client that got its CONNACK is told why it is disconnected
	cause    atomic.Pointer[ending] // why it ends, first come
	ending   chan struct{}          // closed when it does

	// The connection's own goroutine only.
	lastPacket mqtt.Type
	came       traffic
	settled    bool     // it does not count as one that has not connected yet
	given      bool     // to the HTTP server: it is not ours any more
	session    *session // nil before CONNECT is accepted
	visit      *visit   // nil before it was told that the client came
	intake     intake
	patience   patience
	received   *receipt      // of the PUBLISH that is handled
	bytes      *rate.Limiter // sent by the client
	aliases    [][]byte      // topic by alias, for MQTT 5
	terse      bool          // the client wants no reason strings [MQTT-3.1.2-29]
}

// newConn is a connection that came through a door; nil for one that is plain MQTT.
func newConn(b *Broker, nc net.Conn, d *door) *conn {
	limits := &b.cfg.Limits
	raw := newTransport(nc, 2*limits.QueueBytes+1<<20)
	c := &conn{raw: raw, nc: raw, done: make(chan struct{}), ending: make(chan struct{})}
	c.router.b, c.router.pays = b, c.payOwed
	c.intake.limit = limits.PacketBytes
	c.out.init(&b.chunks, limits)
	c.origin = caller.Origin{Trace: caller.NewTrace(), Protocol: protocolMQTT}
	if peer, err := netip.ParseAddrPort(nc.RemoteAddr().String()); err == nil {
		c.origin.SetSource(peer)
	}
	if d == nil || len(d.ways) == 0 {
		c.anonymous, c.origin.Scope, c.origin.PrincipalID = true, b.needs.Anonymous, "anonymous"
		return c
	}
	raw.greeting = &greeting{door: d, way: d.ways[len(d.ways)-1]}
	c.nc = tls.Server(raw, raw.greeting.way.config)
	return c
}

// serve runs a connection to its end. It is the only place in the broker that recovers from a panic: a bug costs one connection.
func (c *conn) serve() {
	defer c.cleanUp()
	defer func() {
		if r := recover(); r != nil {
			c.b.needs.Diary.Error("bug: connection handler panicked", "client", c.origin.ClientID, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
			c.end(internalError)
		}
	}()
	_ = c.raw.SetDeadline(time.Now().Add(c.b.cfg.HandshakeTimeout))
	if c.ended() {
		return // before that deadline, which would have undone end's
	}
	if tc, ok := c.nc.(*tls.Conn); ok {
		if !c.handshake(tc) {
			return
		}
		if c.way.http {
			c.giveAway(tc)
			return
		}
	}
	_ = c.raw.SetWriteDeadline(time.Time{})
	c.raw.unblock()
	c.read()
}

// read takes packets off the connection until it ends. All whole packets of one read are handled before anything is written, so
// that answers and deliveries leave in one write each.
func (c *conn) read() {
	for !c.ended() {
		n, err := c.nc.Read(c.intake.room())
		c.now = time.Now()
		if n > 0 {
			c.patience.heard = c.now
			c.intake.drop(c.handleAll(c.intake.take(n)))
			_ = c.commit() // whoever waits was told
			c.flushTouched()
			c.slow(n)
		}
		if err != nil && !c.survives(err) {
			return
		}
		c.extendDeadline()
	}
}

// handleAll handles the whole packets in buf and returns how many bytes they took.
func (c *conn) handleAll(buf []byte) (used int) {
	if c.session == nil && c.strange(buf) {
		return 0
	}
	for used < len(buf) && !c.ended() {
		header, body, n, err := mqtt.NextFrame(buf[used:], c.b.cfg.Limits.PacketBytes)
		if errors.Is(err, mqtt.ErrNeedMore) {
			break
		}
		if err != nil {
			c.refuseFrame(buf[used:], err)
			break
		}
		c.count(mqtt.TypeOf(header), n)
		if err := c.handle(header, body); err != nil {
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
	case mqtt.TypePubrec:
		return c.handlePubrec(body)
	case mqtt.TypePubrel:
		return c.handlePubrel(body)
	case mqtt.TypePubcomp:
		return c.handlePubcomp(body)
	case mqtt.TypeSubscribe:
		return c.handleSubscribe(body)
	case mqtt.TypeUnsubscribe:
		return c.handleUnsubscribe(body)
	case mqtt.TypePingreq:
		return c.handlePingreq(body)
	case mqtt.TypeDisconnect:
		return c.handleDisconnect(body)
	default:
		return unsupported(kind)
	}
}

// refuseFrame ends the connection because of bytes that are no packet. A PUBLISH that is too large for the buffer is told as such, as
// far as its topic has arrived.
func (c *conn) refuseFrame(buf []byte, err error) {
	if e, ok := errors.AsType[*mqtt.Error](err); ok && e.Code == mqtt.PacketTooLarge && c.session != nil && mqtt.TypeOf(buf[0]) == mqtt.TypePublish {
		c.recordOversize(buf)
	}
	c.refusePacket(err)
}

// refusePacket ends the connection because of a packet that could not be accepted. Before CONNECT there is no session to end, only
// a connection attempt that failed.
func (c *conn) refusePacket(err error) {
	code, text := mqtt.Unspecified, err.Error()
	if e, ok := errors.AsType[*mqtt.Error](err); ok {
		code, text = e.Code, e.Text
	}
	text = printable(text)
	if c.session == nil {
		c.refuseUnreadable(text)
	}
	c.end(clientError(code, text))
}

// send puts a frame of c's own into its outbox, to leave when the present batch of packets is handled.
func (c *conn) send(frame func(dst []byte) []byte) {
	flush, full := c.out.put(frame)
	if flush {
		c.touched = append(c.touched, c)
	}
	if full {
		c.end(doesNotRead)
	}
}
