package broker

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"telltale/base/event"
	"telltale/base/fault"
	"telltale/service/registry"
)

// handshake does the TLS handshake and learns whose connection it is. How it went is told as TLSHandshake; if it failed although the
// account is known, by the certificate or the server's name, also as AuthN, as on AWS only if the client named the server.
// (aws: iot/cwl-format#connection-authn-error)
func (c *conn) handshake(tc *tls.Conn) bool {
	err := tc.HandshakeContext(context.Background())
	g, state := c.raw.greeting, tc.ConnectionState()
	c.raw.greeting = nil
	c.way, c.under, c.serverName, c.origin.Scope = g.way, g.domain, g.serverName, g.scope()
	if err == nil && g.way.certificate {
		leaf := state.PeerCertificates[0]
		var cert *registry.Certificate
		if cert, err = c.b.identify(leaf); err == nil { // again: verify cannot hand over what it found
			c.certificate, c.leaf = cert.ID, leaf
			c.origin.Scope, c.origin.PrincipalID = cert.Scope, cert.ID
		}
	}
	c.recordRefusal(g, err)
	c.recordHandshake(g, &state, err)
	if err != nil {
		c.b.needs.Diary.Info("TLS handshake failed", "peer", c.raw.RemoteAddr(), "serverName", g.serverName, "error", err)
		c.answerHTTP(err)
		c.end(notAuthenticated)
	}
	return err == nil
}

// recordRefusal tells AWS's entry of a handshake that failed, if there is an account to tell.
func (c *conn) recordRefusal(g *greeting, err error) {
	f := &AuthN{ServerName: g.serverName, TargetPort: c.targetPort(), Type: "AWS_X509"}
	f.Outcome = event.AuthError
	cert, isCert := errors.AsType[*certificateRefused](err)
	switch {
	case isCert && cert.certificate != nil:
		c.origin.Scope, c.origin.PrincipalID = cert.certificate.Scope, cert.certificate.ID
		f.Reason, f.Details = cert.reason, cert.details
	case isCert && g.domain != nil:
		f.Reason, f.Details = cert.reason, cert.details
	case err != nil && g.refused != nil && g.domain != nil:
		f.Reason, f.Details = g.refused.reason, g.refused.details
		if !g.way.certificate {
			f.Type = "CUSTOM_AUTH"
		}
	default:
		return
	}
	if g.serverName != "" {
		c.b.needs.Facts.Record(&c.origin, f)
	}
}

// recordHandshake tells how a handshake went.
func (c *conn) recordHandshake(g *greeting, state *tls.ConnectionState, err error) {
	f := &TLSHandshake{TargetPort: c.targetPort(), ServerName: g.serverName, Offered: printable(strings.Join(g.protocols, ",")), Chosen: state.NegotiatedProtocol}
	if state.Version != 0 {
		f.Version = tls.VersionName(state.Version)
	}
	if state.CipherSuite != 0 {
		f.CipherSuite = tls.CipherSuiteName(state.CipherSuite)
	}
	if len(state.PeerCertificates) > 0 {
		f.Certificate = c.b.present(state.PeerCertificates)
	}
	if err != nil {
		g.explain(f, err)
	}
	c.b.needs.Facts.Record(&c.origin, f)
}

// present describes the certificates that a client showed.
func (b *Broker) present(shown []*x509.Certificate) *PresentedCertificate {
	leaf := shown[0]
	return &PresentedCertificate{ID: fingerprint(leaf), Serial: fmt.Sprintf("%x", leaf.SerialNumber), Subject: printable(leaf.Subject.String()),
		NotBefore: leaf.NotBefore, NotAfter: leaf.NotAfter, Now: time.Now(), Chain: b.chain(shown)}
}

// chain says what is known of who issued a certificate. It is no verdict on the certificate: that is the registry's.
func (b *Broker) chain(shown []*x509.Certificate) string {
	leaf := shown[0]
	issuer := printable(leaf.Issuer.String())
	switch {
	case leaf.Issuer.String() == leaf.Subject.String() && leaf.CheckSignature(leaf.SignatureAlgorithm, leaf.RawTBSCertificate, leaf.Signature) == nil:
		return "self-signed"
	case b.needs.Root != nil && leaf.CheckSignatureFrom(b.needs.Root) == nil:
		return "issued by this server's own authority"
	case len(shown) == 1:
		return "issued by " + issuer + ", whose certificate did not come along"
	case leaf.CheckSignatureFrom(shown[1]) == nil:
		return "issued by " + issuer + ", whose certificate came along and fits"
	}
	return "says it is issued by " + issuer + ", but the certificate that came along did not sign it"
}

// targetPort is the port of the listener.
func (c *conn) targetPort() int {
	if addr, ok := c.raw.LocalAddr().(*net.TCPAddr); ok {
		return addr.Port
	}
	return 0
}

// verify is called by the handshake, so that TLS tells the client. In TLS 1.3 that is before the client has proved that the certificate is
// its own.
func (b *Broker) verify(state tls.ConnectionState) error {
	_, err := b.identify(state.PeerCertificates[0])
	return err
}

// certificateRefused is why a client certificate does not do, in AWS's words.
type certificateRefused struct {
	certificate     *registry.Certificate // nil if it is not registered
	reason, details string
}

func (e *certificateRefused) Error() string { return e.reason + ": " + e.details }

// fingerprint is the id of a certificate.
func fingerprint(leaf *x509.Certificate) string {
	sum := sha256.Sum256(leaf.Raw)
	return hex.EncodeToString(sum[:])
}

// identify finds the registered certificate behind the one presented, and judges it.
func (b *Broker) identify(presented *x509.Certificate) (*registry.Certificate, error) {
	id := fingerprint(presented)
	cert, err := b.needs.Registry.Certificate(id)
	switch {
	case fault.Is(err, fault.NotFound):
		return nil, &certificateRefused{nil, "DEVICE_CERTIFICATE_NOT_REGISTERED", "Device certificate is not registered (id " + id + ")"}
	case err != nil:
		return nil, err
	case cert.Status == registry.CertificateRevoked:
		return nil, &certificateRefused{cert, "DEVICE_CERTIFICATE_REVOKED", "Device certificate is revoked"}
	case cert.Status != registry.CertificateActive:
		return nil, &certificateRefused{cert, "DEVICE_CERTIFICATE_INACTIVE", "Device certificate is not active"}
	}
	if now := time.Now(); now.Before(presented.NotBefore) || now.After(presented.NotAfter) {
		return nil, &certificateRefused{cert, "NOT_AUTHENTICATED", fmt.Sprintf("The credentials provided could not be authenticated: "+
			"the certificate is valid from %s to %s, and the server's clock says %s",
			presented.NotBefore.UTC().Format(time.RFC3339), presented.NotAfter.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))}
	}
	return cert, nil
}
