package conform

import (
	"context"
	"net/http"
	"testing"

	"github.com/coder/websocket"

	"telltale/lang/mqtt"
)

// socket opens a WebSocket that offers the sub-protocols given.
func (w *world) socket(protocols ...string) (*websocket.Conn, *http.Response, error) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	ws, answer, err := websocket.Dial(ctx, "ws://"+w.gateway+"/mqtt", &websocket.DialOptions{Subprotocols: protocols})
	if err == nil {
		w.t.Cleanup(func() { _ = ws.CloseNow() })
	}
	return ws, answer, err
}

// Packets come in binary frames, many in one and one in many; the server chooses the sub-protocol mqtt. [MQTT-6.0.0-1] [MQTT-6.0.0-2]
// [MQTT-6.0.0-3] [MQTT-6.0.0-4]
func TestWebSocket(t *testing.T) {
	each(t, both, func(w *world) {
		ws, _, err := w.socket("soap", "mqtt")
		if err != nil {
			w.t.Fatal(err)
		}
		if ws.Subprotocol() != "mqtt" {
			w.t.Errorf("the sub-protocol is %q", ws.Subprotocol())
		}
		c := &client{t: w.t, v: w.v, nc: websocket.NetConn(context.Background(), ws, websocket.MessageBinary)}
		frames := mqtt.AppendConnect(nil, &mqtt.Connect{Version: w.v, CleanStart: true, ClientID: []byte(w.name), KeepAlive: 600})
		connect := len(frames)
		for _, p := range []mqtt.Packet{
			&mqtt.Subscribe{ID: 1, Subscriptions: []mqtt.Subscription{{Filter: []byte(w.topic("x"))}}},
			&mqtt.Publish{Topic: []byte(w.topic("x")), Payload: []byte("hello"), QoS: 1, ID: 2}, &mqtt.Pingreq{},
		} {
			frames = mqtt.Append(frames, p, w.v)
		}
		for i := range frames[:connect] { // a byte a frame
			c.raw(frames[i : i+1])
		}
		if ack := take[*mqtt.Connack](c); ack.Reason != mqtt.Success {
			w.t.Fatalf("CONNACK %v", ack.Reason)
		}
		c.raw(frames[connect:]) // all in one
		seen := map[mqtt.Type]bool{}
		for range 4 {
			p := c.read()
			if p == nil {
				w.t.Fatal("the connection has ended")
			}
			seen[p.Type()] = true
		}
		for _, kind := range []mqtt.Type{mqtt.TypeSuback, mqtt.TypePuback, mqtt.TypePublish, mqtt.TypePingresp} {
			if !seen[kind] {
				w.t.Errorf("there was no %v", kind)
			}
		}
	})
}

// A frame of text ends the connection. [MQTT-6.0.0-1]
func TestWebSocketText(t *testing.T) {
	each(t, both, func(w *world) {
		ws, _, err := w.socket("mqtt")
		if err != nil {
			w.t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(w.t.Context(), patience)
		defer cancel()
		connect := mqtt.AppendConnect(nil, &mqtt.Connect{Version: w.v, CleanStart: true, ClientID: []byte(w.name), KeepAlive: 600})
		if err := ws.Write(ctx, websocket.MessageBinary, connect); err != nil {
			w.t.Fatal(err)
		}
		if _, _, err := ws.Read(ctx); err != nil {
			w.t.Fatal(err)
		}
		if err := ws.Write(ctx, websocket.MessageText, []byte{0xc0, 0}); err != nil {
			w.t.Fatal(err)
		}
		for {
			kind, data, err := ws.Read(ctx)
			if ctx.Err() != nil {
				w.t.Fatal("the connection stays open")
			}
			if err != nil {
				return
			}
			if w.v == mqtt.V311 || kind != websocket.MessageBinary || mqtt.TypeOf(data[0]) != mqtt.TypeDisconnect {
				w.t.Errorf("got %x", data)
			}
		}
	})
}

// A client that does not offer the sub-protocol is not served. [MQTT-6.0.0-3]
func TestWebSocketWithoutProtocol(t *testing.T) {
	each(t, only5, func(w *world) {
		for _, offered := range [][]string{nil, {"mqttv3.1"}} {
			if _, answer, err := w.socket(offered...); err == nil || answer == nil || answer.StatusCode < 400 {
				w.t.Errorf("sub-protocols %q: %v", offered, err)
			}
		}
	})
}
