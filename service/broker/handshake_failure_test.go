package broker

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/service/registry"
)

// handshakes is a sink that keeps the facts of handshakes.
type handshakes struct {
	*recording
	list chan *TLSHandshake
}

func (h *handshakes) Record(o *caller.Origin, f event.Fact) {
	h.recording.Record(o, f)
	if x, ok := f.(*TLSHandshake); ok {
		h.list <- x
	}
}

// watchHandshakes lets a fixture keep whole facts of handshakes.
func (f *fixture) watchHandshakes() chan *TLSHandshake {
	h := &handshakes{f.facts, make(chan *TLSHandshake, 100)}
	f.needs.Facts = event.NewRecorder(h)
	return h.list
}

// alertOf is the alert in a client's error, "" for another error.
func alertOf(err error) string {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "remote error" {
		return strings.TrimPrefix(op.Err.Error(), "tls: ")
	}
	return ""
}

// try does a handshake and reads until the server answers or leaves.
func try(address string, config *tls.Config) error {
	nc, err := tls.Dial("tcp", address, config)
	if err != nil {
		return err
	}
	defer nc.Close()
	_ = nc.SetDeadline(time.Now().Add(20 * time.Second))
	_, err = nc.Read(make([]byte, 1))
	return err
}

// The matrix of broken set-ups: each is told with a reason, a hint, and the alert that the client really got.
func TestHandshakeHints(t *testing.T) {
	f := newFixture(t, withTLS, func(c *Config) {
		c.TLS, c.HTTPS, c.MQTT, c.RequireServerName = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0", true
		c.HandshakeTimeout = 2 * time.Second
	})
	defer f.stop()
	told := f.watchHandshakes()
	good, goodID := f.certificate(home, registry.CertificateActive, everything)
	other, _ := selfSigned(t)
	revoked, _ := f.certificate(home, registry.CertificateRevoked, everything)
	inactive, _ := f.certificate(home, registry.CertificateInactive, everything)
	aged := func(from, to time.Duration) tls.Certificate {
		cert, _ := f.certificate(home, registry.CertificateActive, everything, func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().Add(from), time.Now().Add(to)
		})
		return cert
	}
	anonymous := func(c *tls.Config) { c.ServerName, c.InsecureSkipVerify = "", true }
	type setup struct {
		name, address, reason, hint string
		cert                        tls.Certificate
		adjust                      func(*tls.Config)
	}
	cases := []setup{
		{"TLS 1.1", f.at.MQTTS, "PROTOCOL_VERSION", "TLS 1.2 or 1.3", good, func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }},
		{"no common suite", f.at.MQTTS, "CIPHER_SUITE", "Let the client offer a suite", good, func(c *tls.Config) {
			c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_RSA_WITH_RC4_128_SHA}
		}},
		{"wrong ALPN", f.at.MQTTS, "ALPN_MISMATCH", "offer one of x-amzn-mqtt-ca, mqtt, or none", good, func(c *tls.Config) { c.NextProtos = []string{"h2"} }},
		{"wrong ALPN for all", f.at.TLS, "ALPN_MISMATCH", "offer one of x-amzn-mqtt-ca, mqtt, x-amzn-http-ca, http/1.1", good, func(c *tls.Config) { c.NextProtos = []string{"mqtt5"} }},
		{"no SNI", f.at.MQTTS, "SNI_MISSING", "connect by host name", good, anonymous},
		{"no SNI for all", f.at.TLS, "SNI_MISSING", "connect by host name", tls.Certificate{}, anonymous},
		{"client does not trust us", f.at.MQTTS, "REFUSED_BY_CLIENT", "--cafile", good, func(c *tls.Config) { c.RootCAs = x509.NewCertPool() }},
		{"wrong name", f.at.MQTTS, "REFUSED_BY_CLIENT", "under a name that is in the certificate", good, func(c *tls.Config) { c.ServerName = "elsewhere.example" }},
	}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		only := func(c *tls.Config) { c.MinVersion, c.MaxVersion = version, version }
		v := " " + tls.VersionName(version)
		cases = append(cases,
			setup{"no certificate" + v, f.at.MQTTS, "NO_CERTIFICATE", "certificate and private key", tls.Certificate{}, only},
			setup{"no certificate for HTTPS" + v, f.at.HTTPS, "NO_CERTIFICATE", "certificate and private key", tls.Certificate{}, only},
			setup{"no certificate for all" + v, f.at.TLS, "NO_CERTIFICATE", "ALPN mqtt or http/1.1", tls.Certificate{}, func(c *tls.Config) { only(c); c.NextProtos = []string{"x-amzn-mqtt-ca"} }},
			setup{"unknown CA" + v, f.at.MQTTS, "DEVICE_CERTIFICATE_NOT_REGISTERED", "that a CA issued it is not enough", other, only},
			setup{"expired" + v, f.at.MQTTS, "NOT_AUTHENTICATED", "compare serverTime", aged(-2*time.Hour, -time.Hour), only},
			setup{"not yet valid" + v, f.at.MQTTS, "NOT_AUTHENTICATED", "compare serverTime", aged(time.Hour, 2*time.Hour), only},
			setup{"revoked" + v, f.at.MQTTS, "DEVICE_CERTIFICATE_REVOKED", "was revoked", revoked, only},
			setup{"inactive" + v, f.at.MQTTS, "DEVICE_CERTIFICATE_INACTIVE", "--new-status ACTIVE", inactive, only},
			setup{"wrong key" + v, f.at.MQTTS, "PRIVATE_KEY_MISMATCH", "of one pair", tls.Certificate{Certificate: good.Certificate, PrivateKey: other.PrivateKey}, only},
		)
	}
	for _, x := range cases {
		err := try(x.address, f.clientTLS(x.cert, x.adjust))
		got := <-told
		if got.Outcome == event.Success || got.Reason != x.reason || !strings.Contains(got.Hint, x.hint) || got.Details == "" {
			t.Errorf("%s: told %+v", x.name, got)
		}
		if want := alertOf(err); err == nil || got.Sent != want {
			t.Errorf("%s: told that the alert %q was sent; the client had the error %v", x.name, got.Sent, err)
		}
		shown := len(x.cert.Certificate) > 0 && (strings.HasPrefix(x.reason, "DEVICE_") || x.reason == "NOT_AUTHENTICATED" || x.reason == "PRIVATE_KEY_MISMATCH")
		if shown != (got.Certificate != nil) || shown && (got.Certificate.ID != certificateID(x.cert) || got.Certificate.Chain != "self-signed" || got.Certificate.Serial == "") {
			t.Errorf("%s: told of the certificate %+v", x.name, got.Certificate)
		}
	}
	if err := try(f.at.MQTTS, f.clientTLS(good)); err == nil {
		t.Error("the broker spoke first")
	}
	if got := <-told; got.Outcome != event.Success || got.Certificate == nil || got.Certificate.ID != goodID || got.Version != "TLS 1.3" || got.Hint != "" {
		t.Errorf("a good one: told %+v", got)
	}
}

