package conform

import (
	"context"
	"net"
	"testing"

	paho5 "github.com/eclipse/paho.golang/paho"
)

// A client of MQTT 5 that is not ours: it resumes a session and exchanges messages of every QoS, needing nothing but the standard.
// [MQTT311-7.0.0-2]
func TestPaho(t *testing.T) {
	for _, profile := range []string{aws, standard} {
		t.Run(profile, func(t *testing.T) {
			t.Parallel()
			b := serve(t, profile)
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			highest := byte(1)
			if profile == standard {
				highest = 2
			}
			topic := "paho/" + profile
			for present := range 2 {
				got := make(chan *paho5.Publish, 10)
				nc, err := net.Dial("tcp", b.mqtt)
				if err != nil {
					t.Fatal(err)
				}
				c := paho5.NewClient(paho5.ClientConfig{Conn: nc, OnPublishReceived: []func(paho5.PublishReceived) (bool, error){
					func(p paho5.PublishReceived) (bool, error) { got <- p.Packet; return true, nil }}})
				expiry := uint32(600)
				ack, err := c.Connect(ctx, &paho5.Connect{ClientID: "paho" + profile, KeepAlive: 60, Properties: &paho5.ConnectProperties{SessionExpiryInterval: &expiry}})
				if err != nil || ack.SessionPresent != (present == 1) {
					t.Fatalf("connect: %+v, %v", ack, err)
				}
				if present == 0 {
					if _, err := c.Subscribe(ctx, &paho5.Subscribe{Subscriptions: []paho5.SubscribeOptions{{Topic: topic, QoS: highest}}}); err != nil {
						t.Fatal(err)
					}
				}
				for left := range highest + 1 {
					qos := highest - left // the last is QoS 0, by which the others are acknowledged
					if _, err := c.Publish(ctx, &paho5.Publish{Topic: topic, QoS: qos, Payload: []byte{qos}}); err != nil {
						t.Fatalf("publish with QoS %d: %v", qos, err)
					}
					select {
					case p := <-got:
						if p.QoS != qos || len(p.Payload) != 1 || p.Payload[0] != qos {
							t.Errorf("got %v with QoS %d; want %d", p.Payload, p.QoS, qos)
						}
					case <-ctx.Done():
						t.Fatalf("the message of QoS %d did not come", qos)
					}
				}
				if err := c.Disconnect(&paho5.Disconnect{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
