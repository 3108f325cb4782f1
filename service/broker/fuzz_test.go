package broker

import (
	"testing"
	"testing/synctest"
	"time"

	"telltale/lang/mqtt"
)

// Whatever a client sends, in whatever pieces, the broker neither panics nor leaves anything behind.
func FuzzConnection(f *testing.F) {
	for _, v := range []mqtt.Version{mqtt.V311, mqtt.V5} {
		frames := mqtt.AppendConnect(nil, &mqtt.Connect{Version: v, CleanStart: true, ClientID: []byte("a"), Will: &mqtt.Will{Topic: []byte("t")}})
		frames = mqtt.Append(frames, &mqtt.Subscribe{ID: 1, Subscriptions: []mqtt.Subscription{{Filter: []byte("t/#"), QoS: 1}, {Filter: []byte("$share/g/t")}}}, v)
		for _, p := range []mqtt.Packet{publish("t/1", "x", 1, 1), publish("t/1", "y", 0, 0), &mqtt.Puback{ID: 1}, &mqtt.Pingreq{},
			&mqtt.Unsubscribe{ID: 2, Filters: [][]byte{[]byte("t/#")}}, publish("$aws/x", "", 1, 2), &mqtt.Disconnect{}} {
			frames = mqtt.Append(frames, p, v)
		}
		f.Add(frames, byte(1), true)
		f.Add(frames, byte(200), false)
	}
	for _, v := range []mqtt.Version{mqtt.V311, mqtt.V5} { // what the standard profile knows, with a session that stays
		connect := &mqtt.Connect{Version: v, ClientID: []byte("a"), Will: &mqtt.Will{Topic: []byte("t"), QoS: 2, Retain: true}}
		if v == mqtt.V5 {
			connect.Properties.SessionExpiry, connect.Properties.TopicAliasMaximum = mqtt.Some[uint32](60), mqtt.Some[uint16](3)
		}
		frames := mqtt.AppendConnect(nil, connect)
		frames = mqtt.Append(frames, &mqtt.Subscribe{ID: 1, Subscriptions: []mqtt.Subscription{{Filter: []byte("#"), QoS: 2}, {Filter: []byte("$share/g/+"), QoS: 1}}}, v)
		for _, p := range []mqtt.Packet{publish("t", "x", 2, 1), retain("t", "y", 1, 2), &mqtt.Pubrel{ID: 1}, &mqtt.Pubrec{ID: 1}, &mqtt.Pubcomp{ID: 1}, &mqtt.Puback{ID: 2}, &mqtt.Disconnect{}} {
			frames = mqtt.Append(frames, p, v)
		}
		f.Add(frames, byte(2), false)
		f.Add(frames, byte(201), false)
	}
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"), byte(7), false)
	f.Fuzz(func(t *testing.T, data []byte, size byte, greet bool) {
		var ended *recording
		synctest.Test(t, func(t *testing.T) {
			fx := newFixture(t, func(c *Config) {
				if size%2 == 0 {
					c.Limits = Standard()
					c.Limits.KeepAliveMax = time.Minute
				}
			})
			defer fx.stop()
			ended = fx.facts
			c := fx.dial(mqtt.V5)
			if greet {
				c.connect(&mqtt.Connect{ClientID: []byte("a")})
			}
			for rest := data; len(rest) > 0; {
				n := min(int(size)+1, len(rest))
				c.sendBytes(rest[:n])
				rest = rest[n:]
			}
			time.Sleep(time.Hour)
			if !c.closed() {
				t.Error("the connection outlived its keep-alive")
			}
			if len(fx.live) != 0 {
				t.Errorf("%d connections are left", len(fx.live))
			}
		})
		connects, disconnects := 0, 0
		for _, x := range ended.take() {
			switch {
			case x.kind == "Disconnect":
				disconnects++
			case x.kind == "Connect" && len(x.text) > 15 && x.text[:15] == "Connect Success":
				connects++
			}
		}
		if connects != disconnects || connects > 1 {
			t.Errorf("%d Connects, %d Disconnects", connects, disconnects)
		}
	})
}
