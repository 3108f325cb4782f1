package authority

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func serve(t *testing.T, a *Authority, names []string, ips []net.IP) tls.Certificate {
	t.Helper()
	c, err := a.Server(names, ips)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// handshake connects over a pipe and returns the client's error.
func handshake(a *Authority, server tls.Certificate, client *tls.Config) error {
	near, far := net.Pipe()
	defer near.Close()
	go func() {
		defer far.Close()
		_ = tls.Server(far, &tls.Config{Certificates: []tls.Certificate{server}}).Handshake()
	}()
	client.RootCAs = x509.NewCertPool()
	client.RootCAs.AppendCertsFromPEM(a.RootPEM())
	return tls.Client(near, client).Handshake()
}

func TestServer(t *testing.T) {
	a := open(t, t.TempDir())
	server := serve(t, a, []string{"iot.example.com", "192.0.2.7"}, []net.IP{net.ParseIP("2001:db8::1")})
	names := []string{"localhost", "127.0.0.1", "::1", "iot.example.com", "192.0.2.7", "2001:db8::1"}
	if host, err := os.Hostname(); err == nil && hostName(host) {
		names = append(names, host)
	}
	addresses, _ := net.InterfaceAddrs()
	for _, address := range addresses {
		if network, ok := address.(*net.IPNet); ok && !network.IP.IsLinkLocalUnicast() {
			names = append(names, network.IP.String())
		}
	}
	for _, name := range names {
		if err := handshake(a, server, &tls.Config{ServerName: name}); err != nil {
			t.Errorf("a client that asks for %s: %v", name, err)
		}
	}
	if err := handshake(a, server, &tls.Config{ServerName: "other.example.com"}); err == nil {
		t.Error("a client that asks for a name that is not there is satisfied")
	}
	// a client that sends no name, as with a bare address in old stacks, but checks the certificate
	silent := &tls.Config{InsecureSkipVerify: true, VerifyConnection: func(s tls.ConnectionState) error {
		return verify(a, s.PeerCertificates[0], x509.ExtKeyUsageServerAuth)
	}}
	if err := handshake(a, server, silent); err != nil {
		t.Errorf("a client without SNI: %v", err)
	}
	if err := handshake(a, server, &tls.Config{ServerName: "localhost", MaxVersion: tls.VersionTLS12}); err != nil {
		t.Errorf("a client of TLS 1.2: %v", err)
	}
	if _, err := a.Server([]string{"bad name"}, nil); err == nil || !strings.Contains(err.Error(), `"bad name" is not a host name`) {
		t.Errorf("got %v, want the bad name refused", err)
	}
}

// The certificate is kept as long as it does.
func TestServerIsKept(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	first := serve(t, a, []string{"one.example.com"}, nil)
	f := func(what string, kept bool, a *Authority, names ...string) {
		t.Helper()
		if got := bytes.Equal(serve(t, a, names, nil).Certificate[0], first.Certificate[0]); got != kept {
			t.Errorf("%s: kept %t, want %t", what, got, kept)
		}
		first = serve(t, a, names, nil)
	}
	f("the same names", true, a, "ONE.example.com")
	f("fewer names, after a restart", true, open(t, dir))
	f("another name", false, a, "two.example.com")
	if err := os.WriteFile(filepath.Join(dir, "server.key"), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	f("a damaged key", false, a)
	if info, err := os.Stat(filepath.Join(dir, "server.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("server.key: got %v, %v, want mode 0600", info, err)
	}
	for _, name := range []string{"root.pem", "root.key"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	f("another root", false, open(t, dir))
}

func TestServerIsRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := open(t, t.TempDir())
		first := serve(t, a, nil, nil)
		time.Sleep(330 * 24 * time.Hour)
		if !bytes.Equal(serve(t, a, nil, nil).Certificate[0], first.Certificate[0]) {
			t.Error("renewed though it lasts another 35 days")
		}
		time.Sleep(10 * 24 * time.Hour)
		renewed := serve(t, a, nil, nil)
		if bytes.Equal(renewed.Certificate[0], first.Certificate[0]) {
			t.Error("not renewed though it ends in 25 days")
		}
		if left := time.Until(renewed.Leaf.NotAfter); left < 364*24*time.Hour {
			t.Errorf("the new one lasts %v, want a year", left)
		}
	})
}

// Each name has a certificate of its own, which stays the same.
func TestServerFor(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	first, err := a.ServerFor("IoT.example.com")
	if err != nil {
		t.Fatal(err)
	}
	if err := verify(a, first.Leaf, x509.ExtKeyUsageServerAuth); err != nil || first.Leaf.VerifyHostname("iot.example.com") != nil || first.Leaf.VerifyHostname("localhost") == nil {
		t.Errorf("certificate for %v: %v", first.Leaf.DNSNames, err)
	}
	again, err := open(t, dir).ServerFor("iot.example.com")
	if err != nil || !again.Leaf.Equal(first.Leaf) {
		t.Errorf("another certificate after a restart, %v", err)
	}
	other, err := a.ServerFor("other.example.com")
	if err != nil || other.Leaf.VerifyHostname("iot.example.com") == nil {
		t.Errorf("certificate for %v, %v", other.Leaf.DNSNames, err)
	}
	if _, err := a.ServerFor("../x"); err == nil {
		t.Error("../x got a certificate")
	}
}
