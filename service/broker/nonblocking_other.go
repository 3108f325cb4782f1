//go:build !unix

package broker

import "net"

// nonblocking is a write that never waits; this platform has none, so a goroutine writes instead.
type nonblocking interface {
	write(b []byte) (n int, err error)
}

func newNonblocking(net.Conn) nonblocking { return nil }
