package broker

import (
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

// Listen opens the listeners of the configuration and returns their addresses; "" for one that is not configured.
func (b *Broker) Listen() (mqtts, mqtt string, err error) {
	if b.cfg.MQTTS != "" {
		if b.mqtts, err = net.Listen("tcp", b.cfg.MQTTS); err != nil {
			return "", "", fmt.Errorf("MQTT with TLS: %w", err)
		}
		mqtts = b.mqtts.Addr().String()
	}
	if b.cfg.MQTT != "" {
		if b.mqtt, err = net.Listen("tcp", b.cfg.MQTT); err != nil {
			b.closeListeners()
			return "", "", fmt.Errorf("plain MQTT: %w", err)
		}
		mqtt = b.mqtt.Addr().String()
	}
	return mqtts, mqtt, nil
}

func (b *Broker) closeListeners() {
	for _, l := range []net.Listener{b.mqtts, b.mqtt} {
		if l != nil {
			_ = l.Close()
		}
	}
}

// accept serves the connections of a listener until it is closed. A nil config is plain MQTT.
func (b *Broker) accept(l net.Listener, config *tls.Config) {
	for {
		nc, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			b.needs.Diary.Error("accept failed", "error", err)
			time.Sleep(50 * time.Millisecond) // out of descriptors: let some close
			continue
		}
		b.ServeConn(nc, config)
	}
}

// ServeConn serves a connection in a goroutine of its own, with TLS if config is set.
func (b *Broker) ServeConn(nc net.Conn, config *tls.Config) {
	c := newConn(b, nc, config)
	b.live.Store(c, struct{}{})
	b.conns.Go(c.serve)
	if b.closing.Load() {
		c.end(serverShutdown)
	}
}

// deviceTLS is the configuration of the MQTTS listener: TLS 1.2 or 1.3, a client certificate demanded. Whether the certificate is
// good is for the registry to say, not for a chain: AWS registers certificates of any issuer. (aws: iot/x509-client-certs)
func (b *Broker) deviceTLS() *tls.Config {
	config := b.needs.TLS.Clone()
	config.MinVersion = tls.VersionTLS12
	config.ClientAuth = tls.RequireAnyClientCert
	// A client that offers ALPN must get one of its protocols; device SDKs offer these. (aws: iot/protocols)
	config.NextProtos = []string{"x-amzn-mqtt-ca", "mqtt"}
	config.SessionTicketsDisabled = true // a resumed session would skip the certificate
	return config
}

// handshake does the TLS handshake. Why it failed goes to the diary and, if the certificate is known, into the account's log.
func (c *conn) handshake(tc *tls.Conn) bool {
	err := tc.HandshakeContext(c.background())
	if err == nil {
		return true
	}
	c.b.needs.Diary.Info("TLS handshake failed", "peer", c.raw.RemoteAddr(), "serverName", c.serverName, "error", err)
	if refused, ok := errors.AsType[*certificateRefused](err); ok && c.certificate != "" && c.serverName != "" {
		f := &AuthN{ServerName: c.serverName}
		f.Failure = event.Failure{Outcome: event.AuthError, Reason: refused.reason, Details: refused.details}
		if addr, ok := c.raw.LocalAddr().(*net.TCPAddr); ok {
			f.TargetPort = addr.Port
		}
		c.b.needs.Facts.Record(&c.origin, f)
	}
	return false
}

// verify is called by the handshake once the client proved that the certificate is its own.
func (c *conn) verify(state tls.ConnectionState) error {
	c.serverName = state.ServerName
	cert, err := c.b.identify(state.PeerCertificates[0])
	if cert != nil {
		c.certificate, c.origin.Scope, c.origin.PrincipalID = cert.ID, cert.Scope, cert.ID
		c.leaf = state.PeerCertificates[0]
	}
	return err
}

// certificateRefused is why a client certificate does not do, in AWS's words. (aws: iot/cwl-format#connection-authn-error)
type certificateRefused struct{ reason, details string }

func (e *certificateRefused) Error() string { return e.reason + ": " + e.details }

// identify finds the registered certificate behind the one presented. With an error it may still return it, to tell the account.
func (b *Broker) identify(presented *x509.Certificate) (*registry.Certificate, error) {
	sum := sha256.Sum256(presented.Raw)
	id := hex.EncodeToString(sum[:])
	cert, err := b.needs.Registry.Certificate(id)
	switch {
	case fault.Is(err, fault.NotFound):
		return nil, &certificateRefused{"DEVICE_CERTIFICATE_NOT_REGISTERED", "Device certificate is not registered (id " + id + ")"}
	case err != nil:
		return nil, err
	case cert.Status == registry.CertificateRevoked:
		return cert, &certificateRefused{"DEVICE_CERTIFICATE_REVOKED", "Device certificate is revoked"}
	case cert.Status != registry.CertificateActive:
		return cert, &certificateRefused{"DEVICE_CERTIFICATE_INACTIVE", "Device certificate is not active"}
	}
	if now := time.Now(); now.Before(presented.NotBefore) || now.After(presented.NotAfter) {
		return cert, &certificateRefused{"NOT_AUTHENTICATED", fmt.Sprintf("The credentials provided could not be authenticated: the certificate is valid from %s to %s, and the server's clock says %s",
			presented.NotBefore.UTC().Format(time.RFC3339), presented.NotAfter.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))}
	}
	return cert, nil
}
