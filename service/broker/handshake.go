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
	"time"

	"telltale/base/event"
	"telltale/base/fault"
	"telltale/service/registry"
)

// handshake does the TLS handshake and learns whose connection it is. Why it failed goes to the diary and, if the certificate is
// known, into the account's log; as on AWS only if the client named the server. (aws: iot/cwl-format#connection-authn-error)
func (c *conn) handshake(tc *tls.Conn) bool {
	err := tc.HandshakeContext(context.Background())
	state := tc.ConnectionState()
	if err == nil {
		leaf := state.PeerCertificates[0]
		var cert *registry.Certificate
		if cert, err = c.b.identify(leaf); err == nil { // again: verify cannot hand over what it found
			c.certificate, c.leaf = cert.ID, leaf
			c.origin.Scope, c.origin.PrincipalID = cert.Scope, cert.ID
			return true
		}
	}
	c.b.needs.Diary.Info("TLS handshake failed", "peer", c.raw.RemoteAddr(), "serverName", state.ServerName, "error", err)
	if refused, ok := errors.AsType[*certificateRefused](err); ok && refused.certificate != nil && state.ServerName != "" {
		c.origin.Scope, c.origin.PrincipalID = refused.certificate.Scope, refused.certificate.ID
		f := &AuthN{ServerName: state.ServerName}
		f.Failure = event.Failure{Outcome: event.AuthError, Reason: refused.reason, Details: refused.details}
		if addr, ok := c.raw.LocalAddr().(*net.TCPAddr); ok {
			f.TargetPort = addr.Port
		}
		c.b.needs.Facts.Record(&c.origin, f)
	}
	c.end(notAuthenticated)
	return false
}

// verify is called by the handshake once the client proved that the certificate is its own, so that TLS tells the client.
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

// identify finds the registered certificate behind the one presented, and judges it.
func (b *Broker) identify(presented *x509.Certificate) (*registry.Certificate, error) {
	sum := sha256.Sum256(presented.Raw)
	id := hex.EncodeToString(sum[:])
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
