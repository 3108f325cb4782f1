package broker

import (
	"net"
	"sync"
)

// transport is the network side of a connection: a net.Conn whose Write never blocks once it is unblocked. What the socket does not
// take at once is kept and handed to a goroutine of its own, so that a slow client never holds up the one who sends to it.
// For TLS it sits below the TLS layer, so it holds ciphertext there.
type transport struct {
	net.Conn
	try nonblocking // nil where the platform or the connection has no such write

	mu      sync.Mutex
	free    bool   // writes do not block any more
	pending []byte // what the socket did not take
	failed  error
}

func newTransport(nc net.Conn) *transport { return &transport{Conn: nc, try: newNonblocking(nc)} }

// unblock makes further writes non-blocking. Before it, a TLS handshake writes as usual, under its deadline.
func (t *transport) unblock() {
	t.mu.Lock()
	t.free = true
	t.mu.Unlock()
}

// Write writes b, or keeps what the socket does not take.
func (t *transport) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.free {
		return t.Conn.Write(b)
	}
	if t.failed != nil {
		return 0, t.failed
	}
	n := 0
	if len(t.pending) == 0 && t.try != nil {
		if n, t.failed = t.try.write(b); t.failed != nil {
			return n, t.failed
		}
	}
	t.pending = append(t.pending, b[n:]...)
	return len(b), nil
}

// clogged reports whether something waits for the socket.
func (t *transport) clogged() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.pending) > 0 && t.failed == nil
}

// drain writes what is kept, blocking, until nothing is left.
func (t *transport) drain() error {
	for {
		t.mu.Lock()
		chunk, err := t.pending, t.failed
		t.pending = nil
		t.mu.Unlock()
		if len(chunk) == 0 || err != nil {
			return err
		}
		if _, err := t.Conn.Write(chunk); err != nil {
			t.mu.Lock()
			t.failed = err
			t.mu.Unlock()
			return err
		}
	}
}
