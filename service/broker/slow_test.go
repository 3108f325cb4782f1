package broker

import (
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"telltale/lang/mqtt"
	"telltale/service/registry"
)

// Over real sockets too: a client that does not read loses messages, but none that was told as delivered, and no byte of these is
// out of place, with TLS or without; the publisher is acknowledged meanwhile.
func TestSlowSocket(t *testing.T) {
	f := func(secure bool) {
		t.Helper()
		const total, size = 1500, 20_000
		f := newFixture(t, withTCP, withTLS)
		defer f.stop()
		cert, _ := f.certificate(home, registry.CertificateActive, everything)
		dial := func(id string) (nc net.Conn) {
			var err error
			if secure {
				nc, err = tls.Dial("tcp", f.at.MQTTS, f.clientTLS(cert))
			} else {
				nc, err = net.Dial("tcp", f.at.MQTT)
			}
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { nc.Close() })
			(&pair{}).exchange(t, nc, mqtt.AppendConnect(nil, &mqtt.Connect{Version: mqtt.V311, CleanStart: true, ClientID: []byte(id)}), 4)
			return nc
		}
		slow, sender := dial("slow"), dial("sender")
		(&pair{}).exchange(t, slow, mqtt.Append(nil, &mqtt.Subscribe{ID: 1, Subscriptions: []mqtt.Subscription{{Filter: []byte("t")}}}, mqtt.V311), 5)
		_ = slow.SetDeadline(time.Now().Add(3 * patient))
		_ = sender.SetDeadline(time.Now().Add(3 * patient))
		go func() {
			for i := range total {
				payload := fmt.Sprintf("%08d", i)
				_, _ = sender.Write(mqtt.Append(nil, publish("t", strings.Repeat(payload, size/8), 1, uint16(i+1)), mqtt.V311))
			}
		}()
		readFull(t, sender, make([]byte, 4*total))
		f.facts.mu.Lock()
		delivered := int(f.facts.samples["PublishOut.Success"])
		f.facts.mu.Unlock()
		if delivered == 0 || delivered == total {
			t.Fatalf("%d of %d were delivered to a client that does not read", delivered, total)
		}
		got, previous := 0, -1
		err := frames(slow, func(header byte, body []byte) bool {
			p, err := mqtt.DecodePublish(header, body, mqtt.V311)
			var number int
			if _, scan := fmt.Sscanf(string(p.Payload[:min(8, len(p.Payload))]), "%d", &number); err != nil || scan != nil || number <= previous ||
				string(p.Payload) != strings.Repeat(fmt.Sprintf("%08d", number), size/8) {
				t.Errorf("message %d is damaged or out of place: %v, %v", got, err, scan)
				return false
			}
			previous = number
			got++
			return got < delivered
		})
		if err != nil || got != delivered {
			t.Errorf("secure %t: got %d of %d messages: %v", secure, got, delivered, err)
		}
		x := last(f.facts.await(t, "Publish-Out Throttle"))
		if want := fmt.Sprintf("details=%d messages were dropped", total-delivered); !strings.Contains(x.text, want) {
			t.Errorf("got %s, want %s", x.text, want)
		}
	}
	f(false)
	f(true)
}

func TestPrintable(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := printable(in); got != want {
			t.Errorf("printable(%q) = %q, want %q", in, got, want)
		}
	}
	f("plain é", "plain é")
	f("a\x00b\xffc", "a?b?c")
	f(strings.Repeat("x", 401), strings.Repeat("x", 400))
	f(strings.Repeat("x", 399)+"é", strings.Repeat("x", 399)+"?")
}

func TestTopicOf(t *testing.T) {
	frame := mqtt.Append(nil, publish("room/1", strings.Repeat("x", 300), 0, 0), mqtt.V311)
	for n := range frame {
		want := ""
		if n >= 3+2+6 {
			want = "room/1"
		}
		if got := topicOf(frame[:n]); got != want {
			t.Fatalf("topicOf(%x) = %q, want %q", frame[:n], got, want)
		}
	}
}
