package conform

import (
	"encoding/binary"
	"strings"
	"testing"

	"telltale/lang/mqtt"
)

// Whatever comes before CONNECT ends the connection, and the server says nothing before CONNACK. [MQTT-3.1.0-1] [MQTT311-3.2.0-1]
// [MQTT5-3.2.0-1] [MQTT5-3.14.0-1]
func TestConnectComesFirst(t *testing.T) {
	each(t, both, func(w *world) {
		for _, p := range []mqtt.Packet{
			&mqtt.Pingreq{}, &mqtt.Disconnect{},
			&mqtt.Publish{Topic: []byte(w.topic("early")), Payload: []byte("x")},
			&mqtt.Subscribe{ID: 1, Subscriptions: []mqtt.Subscription{{Filter: []byte("a")}}},
		} {
			c := w.dial()
			c.send(p)
			if got := c.read(); got != nil {
				w.t.Errorf("%v before CONNECT is answered with %s", p.Type(), show(got))
			}
		}
	})
}

// [MQTT-3.1.0-2] [MQTT5-3.2.0-2] [MQTT5-4.13.1-1] [MQTT311-4.8.0-1]
func TestSecondConnect(t *testing.T) {
	each(t, both, func(w *world) {
		c := w.connect("a")
		c.send(&mqtt.Connect{Version: w.v, CleanStart: true, ClientID: []byte(w.name + "b")})
		c.ended(mqtt.ProtocolError)
	})
}

// connectFrame is a CONNECT with the name, level, flags and payload given.
func connectFrame(name string, level, flags byte, payload ...string) []byte {
	var body []byte
	text := func(s string) { body = append(binary.BigEndian.AppendUint16(body, uint16(len(s))), s...) }
	text(name)
	body = append(body, level, flags, 0, 60)
	if level == 5 {
		body = append(body, 0)
	}
	for i, s := range payload {
		if level == 5 && i == 1 && flags&4 != 0 {
			body = append(body, 0) // will properties
		}
		text(s)
	}
	return append([]byte{0x10, byte(len(body))}, body...)
}

// refused sends a frame on a new connection and wants it refused: closed, after at most a CONNACK that says no.
func (w *world) refused(frame []byte) {
	w.t.Helper()
	c := w.dial()
	c.raw(frame)
	p := c.read()
	if ack, ok := p.(*mqtt.Connack); ok {
		if ack.Reason == mqtt.Success || ack.SessionPresent {
			w.t.Errorf("% x is answered with CONNACK %v, session present %v", frame, ack.Reason, ack.SessionPresent)
			return
		}
		p = c.read()
	}
	if p != nil {
		w.t.Errorf("% x is answered with %s; want the end of the connection", frame, show(p))
	}
}

// [MQTT-3.1.2-1]
func TestProtocolName(t *testing.T) {
	each(t, both, func(w *world) {
		for _, name := range []string{"MQTX", "mqtt", "MQTTT", "", "HTTP"} {
			w.refused(connectFrame(name, byte(w.v), 2, w.name))
		}
	})
}

// A level that is not spoken is answered in the form nearest to it. [MQTT-3.1.2-2] [MQTT311-3.2.2-5]
func TestProtocolLevel(t *testing.T) {
	each(t, both, func(w *world) {
		levels, want := []byte{0, 2, 3}, mqtt.ReturnVersion
		if w.v == mqtt.V5 {
			levels, want = []byte{6, 255}, mqtt.UnsupportedVersion
		}
		for _, level := range levels {
			c := w.dial()
			c.raw(connectFrame("MQTT", level, 2, w.name))
			if ack := take[*mqtt.Connack](c); ack.Reason != want || ack.SessionPresent {
				w.t.Errorf("level %d is answered with %v", level, ack.Reason)
			}
			if c.read() != nil {
				w.t.Error("the connection stays open")
			}
		}
	})
}

// A reserved flag is refused; no return code of 3.1.1 fits, so that it gets none. [MQTT-3.1.2-3] [MQTT-3.1.4-1] [MQTT311-3.2.2-6]
func TestReservedConnectFlag(t *testing.T) {
	each(t, both, func(w *world) {
		frame := connectFrame("MQTT", byte(w.v), 3, w.name)
		w.refused(frame)
		if w.v == mqtt.V311 {
			c := w.dial()
			c.raw(frame)
			c.ended()
		}
	})
}

