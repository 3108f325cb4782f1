package broker

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"telltale/base/caller"
	"telltale/lang/mqtt"
	"telltale/service/registry"
)

// withTLS opens the listener for devices.
func withTLS(c *Config) { c.MQTTS = "127.0.0.1:0" }

// deviceDoor is a door like that listener.
func (f *fixture) deviceDoor() *door {
	d := &door{b: f.Broker, ways: []*way{{protocols: []string{"x-amzn-mqtt-ca", "mqtt"}, certificate: true}}}
	d.ways[0].config = d.tlsConfig(d.ways[0])
	return d
}

func (f *fixture) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(f.ca.RootPEM())
	return pool
}

func (f *fixture) clientTLS(cert tls.Certificate, adjust ...func(*tls.Config)) *tls.Config {
	c := &tls.Config{RootCAs: f.roots(), ServerName: "localhost", Certificates: []tls.Certificate{cert}}
	for _, f := range adjust {
		f(c)
	}
	return c
}

// knock connects with TLS, sends CONNECT, and returns the CONNACK.
func (f *fixture) knock(config *tls.Config, id string) (k mqtt.Connack, err error) {
	nc, err := tls.Dial("tcp", f.at.MQTTS, config)
	if err != nil {
		return k, err
	}
	defer nc.Close()
	_ = nc.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := nc.Write(mqtt.AppendConnect(nil, &mqtt.Connect{Version: mqtt.V311, CleanStart: true, ClientID: []byte(id)})); err != nil {
		return k, err
	}
	buf := make([]byte, 100)
	n, err := nc.Read(buf)
	if err != nil {
		return k, err
	}
	_, body, _, err := mqtt.NextFrame(buf[:n], 0)
	if err != nil {
		return k, err
	}
	return mqtt.DecodeConnack(body, mqtt.V311)
}

func TestHandshakeAccepted(t *testing.T) {
	f := newFixture(t, withTLS)
	defer f.stop()
	cert, id := f.certificate(home, registry.CertificateActive, everything)
	try := func(name string, adjust func(*tls.Config)) {
		t.Helper()
		k, err := f.knock(f.clientTLS(cert, adjust), name)
		if err != nil || k.Reason != 0 {
			t.Errorf("%s: CONNACK %v, error %v", name, k.Reason, err)
			return
		}
		facts := f.facts.await(t, "Disconnect Success clientId="+name)
		if got := facts[0]; got.text != "TlsHandshake Success" {
			t.Errorf("%s: got %s", name, got.text)
		}
		if got := facts[1]; got.text != "Connect Success clientId="+name || got.fields != "protocol clientId principalId sourceIp sourcePort " {
			t.Errorf("%s: got %s with fields %q", name, got.text, got.fields)
		}
	}
	try("tls12", func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 })
	try("tls13", func(c *tls.Config) { c.MinVersion = tls.VersionTLS13 })
	try("alpn", func(c *tls.Config) { c.NextProtos = []string{"x-amzn-mqtt-ca"} })
	try("alpnmqtt", func(c *tls.Config) { c.NextProtos = []string{"http/1.1", "mqtt"} })
	try("nosni", func(c *tls.Config) {
		c.ServerName, c.InsecureSkipVerify = "", true
		c.VerifyConnection = func(s tls.ConnectionState) error {
			_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: f.roots(), DNSName: "localhost"})
			return err
		}
	})
	if want := certificateID(cert); want != id {
		t.Errorf("certificate id %s, want %s", id, want)
	}
}

