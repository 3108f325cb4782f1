package broker

import (
	"crypto/tls"
	"net"
	"os"
	"runtime"
	"testing"
	"time"

	"telltale/lang/mqtt"
	"telltale/service/registry"
)

// descriptors counts the open files of this process, where that can be seen.
func descriptors() int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(list)
}

// settles waits until a count is no more than a bound.
func settles(t *testing.T, what string, count func() int, most int) {
	t.Helper()
	for late := time.Now().Add(20 * time.Second); count() > most; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(late) {
			t.Errorf("%d %s are left, want at most %d", count(), what, most)
			return
		}
	}
}

// A crowd that connects and says nothing, or half of something, takes no more than its places: whoever comes on top is closed at once, the
// others in time, and then there is room again. Nothing of them is left.
func TestCrowd(t *testing.T) {
	goroutines, files := runtime.NumGoroutine(), descriptors()
	f := newFixture(t, withTLS, func(c *Config) {
		c.MQTT, c.TLS, c.Waiting, c.HandshakeTimeout = "127.0.0.1:0", "127.0.0.1:0", 30, time.Second
	})
	cert, _ := f.certificate(home, registry.CertificateActive, everything)
	before := f.facts.sample("Connect.Success")
	var list []net.Conn
	crowd := func(address, half string) (closed int) {
		var now []net.Conn
		for range 30 {
			nc, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = nc.Write([]byte(half)) // it may be closed already
			now = append(now, nc)
		}
		list = append(list, now...)
		for _, nc := range now {
			_ = nc.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
			if _, err := nc.Read(make([]byte, 1)); err != nil && !os.IsTimeout(err) {
				closed++
			}
		}
		return closed
	}
	const connect = "\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01"
	for i, x := range []struct{ address, half string }{{f.at.MQTTS, "\x16\x03\x01\x02\x00"}, {f.at.TLS, ""}, {f.at.MQTT, connect}} {
		if closed := crowd(x.address, x.half); i > 0 && closed == 0 {
			t.Errorf("crowd %d: nobody was turned away", i)
		}
	}
	if n := f.crowd.waiting.Load(); n > 30 {
		t.Errorf("%d connections wait, more than 30", n)
	}
	settles(t, "waiting connections", func() int { return int(f.crowd.waiting.Load()) }, 0)
	if k, err := f.knock(f.clientTLS(cert), "late"); err != nil || k.Reason != 0 {
		t.Errorf("after the crowd: CONNACK %v, error %v", k.Reason, err)
	}
	// Whoever is connected waits no more, and takes no place.
	var in []net.Conn
	for i := range 40 {
		nc, err := net.Dial("tcp", f.at.MQTT)
		if err != nil {
			t.Fatal(err)
		}
		_ = nc.SetDeadline(time.Now().Add(20 * time.Second))
		_, _ = nc.Write(mqtt.AppendConnect(nil, &mqtt.Connect{Version: mqtt.V311, CleanStart: true, ClientID: []byte{'c', byte('A' + i)}}))
		if _, err := nc.Read(make([]byte, 4)); err != nil {
			t.Fatalf("client %d: %v", i, err)
		}
		in = append(in, nc)
	}
	if got := f.facts.sample("Connect.Success") - before; got != 41 {
		t.Errorf("%v clients connected, want 41", got)
	}
	for _, nc := range append(list, in...) {
		nc.Close()
	}
	f.stop()
	settles(t, "goroutines", runtime.NumGoroutine, goroutines)
	settles(t, "descriptors", descriptors, files)
}

// A connection that is given to the HTTP server leaves nothing behind when there is none.
func TestNobodyServesHTTP(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.TLS = "127.0.0.1:0" })
	nc, err := tls.Dial("tcp", f.at.TLS, f.clientTLS(tls.Certificate{}, func(c *tls.Config) { c.NextProtos = []string{"http/1.1"} }))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	f.facts.await(t, "TlsHandshake Success")
	f.stop()
	_ = nc.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := nc.Read(make([]byte, 1)); err == nil || os.IsTimeout(err) {
		t.Errorf("the connection is still there: %v", err)
	}
}
