package broker

import (
	"crypto/tls"
	"time"

	"telltale/lang/mqtt"
)

// ended reports whether the connection is ending.
func (c *conn) ended() bool { return c.cause.Load() != nil }

// end ends the connection for a reason; the first reason counts. It tells an MQTT 5 client and does not wait: the connection's own
// goroutine does the rest, in cleanUp.
func (c *conn) end(e ending) {
	if !c.cause.CompareAndSwap(nil, &e) {
		return
	}
	var last []byte
	if e.code != 0 && c.farewell.Load() {
		d := mqtt.Disconnect{Reason: e.code}
		if !e.code.In(mqtt.TypeDisconnect) {
			d.Reason = mqtt.Unspecified
		}
		if e.text != "" {
			d.Properties.ReasonString = []byte(printable(e.text))
		}
		last = mqtt.AppendDisconnect(nil, &d, mqtt.V5)
	}
	close(c.ending)
	c.out.finish(last)
	c.flush()
	_ = c.raw.SetReadDeadline(time.Unix(1, 0)) // wakes the reader
}

// cleanUp removes every trace of the connection and tells its end. Only then it waits for what the client still has to be sent.
func (c *conn) cleanUp() {
	c.settle()
	if c.given {
		c.b.forget(c)
		return
	}
	c.end(connectionLost)
	c.flushTouched() // after a panic others may still wait for it
	cause := c.cause.Load()
	c.batch.abandon()
	if c.session != nil {
		c.leave(cause)
	}
	close(c.done)
	if cause.speaks {
		c.linger()
	}
	_ = c.nc.Close()
	c.out.wait()
	c.b.forget(c)
}

// settle takes a connection out of the crowd of those that have not connected yet.
func (c *conn) settle() {
	if !c.settled {
		c.settled = true
		c.b.crowd.waiting.Add(-1)
	}
}

const (
	lingerTime  = time.Second
	lingerBytes = 1 << 20
)

// linger waits, for a limited time, until the client has what it was sent last: an answer that says why. A socket that is closed
// while bytes of the client are unread would throw that away, so they are read first.
func (c *conn) linger() {
	_ = c.raw.SetDeadline(time.Now().Add(lingerTime))
	c.flush()
	c.out.wait()
	if tc, ok := c.nc.(*tls.Conn); ok {
		_ = tc.CloseWrite()
	}
	if c.raw.closeWrite() != nil {
		return
	}
	c.intake.have = 0
	for read := 0; read < lingerBytes; {
		n, err := c.raw.Read(c.intake.room())
		if read += n; err != nil {
			return
		}
	}
}
