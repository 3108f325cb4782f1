package broker

import (
	"crypto/tls"
	"net"
	"sync"
	"time"
)

// web is the listener of those who come through the broker's doors to speak HTTP. Their TLS handshakes are done.
type web struct {
	come   chan net.Conn
	closed chan struct{}
	close  func()
}

// secured is a TLS connection that does not look like one.
type secured struct{ *tls.Conn }

func newWeb() *web {
	w := &web{come: make(chan net.Conn), closed: make(chan struct{})}
	w.close = sync.OnceFunc(func() { close(w.closed) })
	return w
}

// HTTPS is the listener of the HTTPS requests that come through the doors: an HTTP server serves it while Run runs. Its connections tell
// their ConnectionState. They are no *tls.Conn, because net/http closes those that agreed on an ALPN protocol it does not know, such as
// x-amzn-http-ca.
func (b *Broker) HTTPS() net.Listener { return b.web }

// Accept returns the next connection.
func (w *web) Accept() (net.Conn, error) {
	select {
	case nc := <-w.come:
		return nc, nil
	case <-w.closed:
		return nil, net.ErrClosed
	}
}

// Close ends Accept.
func (w *web) Close() error {
	w.close()
	return nil
}

// Addr is no address: the doors have several.
func (w *web) Addr() net.Addr { return &net.TCPAddr{} }

// giveAway hands a connection whose handshake is done to the HTTP server, and forgets it.
func (c *conn) giveAway(tc *tls.Conn) {
	_ = c.raw.SetDeadline(time.Time{})
	select {
	case c.b.web.come <- secured{tc}:
		c.given = true
	case <-c.b.web.closed:
	case <-c.ending:
	}
}
