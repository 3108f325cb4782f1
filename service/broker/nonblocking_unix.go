//go:build unix

package broker

import (
	"net"
	"syscall"
)

// nonblocking writes to a socket as much as it takes at once.
type nonblocking interface {
	write(b []byte) (n int, err error)
}

// rawWriter is the nonblocking write of a socket. Its closure is made once, so that a write allocates nothing.
type rawWriter struct {
	raw   syscall.RawConn
	once  func(fd uintptr) bool
	buf   []byte
	n     int
	errno error
}

func newNonblocking(nc net.Conn) nonblocking {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil
	}
	w := &rawWriter{raw: raw}
	w.once = func(fd uintptr) bool {
		for {
			w.n, w.errno = syscall.Write(int(fd), w.buf)
			if w.errno != syscall.EINTR {
				return true // never wait: the rest is written by drain
			}
		}
	}
	return w
}

func (w *rawWriter) write(b []byte) (int, error) {
	w.buf = b
	err := w.raw.Write(w.once)
	w.buf = nil
	if err != nil {
		return 0, err
	}
	if w.errno == syscall.EAGAIN {
		return 0, nil
	}
	return max(w.n, 0), w.errno
}