// Flags must agree with each other and with the payload. [MQTT311-3.1.2-9] [MQTT311-3.1.2-11] [MQTT311-3.1.2-13] [MQTT311-3.1.2-14]
// [MQTT311-3.1.2-15] [MQTT311-3.1.2-18] [MQTT311-3.1.2-19] [MQTT311-3.1.2-21] [MQTT311-3.1.2-22] [MQTT5-3.1.2-9] [MQTT5-3.1.2-11]
// [MQTT5-3.1.2-12] [MQTT5-3.1.2-13] [MQTT5-3.1.2-17] [MQTT5-3.1.2-19] [MQTT-3.1.4-1] [MQTT-3.1.3-3]
func TestConnectFlagsAgree(t *testing.T) {
	each(t, both, func(w *world) {
		id := w.name
		for _, frame := range [][]byte{
			connectFrame("MQTT", byte(w.v), 2|3<<3|4, id, "t", "m"), // will QoS 3
			connectFrame("MQTT", byte(w.v), 2|1<<3, id),             // will QoS without a will
			connectFrame("MQTT", byte(w.v), 2|1<<5, id),             // will retain without a will
			connectFrame("MQTT", byte(w.v), 2|4, id),                // a will without topic
			connectFrame("MQTT", byte(w.v), 2|1<<7, id),             // no user name
			connectFrame("MQTT", byte(w.v), 2|1<<7|1<<6, id, "u"),   // no password
			connectFrame("MQTT", byte(w.v), 2, id, "more"),          // a field too much
			connectFrame("MQTT", byte(w.v), 2),                      // no client identifier
		} {
			w.refused(frame)
		}
		if w.v == mqtt.V311 {
			w.refused(connectFrame("MQTT", byte(w.v), 2|1<<6, id, "p")) // a password alone
		}
	})
}

// Text in CONNECT is UTF-8 without surrogates and null. [MQTT-1.5.3-1] [MQTT-1.5.3-2] [MQTT-1.5.4-1] [MQTT-1.5.4-2] [MQTT-3.1.3-4]
// [MQTT311-3.1.3-10] [MQTT311-3.1.3-11] [MQTT5-3.1.3-11] [MQTT5-3.1.3-12]
func TestConnectTexts(t *testing.T) {
	each(t, both, func(w *world) {
		for _, bad := range []string{"\xff", "a\xed\xa0\x80", "\xc0\x80", "a\x00b", "\xf5\x80\x80\x80", "\xe2\x82"} {
			w.refused(connectFrame("MQTT", byte(w.v), 2, bad))
			w.refused(connectFrame("MQTT", byte(w.v), 2|4, w.name, bad, "m"))
			w.refused(connectFrame("MQTT", byte(w.v), 2|1<<7, w.name, bad))
		}
	})
}

// [MQTT-3.1.3-5] [MQTT311-3.1.4-4] [MQTT5-3.1.4-5]
func TestClientIDs(t *testing.T) {
	each(t, both, func(w *world) {
		for _, id := range []string{"Z9", "0123456789abcdefghijklm", "nopqrstuvwxyzABCDEFGHIJ", "KLMNOPQRSTUVWXYZ"} {
			c := w.dial()
			c.send(&mqtt.Connect{Version: w.v, CleanStart: true, ClientID: []byte(id[:len(id)-1] + w.v.String()[:1])})
			if ack := take[*mqtt.Connack](c); ack.Reason != mqtt.Success {
				w.t.Errorf("client id %q is answered with %v", id, ack.Reason)
			}
			c.leave()
		}
	})
}