func TestHandshakeRefused(t *testing.T) {
	f := newFixture(t, withTLS)
	defer f.stop()
	try := func(name, want, fact string, config *tls.Config) {
		t.Helper()
		k, err := f.knock(config, name)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: CONNACK %v, error %v; want an error with %q", name, k.Reason, err, want)
		}
		if fact == "" {
			return
		}
		x := last(f.facts.await(t, "Connection.AuthNError"))
		if x.text != "Connection.AuthNError AuthError "+fact || x.fields != "protocol authenticationType principalId sourceIp sourcePort targetPort serverNameIndication reason details " || x.scope != home {
			t.Errorf("%s: got %s with fields %q in %v", name, x.text, x.fields, x.scope)
		}
	}
	unregistered, _ := selfSigned(t)
	inactive, _ := f.certificate(home, registry.CertificateInactive, everything)
	revoked, _ := f.certificate(home, registry.CertificateRevoked, everything)
	good, _ := f.certificate(home, registry.CertificateActive, everything)
	span := func(from, to time.Duration) tls.Certificate {
		cert, _ := f.certificate(home, registry.CertificateActive, everything, func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().Add(from), time.Now().Add(to)
		})
		return cert
	}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		only := func(c *tls.Config) { c.MinVersion, c.MaxVersion = version, version }
		name := tls.VersionName(version)
		try("unregistered "+name, "bad certificate", "", f.clientTLS(unregistered, only))
		try("inactive "+name, "bad certificate", "reason=DEVICE_CERTIFICATE_INACTIVE details=Device certificate is not active", f.clientTLS(inactive, only))
		try("revoked "+name, "bad certificate", "reason=DEVICE_CERTIFICATE_REVOKED details=Device certificate is revoked", f.clientTLS(revoked, only))
		try("none "+name, "remote error: tls: ", "", f.clientTLS(tls.Certificate{}, only))
	}
	for _, cert := range []tls.Certificate{span(-2*time.Hour, -time.Hour), span(time.Hour, 2*time.Hour)} {
		if _, err := f.knock(f.clientTLS(cert), "out of date"); err == nil || !strings.Contains(err.Error(), "bad certificate") {
			t.Errorf("a certificate out of date: error %v", err)
		}
		if x := last(f.facts.await(t, "Connection.AuthNError")); !strings.Contains(x.text, "reason=NOT_AUTHENTICATED details=The credentials provided could not be authenticated: the certificate is valid from ") {
			t.Errorf("got %s", x.text)
		}
	}
	try("tls11", "protocol version", "", f.clientTLS(good, func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }))
	try("alpn", "no application protocol", "", f.clientTLS(good, func(c *tls.Config) { c.NextProtos = []string{"h2"} }))
	if n := f.facts.sample("Connection.AuthNError"); n != 6 {
		t.Errorf("Connection.AuthNError is %v, want 6", n)
	}
}

// Who speaks no TLS, or stops in the middle of the handshake, is cut, and Run does not wait for them.
func TestHandshakeStops(t *testing.T) {
	f := newFixture(t, withTLS)
	var list []net.Conn
	for _, text := range []string{"", "\x16\x03\x01", "GET / HTTP/1.1\r\n\r\n"} {
		nc, err := net.Dial("tcp", f.at.MQTTS)
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		fmt.Fprint(nc, text)
		list = append(list, nc)
	}
	f.stop()
	for i, nc := range list {
		_ = nc.SetDeadline(time.Now().Add(20 * time.Second))
		buf := make([]byte, 100)
		for {
			if _, err := nc.Read(buf); err != nil {
				if ne, ok := err.(net.Error); ok && ne.Timeout() {
					t.Errorf("connection %d is still open", i)
				}
				break
			}
		}
	}
}

// A certificate that loses its status ends its live connections, and only these.
func TestRevocation(t *testing.T) {
	for _, status := range []string{registry.CertificateInactive, registry.CertificateRevoked} {
		bubble(t, func(f *fixture) {
			_, id := f.certificate(home, registry.CertificateActive, everything)
			_, other := f.certificate(home, registry.CertificateActive, everything)
			c := f.dialAs(mqtt.V5, home, id).connect(&mqtt.Connect{ClientID: []byte("a")})
			d := f.dialAs(mqtt.V5, home, other).connect(&mqtt.Connect{ClientID: []byte("b")})
			late := f.dialAs(mqtt.V311, home, id)
			f.facts.take()
			f.setStatus(home, id, status)
			details := "The certificate of the connection is now " + status
			c.wantClosed(&mqtt.Disconnect{Reason: mqtt.NotAuthorized, Properties: text(details)})
			f.facts.want(t, "Disconnect Success clientId=a details="+details+" disconnectReason=AUTH_ERROR")
			d.send(&mqtt.Pingreq{})
			d.want(&mqtt.Pingresp{})
			f.facts.take()
			late.send(&mqtt.Connect{Version: mqtt.V311, CleanStart: true, ClientID: []byte("late")})
			late.wantClosed(&mqtt.Connack{Reason: 7})
			f.facts.want(t, "Connect AuthError clientId=late reason=AUTHORIZATION_FAILURE details="+details)
		})
	}
}

// The certificate decides the account and the region.
func TestCertificateDecidesScope(t *testing.T) {
	f := newFixture(t, withTLS)
	defer f.stop()
	abroad := caller.Scope{Account: "999999999999", Region: "eu-west-1"}
	cert, _ := f.certificate(abroad, registry.CertificateActive, everything)
	if k, err := f.knock(f.clientTLS(cert), "a"); err != nil || k.Reason != 0 {
		t.Fatalf("CONNACK %v, error %v", k.Reason, err)
	}
	if x := last(f.facts.await(t, "Connect Success")); x.scope != abroad {
		t.Errorf("the fact belongs to %v, want %v", x.scope, abroad)
	}
}