// Who speaks the wrong protocol is told so, in its own where that is possible.
func TestWrongProtocols(t *testing.T) {
	f := newFixture(t, withTLS, func(c *Config) {
		c.TLS, c.MQTT = "127.0.0.1:0", "127.0.0.1:0"
		c.HandshakeTimeout = time.Second
	})
	defer f.stop()
	told := f.watchHandshakes()
	speak := func(name, address, what, answer string) {
		t.Helper()
		nc, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		_ = nc.SetDeadline(time.Now().Add(20 * time.Second))
		fmt.Fprint(nc, what)
		got, _ := io.ReadAll(nc)
		if !bytes.Contains(got, []byte(answer)) || answer == "" && len(got) > 0 {
			t.Errorf("%s: was answered %q, want %q", name, got, answer)
		}
	}
	hint := func(name, reason, hint string) {
		t.Helper()
		if got := <-told; got.Outcome == event.Success || got.Reason != reason || !strings.Contains(got.Hint, hint) {
			t.Errorf("%s: told %+v", name, got)
		}
	}
	const connect = "\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a"
	const request = "GET /mqtt HTTP/1.1\r\nHost: localhost\r\n\r\n"
	for _, address := range []string{f.at.MQTTS, f.at.TLS} {
		speak("MQTT without TLS", address, connect, "")
		hint("MQTT without TLS", "NOT_TLS", "mqtts://")
		speak("HTTP without TLS", address, request, "This port speaks TLS")
		hint("HTTP without TLS", "NOT_TLS", "https://")
		speak("something else", address, "\x05\x01\x00\x00\x00", "")
		hint("something else", "NOT_TLS", "use TLS here")
		speak("half a handshake", address, "\x16\x03\x01", "")
		hint("half a handshake", "HANDSHAKE_TIMEOUT", "one-way network")
	}
	speak("HTTP", f.at.MQTT, request, "400 Bad Request")
	if x := last(f.facts.await(t, "Connect ClientError")); !strings.Contains(x.text, "An HTTP request came where MQTT is spoken") {
		t.Errorf("HTTP: told %s", x.text)
	}
	if err := try(f.at.MQTT, f.clientTLS(tls.Certificate{})); err == nil {
		t.Error("TLS on the plain port went through")
	}
	hint("TLS on the plain port", "NO_TLS_HERE", "Use the port for MQTT with TLS")
	if x := last(f.facts.await(t, "Connect ClientError")); !strings.Contains(x.text, "A TLS handshake came to the listener for plain MQTT") {
		t.Errorf("TLS on the plain port: told %s", x.text)
	}
	cert, _ := f.certificate(home, registry.CertificateActive, everything)
	nc, err := tls.Dial("tcp", f.at.MQTTS, f.clientTLS(cert))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	fmt.Fprint(nc, request)
	if got, _ := io.ReadAll(nc); !bytes.Contains(got, []byte("400 Bad Request")) {
		t.Errorf("HTTPS on the port for MQTT: was answered %q", got)
	}
}