// An empty client id gets one from the broker, which MQTT 5 clients are told. [MQTT-3.1.3-6] [MQTT5-3.1.3-7] [MQTT5-3.2.2-16]
func TestAssignedClientID(t *testing.T) {
	each(t, both, func(w *world) {
		seen := map[string]bool{}
		var kept []*client
		for range 3 {
			c := w.dial()
			c.send(&mqtt.Connect{Version: w.v, CleanStart: true})
			ack := take[*mqtt.Connack](c)
			if w.profile == aws && w.v == mqtt.V311 {
				if ack.Reason != mqtt.ReturnIdentifierRejected {
					w.t.Errorf("an empty client id is answered with %v", ack.Reason)
				}
				return
			}
			if id := string(ack.Properties.AssignedClientID); ack.Reason != mqtt.Success || w.v == mqtt.V5 && (id == "" || seen[id]) {
				w.t.Fatalf("an empty client id is answered with %v and %q", ack.Reason, id)
			} else {
				seen[id] = true
			}
			kept = append(kept, c)
		}
		for _, c := range kept {
			c.fence() // none took another over
		}
	})
}

// [MQTT311-3.1.3-7] [MQTT311-3.1.3-8] [MQTT311-3.1.3-9] [MQTT311-3.2.2-4] [MQTT311-3.2.2-5]
func TestEmptyClientIDOfALastingSession(t *testing.T) {
	each(t, only311, func(w *world) {
		c := w.dial()
		c.send(&mqtt.Connect{Version: w.v})
		if ack := take[*mqtt.Connack](c); ack.Reason != mqtt.ReturnIdentifierRejected || ack.SessionPresent {
			w.t.Errorf("CONNACK %d", ack.Reason)
		}
		c.ended()
	})
}

// A client id longer than the profile allows. [MQTT5-3.1.3-8] [MQTT5-3.2.2-6] [MQTT5-3.2.2-7] [MQTT5-3.2.2-8] [MQTT311-3.1.3-9]
func TestRejectedClientID(t *testing.T) {
	in(t, []string{aws}, both, func(w *world) {
		c := w.dial()
		c.send(&mqtt.Connect{Version: w.v, CleanStart: true, ClientID: []byte(strings.Repeat("x", 129))})
		want := mqtt.ReturnIdentifierRejected
		if w.v == mqtt.V5 {
			want = mqtt.ClientIDInvalid
		}
		if ack := take[*mqtt.Connack](c); ack.Reason != want || ack.SessionPresent {
			w.t.Errorf("CONNACK %v", ack.Reason)
		}
		if c.read() != nil {
			w.t.Error("more came after the CONNACK")
		}
	})
}

// [MQTT311-3.1.4-2] [MQTT5-3.1.4-3] [MQTT5-3.14.2-2] [MQTT-3.1.3-2]
func TestTakeover(t *testing.T) {
	each(t, both, func(w *world) {
		first := w.connect("same")
		first.subscribe(w.topic("x"), 0)
		second := w.connect("same")
		first.ended(mqtt.SessionTakenOver)
		second.fence()
	})
}

// What a client sent after a CONNECT that is refused is not handled. [MQTT311-3.1.4-5] [MQTT5-3.1.4-6] [MQTT5-3.1.4-2] [MQTT5-3.2.2-7]
func TestNothingAfterARefusal(t *testing.T) {
	each(t, both, func(w *world) {
		sub := w.connect("sub")
		sub.subscribe(w.topic("x"), 0)
		refused := &mqtt.Connect{Version: w.v, CleanStart: w.v == mqtt.V5}
		if w.v == mqtt.V5 {
			refused.ClientID, refused.Properties.AuthMethod = []byte(w.name), []byte("GS2-KRB5")
		}
		c := w.dial()
		c.send(refused, &mqtt.Publish{Topic: []byte(w.topic("x")), Payload: []byte("never")}, &mqtt.Pingreq{})
		if ack := take[*mqtt.Connack](c); ack.Reason == mqtt.Success {
			w.t.Fatal("the CONNECT was accepted")
		}
		if p := c.read(); p != nil {
			w.t.Errorf("%s came after the refusal", show(p))
		}
		sub.fence()
	})
}

// [MQTT5-4.12.0-1] [MQTT5-3.2.2-8]
func TestAuthenticationMethod(t *testing.T) {
	each(t, only5, func(w *world) {
		c := w.dial()
		p := &mqtt.Connect{Version: w.v, CleanStart: true, ClientID: []byte(w.name)}
		p.Properties.AuthMethod, p.Properties.AuthData = []byte("SCRAM-SHA-1"), []byte("x")
		c.send(p)
		if ack := take[*mqtt.Connack](c); ack.Reason != mqtt.BadAuthMethod && ack.Reason != mqtt.NotAuthorized {
			w.t.Errorf("CONNACK %v", ack.Reason)
		}
		if c.read() != nil {
			w.t.Error("the connection stays open")
		}
	})
}

