package broker

import (
	"testing"
	"time"

	"telltale/lang/mqtt"
)

// The will is published on every ending but a goodbye.
func TestWill(t *testing.T) {
	f := func(v mqtt.Version, published bool, disconnect string, leave func(f *fixture, c *client)) {
		t.Helper()
		bubble(t, func(f *fixture) {
			watcher := f.connect(mqtt.V5, "watcher")
			watcher.subscribe("last", 1)
			will := mqtt.Will{Topic: []byte("last"), Payload: []byte("words"), QoS: 1}
			if v == mqtt.V5 {
				will.Properties.ContentType, will.Properties.MessageExpiry, will.Properties.WillDelay = []byte("text"), mqtt.Some[uint32](0), mqtt.Some[uint32](600)
			}
			c := f.dial(v).connect(&mqtt.Connect{ClientID: []byte("a"), KeepAlive: 30, Will: &will})
			facts := f.facts.take()
			connected := last(facts).trace
			leave(f, c)
			f.facts.mu.Lock()
			list := f.facts.list
			for i, x := range list {
				if x.trace != connected && x.kind != "Connect" && x.kind != "Ping" {
					t.Errorf("fact %d, %s, has a trace of its own", i, x.text)
				}
			}
			f.facts.mu.Unlock()
			want := []string{"Disconnect " + disconnect}
			if published {
				want = append(want, "Publish-In Success topicName=last clientId=a", "Publish-Out Success topicName=last clientId=watcher")
			}
			for i := range list {
				if list[i].kind == "Connect" || list[i].kind == "Ping" {
					want = append(want[:i:i], append([]string{list[i].text}, want[i:]...)...)
				}
			}
			f.facts.want(t, want...)
			if !published {
				watcher.want()
				return
			}
			out := publish("last", "words", 1, 1)
			if v == mqtt.V5 {
				out.Properties.ContentType, out.Properties.MessageExpiry = []byte("text"), mqtt.Some[uint32](1)
			}
			watcher.want(out)
		})
	}
	const a = "Success clientId=a "
	f(mqtt.V311, false, a+"disconnectReason=CLIENT_INITIATED_DISCONNECT", func(_ *fixture, c *client) { c.send(&mqtt.Disconnect{}) })
	f(mqtt.V5, false, a+"disconnectReason=CLIENT_INITIATED_DISCONNECT", func(_ *fixture, c *client) { c.send(&mqtt.Disconnect{}) })
	f(mqtt.V5, true, a+"disconnectReason=CLIENT_INITIATED_DISCONNECT", func(_ *fixture, c *client) { c.send(&mqtt.Disconnect{Reason: mqtt.DisconnectWithWill}) })
	f(mqtt.V5, true, a+"details=The client left with the reason Unspecified error disconnectReason=CLIENT_INITIATED_DISCONNECT", func(_ *fixture, c *client) {
		c.send(&mqtt.Disconnect{Reason: mqtt.Unspecified})
	})
	f(mqtt.V5, true, a+"details=DISCONNECT: the Session Expiry Interval is not zero, but was zero in CONNECT disconnectReason=CLIENT_ERROR", func(_ *fixture, c *client) {
		c.send(&mqtt.Disconnect{Properties: mqtt.Properties{SessionExpiry: mqtt.Some[uint32](9)}})
	})
	f(mqtt.V311, true, a+"disconnectReason=CONNECTION_LOST", func(_ *fixture, c *client) { c.close() })
	f(mqtt.V5, true, a+"details=PUBREL packets are not supported disconnectReason=CLIENT_ERROR", func(_ *fixture, c *client) { c.send(&mqtt.Pubrel{ID: 1}) })
	f(mqtt.V311, true, a+"disconnectReason=MQTT_KEEP_ALIVE_TIMEOUT", func(f *fixture, c *client) { time.Sleep(45 * time.Second); c.closed() })
	f(mqtt.V311, true, "ClientError clientId=a reason=DUPLICATE_CLIENT_ID details=A new connection was established with the same client ID disconnectReason=DUPLICATE_CLIENTID",
		func(f *fixture, c *client) { f.connect(mqtt.V311, "a") })
}
