package broker

import (
	"errors"
	"os"
	"time"

	"telltale/base/event"
	"telltale/lang/mqtt"
)

// patience is how long a connection may be silent.
type patience struct {
	silence   time.Duration // allowed: one and a half times the keep-alive; 0: for ever [MQTT-3.1.2-22]
	heard     time.Time     // when the client last sent anything
	deadline  time.Time     // set on the connection; the zero time if it must be set
	unbounded bool          // no deadline is set any more
}

// survives reports whether the connection goes on after a read error: a deadline may fire early because it is moved lazily.
func (c *conn) survives(err error) bool {
	switch {
	case errors.Is(err, errGoodbye):
		c.end(clientGoodbye)
	case errors.Is(err, errText):
		c.refusePacket(err)
	}
	if c.ended() || !errors.Is(err, os.ErrDeadlineExceeded) {
		return false
	}
	p := &c.patience
	switch {
	case c.session == nil:
		text := "No CONNECT packet came within " + c.b.cfg.HandshakeTimeout.String() + " of the connection"
		c.refuseUnreadable(text)
		c.end(clientError(mqtt.Unspecified, text))
		return false
	case p.silence > 0 && c.now.Sub(p.heard) >= p.silence:
		c.end(keepAliveTimeout)
		return false
	}
	p.deadline = time.Time{}
	return true
}

// extendDeadline moves the read deadline. Setting one costs more than handling a packet, so it is left alone while it is at least
// nine tenths of the silence away; survives then looks at the exact time.
func (c *conn) extendDeadline() {
	p := &c.patience
	if c.session == nil {
		return // CONNECT must come before the deadline of the handshake, however slowly its bytes trickle in
	}
	if p.silence == 0 { // as long as it likes [MQTT-3.1.2-22]
		if !p.unbounded {
			p.unbounded = true
			_ = c.raw.SetReadDeadline(time.Time{})
		}
		return
	}
	if want := p.heard.Add(p.silence); want.Sub(p.deadline) > p.silence/10 {
		p.deadline = want
		_ = c.raw.SetReadDeadline(want)
	}
}

// refuseUnreadable tells that a connection never got as far as a CONNECT that could be decided on.
func (c *conn) refuseUnreadable(text string) {
	c.b.needs.Diary.Info("connection refused", "peer", c.raw.RemoteAddr(), "reason", text)
	c.b.needs.Facts.Record(&c.origin, &Connect{Failure: event.Failure{Outcome: event.ClientError, Reason: "CLIENT_ERROR", Details: text}})
}
