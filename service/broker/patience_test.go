package broker

import (
	"net"
	"testing"
	"testing/synctest"
	"time"

	"telltale/lang/mqtt"
)

// A client is cut exactly when it was silent for one and a half times its keep-alive, not before and not after.
func TestKeepAlive(t *testing.T) {
	f := func(asked uint16, silence time.Duration) {
		t.Helper()
		bubble(t, func(f *fixture) {
			c := f.dial(mqtt.V5).connect(&mqtt.Connect{ClientID: []byte("a"), KeepAlive: asked})
			heard := time.Now()
			for _, pause := range []time.Duration{silence / 100, silence / 12, silence - 1, silence / 2, silence - 1} {
				time.Sleep(pause)
				c.send(&mqtt.Pingreq{})
				c.want(&mqtt.Pingresp{})
				heard = time.Now()
			}
			time.Sleep(silence - 1 - time.Since(heard))
			if c.closed() {
				t.Fatalf("keep-alive %d: cut after %v, want %v", asked, time.Since(heard), silence)
			}
			time.Sleep(time.Nanosecond)
			c.wantClosed(&mqtt.Disconnect{Reason: mqtt.KeepAliveTimeout})
			if got := last(f.facts.take()); got.text != "Disconnect Success clientId=a disconnectReason=MQTT_KEEP_ALIVE_TIMEOUT" {
				t.Errorf("got %q", got.text)
			}
		})
	}
	f(0, 1800*time.Second)
	f(1, 45*time.Second)
	f(30, 45*time.Second)
	f(60, 90*time.Second)
	f(1200, 1800*time.Second)
	f(65535, 1800*time.Second)
}

func TestServerKeepAlive(t *testing.T) {
	f := func(asked uint16, want mqtt.Opt[uint16]) {
		t.Helper()
		bubble(t, func(f *fixture) {
			c := f.dial(mqtt.V5)
			c.send(&mqtt.Connect{Version: mqtt.V5, CleanStart: true, ClientID: []byte("a"), KeepAlive: asked})
			if got := c.take()[0].(*mqtt.Connack).Properties.ServerKeepAlive; got != want {
				t.Errorf("keep-alive %d: got %v, want %v", asked, got, want)
			}
		})
	}
	f(0, mqtt.Some[uint16](1200))
	f(29, mqtt.Some[uint16](30))
	f(30, mqtt.Opt[uint16]{})
	f(1201, mqtt.Some[uint16](1200))
}

// Whoever sends no CONNECT in time is cut, however slowly its bytes trickle in.
func TestConnectTimeout(t *testing.T) {
	bubble(t, func(f *fixture) {
		c := f.dial(mqtt.V311)
		frame := mqtt.AppendConnect(nil, &mqtt.Connect{Version: mqtt.V311, CleanStart: true, ClientID: []byte("slowly")})
		for _, b := range frame[:9] {
			c.sendBytes([]byte{b})
			time.Sleep(time.Second)
		}
		time.Sleep(time.Second - 1)
		if c.closed() {
			t.Fatal("cut before 10 s")
		}
		time.Sleep(time.Nanosecond)
		c.wantClosed()
		f.facts.want(t, "Connect ClientError reason=CLIENT_ERROR details=No CONNECT packet came within 10s of the connection")
	})
}

// The silence of a client whose packets arrive in pieces is counted from the last piece.
func TestPiecesCountAsLife(t *testing.T) {
	bubble(t, func(f *fixture) {
		c := f.dial(mqtt.V311).connect(&mqtt.Connect{ClientID: []byte("a"), KeepAlive: 30})
		frame := mqtt.Append(nil, publish("t", "payload", 1, 9), mqtt.V311)
		for i := range frame {
			time.Sleep(44 * time.Second)
			c.sendBytes(frame[i : i+1])
		}
		c.want(&mqtt.Puback{ID: 9})
		synctest.Wait()
	})
}

// The handshake and CONNECT share one deadline.
func TestHandshakeTimeout(t *testing.T) {
	bubble(t, func(f *fixture) {
		near, far := net.Pipe()
		f.start(newConn(f.Broker, far, f.deviceDoor()))
		c := (&client{t: t, nc: near, v: mqtt.V311}).start()
		c.sendBytes([]byte{0x16, 3, 1})
		time.Sleep(10*time.Second - 1)
		if c.closed() {
			t.Fatal("cut before 10 s")
		}
		time.Sleep(time.Nanosecond)
		if !c.closed() {
			t.Error("still open after 10 s")
		}
		f.facts.want(t, "TlsHandshake ClientError reason=HANDSHAKE_TIMEOUT details=The handshake was not finished within 10s")
	})
}
