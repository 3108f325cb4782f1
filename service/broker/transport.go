package broker

import (
	"errors"
	"net"
	"sync"
)

// transport is the network side of a connection: a net.Conn whose Write never blocks once it is unblocked. What the socket does not
// take at once is kept until somebody calls drain, so that a slow client never holds up the one who sends to it.
// For TLS it sits below the TLS layer, so it holds ciphertext there.
type transport struct {
	net.Conn
	try   nonblocking // nil where the platform or the connection has no such write
	limit int         // most bytes that are kept

	greeting *greeting // of the TLS handshake while it lasts

	mu       sync.Mutex
	free     bool   // writes do not block any more
	pending  []byte // what the socket did not take
	draining bool   // somebody is writing what was kept: nothing may overtake it
	failed   error
}

func newTransport(nc net.Conn, limit int) *transport {
	return &transport{Conn: nc, try: newNonblocking(nc), limit: limit}
}

// errFlooded ends a connection that makes the TLS layer answer more than the client reads.
var errFlooded = errors.New("the client does not read what it is sent")

// unblock makes further writes non-blocking. Before it, a TLS handshake writes as usual, under its deadline.
func (t *transport) unblock() {
	t.mu.Lock()
	t.free = true
	t.mu.Unlock()
}

// Write writes b, or keeps what the socket does not take.
func (t *transport) Write(b []byte) (n int, err error) {
	t.mu.Lock()
	if !t.free {
		t.mu.Unlock()
		return t.Conn.Write(b)
	}
	defer t.mu.Unlock()
	if t.failed == nil && t.try != nil && len(t.pending) == 0 && !t.draining {
		n, t.failed = t.try.write(b)
	}
	if t.failed == nil && n < len(b) && len(t.pending) > t.limit {
		t.failed = errFlooded
	}
	if t.failed != nil {
		return n, t.failed
	}
	t.pending = append(t.pending, b[n:]...)
	return len(b), nil
}

// clogged reports whether something waits for the socket.
func (t *transport) clogged() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.pending) > 0
}

// drain writes what is kept, blocking, until nothing is left. Only one goroutine at a time may call it.
func (t *transport) drain() error {
	for {
		t.mu.Lock()
		chunk, err := t.pending, t.failed
		t.pending, t.draining = nil, len(chunk) > 0 && err == nil
		more := t.draining
		t.mu.Unlock()
		if !more {
			return err
		}
		if _, err := t.Conn.Write(chunk); err != nil {
			t.mu.Lock()
			t.failed, t.draining = err, false
			t.mu.Unlock()
		}
	}
}

// closeWrite says that nothing more will be sent. An error means that this cannot be said, or not any more.
func (t *transport) closeWrite() error {
	t.mu.Lock()
	err := t.failed
	t.mu.Unlock()
	half, ok := t.Conn.(interface{ CloseWrite() error })
	if !ok || err != nil {
		return errors.ErrUnsupported
	}
	return half.CloseWrite()
}