// [MQTT5-4.12.0-6] [MQTT5-4.12.0-7] [MQTT5-3.1.2-28] [MQTT5-3.2.2-1]
func TestNoAuthenticationMethod(t *testing.T) {
	each(t, only5, func(w *world) {
		c, ack := w.join("a", func(p *mqtt.Connect) { p.Properties.RequestResponseInfo = mqtt.Some(false) })
		if ack.Properties.AuthMethod != nil || ack.Properties.ResponseInfo != nil {
			w.t.Errorf("CONNACK has %+v", ack.Properties)
		}
		c.send(&mqtt.Auth{Reason: mqtt.Reauthenticate})
		c.ended(mqtt.ProtocolError)
	})
}

// What the broker cannot do it says, and a will beyond it is refused. [MQTT5-3.2.2-9] [MQTT5-3.2.2-12]
func TestMaximumQoS(t *testing.T) {
	will := func(p *mqtt.Connect) { p.Will = &mqtt.Will{Topic: []byte("will/qos/2"), QoS: 2} }
	in(t, []string{aws}, only5, func(w *world) {
		_, ack := w.join("a")
		if ack.Properties.MaximumQoS.Or(2) != 1 {
			w.t.Errorf("Maximum QoS %v", ack.Properties.MaximumQoS)
		}
		c := w.dial()
		p := &mqtt.Connect{Version: w.v, CleanStart: true, ClientID: []byte(w.name)}
		will(p)
		c.send(p)
		if ack := take[*mqtt.Connack](c); ack.Reason != mqtt.QoSNotSupported {
			w.t.Errorf("a will of QoS 2 is answered with %v", ack.Reason)
		}
		if c.read() != nil {
			w.t.Error("the connection stays open")
		}
	})
	in(t, []string{standard}, only5, func(w *world) {
		if _, ack := w.join("a", will); ack.Properties.MaximumQoS.Present {
			w.t.Errorf("Maximum QoS %v is sent though all are supported", ack.Properties.MaximumQoS)
		}
	})
}

// Silence ends the connection after one and a half keep-alives; a server keep-alive takes the place of the client's, and without one the
// client's is in force. [MQTT311-3.1.2-24] [MQTT5-3.1.2-22] [MQTT5-3.2.2-22]
func TestKeepAlive(t *testing.T) {
	in(t, []string{standard}, both, func(w *world) {
		c, ack := w.join("a", func(p *mqtt.Connect) { p.KeepAlive = 1 })
		if ack.Properties.ServerKeepAlive.Or(1) != 1 {
			w.t.Fatalf("the server's keep-alive is %v", ack.Properties.ServerKeepAlive)
		}
		c.ended(mqtt.KeepAliveTimeout)
	})
	in(t, []string{aws}, only5, func(w *world) {
		if _, ack := w.join("a", func(p *mqtt.Connect) { p.KeepAlive = 1 }); ack.Properties.ServerKeepAlive.Value != 30 {
			w.t.Errorf("the server's keep-alive is %v; want 30", ack.Properties.ServerKeepAlive)
		}
	})
}

// A keep-alive of zero turns the mechanism off; AWS has its own instead. [MQTT5-3.2.2-22]
func TestNoKeepAlive(t *testing.T) {
	each(t, both, func(w *world) {
		c, ack := w.join("a", func(p *mqtt.Connect) { p.KeepAlive = 0 })
		want := uint16(1200)
		if w.profile == standard {
			want = 0
		}
		if w.v == mqtt.V5 && ack.Properties.ServerKeepAlive.Value != want {
			w.t.Errorf("the server's keep-alive is %v", ack.Properties.ServerKeepAlive)
		}
		c.fence()
		c.fence()
	})
}

// [MQTT-3.12.4-1]
func TestPing(t *testing.T) {
	each(t, both, func(w *world) {
		c := w.connect("a")
		c.send(&mqtt.Pingreq{}, &mqtt.Pingreq{})
		take[*mqtt.Pingresp](c)
		take[*mqtt.Pingresp](c)
	})
}
