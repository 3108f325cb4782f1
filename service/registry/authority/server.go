package authority

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"time"
)

// A server certificate lives a year and is replaced a month before its end; it is looked at on each start.
const (
	serverLife  = 365 * 24 * time.Hour
	serverSpare = 30 * 24 * time.Hour
)

// Server returns the certificate of this host's servers. It names localhost and the loopback addresses, the host and its addresses,
// and the names and addresses given; a name that is an address counts as one. The one kept in the directory is used again as long
// as it names all of these and does not end soon. Put into tls.Config.Certificates alone, it also serves clients that send no SNI.
func (a *Authority) Server(names []string, ips []net.IP) (tls.Certificate, error) {
	a.serving.Lock()
	defer a.serving.Unlock()
	names, ips, err := identities(names, ips)
	if err != nil {
		return tls.Certificate{}, err
	}
	return a.server("server", names, ips)
}

// ServerFor returns a certificate for one name alone, kept and used again like that of Server.
func (a *Authority) ServerFor(name string) (tls.Certificate, error) {
	name = strings.ToLower(name)
	if !hostName(name) {
		return tls.Certificate{}, notHost(name)
	}
	a.serving.Lock()
	defer a.serving.Unlock()
	return a.server("server-"+name, []string{name}, nil)
}

// server finds a certificate in a file, or makes it.
func (a *Authority) server(file string, names []string, ips []net.IP) (tls.Certificate, error) {
	p, err := a.load(file)
	if err != nil || p == nil || !a.serves(p, names, ips) { // a damaged one is no loss: clients trust the root, not this certificate
		if p, err = a.makeServer(file, names, ips); err != nil {
			return tls.Certificate{}, fmt.Errorf("authority: the server certificate cannot be made: %w", err)
		}
	}
	return tls.Certificate{Certificate: [][]byte{p.leaf.Raw}, PrivateKey: p.key, Leaf: p.leaf}, nil
}

func notHost(name string) error {
	return fmt.Errorf("authority: %q is not a host name: allowed are letters, digits, dots, hyphens and underscores", name)
}

func (a *Authority) makeServer(file string, names []string, ips []net.IP) (*pair, error) {
	template := &x509.Certificate{
		Subject:               pkix.Name{Organization: []string{"telltale"}, CommonName: names[0]},
		DNSNames:              names,
		IPAddresses:           ips,
		NotAfter:              time.Now().Add(serverLife),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	return a.makePair(file, template, key, a.root, a.key)
}

// serves reports whether a certificate is ours, lasts, and has every name.
func (a *Authority) serves(p *pair, names []string, ips []net.IP) bool {
	now := time.Now()
	if p.leaf.CheckSignatureFrom(a.root) != nil || now.Before(p.leaf.NotBefore) || now.Add(serverSpare).After(p.leaf.NotAfter) {
		return false
	}
	for _, name := range names {
		if !slices.Contains(p.leaf.DNSNames, name) {
			return false
		}
	}
	for _, ip := range ips {
		if !slices.ContainsFunc(p.leaf.IPAddresses, ip.Equal) {
			return false
		}
	}
	return true
}

// identities adds what this host is called to what was asked for.
func identities(names []string, ips []net.IP) ([]string, []net.IP, error) {
	allNames := []string{"localhost"}
	allIPs := []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			ips = append(slices.Clip(ips), ip)
		} else if !hostName(name) {
			return nil, nil, notHost(name)
		} else {
			allNames = append(allNames, name)
		}
	}
	if host, err := os.Hostname(); err == nil && hostName(host) {
		allNames = append(allNames, host)
	}
	addresses, _ := net.InterfaceAddrs() // a host that hides its addresses is still localhost
	for _, address := range addresses {
		if network, ok := address.(*net.IPNet); ok && !network.IP.IsLinkLocalUnicast() {
			ips = append(slices.Clip(ips), network.IP)
		}
	}
	for _, ip := range ips {
		if !slices.ContainsFunc(allIPs, ip.Equal) {
			allIPs = append(allIPs, ip)
		}
	}
	var unique []string
	for _, name := range allNames {
		if name = strings.ToLower(name); !slices.Contains(unique, name) {
			unique = append(unique, name)
		}
	}
	return unique, allIPs, nil
}

// hostName reports whether a certificate can hold the name and a client would find it there.
func hostName(name string) bool {
	for _, r := range name {
		if !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_.*", r)) {
			return false
		}
	}
	return name != "" && len(name) <= 253
}
