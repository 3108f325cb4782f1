package broker

import (
	"context"
	"crypto/tls"
	"strings"
	"testing"
	"time"

	paho5 "github.com/eclipse/paho.golang/paho"
	paho3 "github.com/eclipse/paho.mqtt.golang"

	"telltale/service/registry"
)

const patient = 20 * time.Second // for what must happen; never waited for in full

// A client that is not ours, of MQTT 3.1.1.
func TestPaho311(t *testing.T) {
	f := newFixture(t, withTLS)
	defer f.stop()
	cert, _ := f.certificate(home, registry.CertificateActive, document(pick{"Allow", "iot:Connect", "*"}, pick{"Allow", "iot:Subscribe", "*"},
		pick{"Allow", "iot:Publish", topicARN(home, "room/*")}, pick{"Allow", "iot:Receive", "*"}))
	lost := make(chan error, 1)
	options := paho3.NewClientOptions().AddBroker("ssl://" + f.at.MQTTS).SetTLSConfig(f.clientTLS(cert)).SetClientID("paho").SetAutoReconnect(false).
		SetProtocolVersion(4).SetConnectionLostHandler(func(_ paho3.Client, err error) { lost <- err })
	client := paho3.NewClient(options)
	wait := func(what string, token paho3.Token) {
		t.Helper()
		if !token.WaitTimeout(patient) || token.Error() != nil {
			t.Fatalf("%s: %v", what, token.Error())
		}
	}
	wait("connect", client.Connect())
	got := make(chan paho3.Message, 10)
	wait("subscribe", client.Subscribe("room/+", 1, func(_ paho3.Client, m paho3.Message) { got <- m }))
	for qos := range byte(2) {
		wait("publish", client.Publish("room/1", qos, false, []byte{qos}))
		select {
		case m := <-got:
			if m.Topic() != "room/1" || m.Qos() != qos || string(m.Payload()) != string([]byte{qos}) {
				t.Errorf("got %s, QoS %d, %q; want room/1, QoS %d", m.Topic(), m.Qos(), m.Payload(), qos)
			}
		case <-time.After(patient):
			t.Fatalf("the message of QoS %d did not come", qos)
		}
	}
	wait("unsubscribe", client.Unsubscribe("room/+"))
	client.Publish("hall/1", 0, false, "x")
	select {
	case <-lost:
	case <-time.After(patient):
		t.Fatal("a publish that is not allowed did not end the connection")
	}
	facts := f.facts.await(t, "disconnectReason=FORBIDDEN_ACCESS")
	var kinds []string
	for _, x := range facts {
		kinds = append(kinds, strings.Join(strings.Fields(x.text)[:2], " "))
	}
	want := "TlsHandshake Success, Connect Success, Subscribe Success, Publish-In Success, Publish-Out Success, Publish-In Success, Publish-Out Success, Unsubscribe Success, Publish-In AuthError, Disconnect Success"
	if strings.Join(kinds, ", ") != want {
		t.Errorf("got %s\nwant %s", strings.Join(kinds, ", "), want)
	}
}

// A client that is not ours, of MQTT 5.
func TestPaho5(t *testing.T) {
	f := newFixture(t, withTLS)
	defer f.stop()
	cert, id := f.certificate(home, registry.CertificateActive, everything)
	ctx, cancel := context.WithTimeout(t.Context(), patient)
	defer cancel()
	got := make(chan *paho5.Publish, 10)
	down := make(chan *paho5.Disconnect, 1)
	nc, err := tls.Dial("tcp", f.at.MQTTS, f.clientTLS(cert, func(c *tls.Config) { c.NextProtos = []string{"x-amzn-mqtt-ca"} }))
	if err != nil {
		t.Fatal(err)
	}
	conn := paho5.NewClient(paho5.ClientConfig{
		Conn:               nc,
		OnPublishReceived:  []func(paho5.PublishReceived) (bool, error){func(p paho5.PublishReceived) (bool, error) { got <- p.Packet; return true, nil }},
		OnServerDisconnect: func(d *paho5.Disconnect) { down <- d },
	})
	if _, err := conn.Connect(ctx, &paho5.Connect{ClientID: "paho5", KeepAlive: 60, CleanStart: true}); err != nil {
		t.Fatal(err)
	}
	ack, err := conn.Subscribe(ctx, &paho5.Subscribe{Subscriptions: []paho5.SubscribeOptions{{Topic: "room/#", QoS: 1}}})
	if err != nil || ack.Reasons[0] != 1 {
		t.Fatalf("subscribe: %+v, %v", ack, err)
	}
	for qos := range byte(2) {
		user := paho5.UserProperties{{Key: "k", Value: "v"}}
		if _, err := conn.Publish(ctx, &paho5.Publish{Topic: "room/1", QoS: qos, Payload: []byte("x"), Properties: &paho5.PublishProperties{ContentType: "text", User: user}}); err != nil {
			t.Fatalf("publish: %v", err)
		}
		select {
		case p := <-got:
			if p.Topic != "room/1" || p.QoS != qos || p.Properties.ContentType != "text" || p.Properties.User.Get("k") != "v" {
				t.Errorf("got %v, QoS %d", p, p.QoS)
			}
		case <-ctx.Done():
			t.Fatalf("the message of QoS %d did not come", qos)
		}
	}
	f.setStatus(home, id, registry.CertificateRevoked)
	select {
	case d := <-down:
		if d.ReasonCode != 0x87 || d.Properties.ReasonString != "The certificate of the connection is now REVOKED" {
			t.Errorf("got DISCONNECT %x %q", d.ReasonCode, d.Properties.ReasonString)
		}
	case <-ctx.Done():
		t.Fatal("the revocation did not end the connection")
	}
	f.facts.await(t, "disconnectReason=AUTH_ERROR")
}
