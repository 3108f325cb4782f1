package broker

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/coder/websocket"

	"telltale/lang/mqtt"
)

// ServeWebSocket speaks MQTT with a client over a WebSocket, and returns when the connection has ended. [MQTT-6.0.0-1]
func (b *Broker) ServeWebSocket(ws *websocket.Conn, e *Entrant) {
	nc := newWebSocket(ws, e)
	c := newConn(b, nc, nil)
	c.anonymous, c.origin = false, e.origin()
	c.entrant, c.under, c.serverName = e, e.Domain, e.ServerName
	if b.start(c) {
		nc.pump()
	}
	<-nc.over
}

// webSocket is a WebSocket as a network connection. What comes in passes through a pipe, so that a deadline of reading, which the broker
// moves lazily, does not cost the connection.
type webSocket struct {
	ws     *websocket.Conn
	e      *Entrant
	ctx    context.Context // of writing
	cancel context.CancelFunc
	in     net.Conn // what came
	fill   net.Conn
	over   chan struct{} // closed with the connection
	why    error         // of the end of reading; set before fill is closed
	late   *time.Timer   // of writing
	once   sync.Once
}

func newWebSocket(ws *websocket.Conn, e *Entrant) *webSocket {
	s := &webSocket{ws: ws, e: e, over: make(chan struct{})}
	ws.SetReadLimit(-1) // packets are bounded, however they are framed
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.in, s.fill = net.Pipe()
	s.late = time.AfterFunc(time.Hour, s.cancel)
	s.late.Stop()
	return s
}

var (
	errGoodbye = errors.New("the client closed the WebSocket")
	errText    = &mqtt.Error{Code: mqtt.ProtocolError, Text: "A WebSocket text frame came; MQTT comes in binary frames", Requirement: "MQTT-6.0.0-1"}
)

// pump moves what comes into the pipe until the connection ends.
func (s *webSocket) pump() {
	defer s.fill.Close()
	for {
		kind, r, err := s.ws.Reader(s.ctx)
		if err == nil && kind != websocket.MessageBinary {
			err = errText
		}
		if err == nil {
			_, err = io.Copy(s.fill, r)
		}
		if err != nil {
			if s.why = err; websocket.CloseStatus(err) >= 0 {
				s.why = errGoodbye
			}
			return
		}
	}
}

// Read returns what came; when nothing more comes, the reason.
func (s *webSocket) Read(b []byte) (int, error) {
	n, err := s.in.Read(b)
	if errors.Is(err, io.EOF) {
		err = s.why
	}
	return n, err
}

// Write sends one binary message.
func (s *webSocket) Write(b []byte) (int, error) {
	if err := s.ws.Write(s.ctx, websocket.MessageBinary, b); err != nil {
		return 0, err
	}
	return len(b), nil
}

// Close says goodbye, and waits a moment for the client's.
func (s *webSocket) Close() error {
	s.once.Do(func() {
		_ = s.in.Close()
		_ = s.ws.Close(websocket.StatusNormalClosure, "") // it is over, whatever the client says
		s.cancel()
		s.late.Stop()
		close(s.over)
	})
	return nil
}

// LocalAddr is that of the listener.
func (s *webSocket) LocalAddr() net.Addr { return net.TCPAddrFromAddrPort(s.e.Target) }

// RemoteAddr is the client's.
func (s *webSocket) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(s.e.Source) }

// SetDeadline is both of the others.
func (s *webSocket) SetDeadline(t time.Time) error {
	_ = s.SetWriteDeadline(t)
	return s.SetReadDeadline(t)
}

// SetReadDeadline may be moved after it passed.
func (s *webSocket) SetReadDeadline(t time.Time) error { return s.in.SetReadDeadline(t) }

// SetWriteDeadline ends the connection when it passes.
func (s *webSocket) SetWriteDeadline(t time.Time) error {
	s.late.Stop()
	if !t.IsZero() {
		s.late.Reset(time.Until(t))
	}
	return nil
}
