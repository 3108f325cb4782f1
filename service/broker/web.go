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

func newWeb() *web {
	w := &web{come: make(chan net.Conn), closed: make(chan struct{})}
	w.close = sync.OnceFunc(func() { close(w.closed) })
	return w
}

// HTTPS is the listener of the HTTPS requests that come through the doors: an HTTP server serves it while Run runs.
func (b *Broker) HTTPS() net.Listener { return b.web }

// Accept returns the next connection, a *tls.Conn.
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
	case c.b.web.come <- tc:
		c.given = true
	case <-c.b.web.closed:
	case <-c.ending:
	}
}
