package broker

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"telltale/base/event"
)

// mishap is a way in which handshakes fail: what the error of the TLS library begins with, what entries say, and which alert the client
// is sent. The library tells no alert; that these are the ones is tested against its client.
type mishap struct{ prefix, reason, details, alert, hint string }

var mishaps = []mishap{
	{"tls: client offered only unsupported versions", "PROTOCOL_VERSION", "The client offers no version of TLS that is spoken here", "protocol version not supported",
		"Let the client speak TLS 1.2 or 1.3; older versions are not offered."},
	{"tls: client requested unsupported application protocols", "ALPN_MISMATCH", "The client offers no ALPN protocol that is spoken here", "no application protocol",
		"Let the client offer one of %s, or none."},
	{"tls: no cipher suite supported", "CIPHER_SUITE", "Client and server have no cipher suite in common", "handshake failure",
		"Let the client offer a suite such as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, or TLS 1.3."},
	{"tls: no key exchanges supported", "KEY_EXCHANGE", "Client and server have no key exchange in common", "handshake failure",
		"Let the client offer the curve X25519 or P-256."},
	{"tls: client didn't provide a certificate", "NO_CERTIFICATE", "The client shows no certificate, which this listener demands", "certificate required",
		"Give the client its certificate and private key (mosquitto: --cert and --key); clients that sign requests or use a custom authorizer come over ALPN mqtt or http/1.1."},
	{"tls: invalid signature by the client certificate", "PRIVATE_KEY_MISMATCH", "The client's private key does not belong to the certificate it shows", "error decrypting message",
		"Give the client the private key that was made with its certificate; both files must be of one pair."},
	{"tls: client certificate used with invalid signature algorithm", "SIGNATURE_ALGORITHM", "The client signs with an algorithm that does not fit its certificate", "illegal parameter",
		"Let the client sign with RSA-PSS or ECDSA and SHA-256 or better."},
	{"tls: failed to parse client certificate", "CERTIFICATE_UNREADABLE", "The client's certificate cannot be read", "error decoding message",
		"Make the client's certificate anew: it breaks the rules of X.509."},
}

// advice is what to do about certificates that the registry refuses, by AWS's reason.
var advice = map[string]string{
	"DEVICE_CERTIFICATE_NOT_REGISTERED": "Register the certificate (register-certificate-without-ca, or register-certificate for one of a registered CA) in the account and region of this endpoint; that a CA issued it is not enough.",
	"DEVICE_CERTIFICATE_REVOKED":        "The certificate was revoked: give the device another one, or set it ACTIVE again with update-certificate.",
	"DEVICE_CERTIFICATE_INACTIVE":       "Activate the certificate: aws iot update-certificate --new-status ACTIVE --certificate-id with its fingerprint.",
	"NOT_AUTHENTICATED":                 "Give the device a certificate that is valid now; if its dates look right, compare serverTime with a clock you trust.",
	"SNI_MISSING":                       "Let the client name the server in its handshake (SNI): connect by host name, not by address, or set the name by hand.",
	"DOMAIN_CONFIGURATION_DISABLED":     "Enable the domain configuration with update-domain-configuration, or connect to another endpoint.",
	"DOMAIN_CONFIGURATION_INVALID":      "Let authentication type and application protocol of the domain configuration fit how the client comes, or the other way round.",
}

const refusesServer = "The client refuses the server's certificate: it must trust the authority (mosquitto: --cafile), and connect under a name that is in the certificate."

// received is what alerts of the client mean, by their text.
var received = map[string]string{
	"unknown certificate authority":  "The client does not trust the server's certificate: give it the authority's root certificate (mosquitto: --cafile).",
	"bad certificate":                refusesServer,
	"unknown certificate":            refusesServer,
	"expired certificate":            "The client finds the server's certificate out of date: compare its clock with the server's.",
	"protocol version not supported": "The client insists on a version of TLS that is not offered: let it speak 1.2 or 1.3.",
}

// explain says why a handshake failed.
func (g *greeting) explain(f *TLSHandshake, err error) {
	f.Outcome = event.ClientError
	if cert, ok := errors.AsType[*certificateRefused](err); ok {
		f.Outcome, f.Sent = event.AuthError, "bad certificate"
		f.Reason, f.Details, f.Hint = cert.reason, cert.details, advice[cert.reason]
		return
	}
	if g.refused != nil {
		f.Reason, f.Details, f.Hint, f.Sent = g.refused.reason, g.refused.details, advice[g.refused.reason], "unrecognized name"
		return
	}
	if other, ok := errors.AsType[tls.RecordHeaderError](err); ok && !g.hello {
		f.Reason, f.Details, f.Hint = g.foreign(other.RecordHeader[:])
		return
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "remote error" {
		f.Received = strings.TrimPrefix(op.Err.Error(), "tls: ")
		f.Reason, f.Details, f.Hint = "REFUSED_BY_CLIENT", "The client broke off the handshake with the alert: "+f.Received, received[f.Received]
		return
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		f.Reason, f.Details = "HANDSHAKE_TIMEOUT", "The handshake was not finished within "+g.door.b.cfg.HandshakeTimeout.String()
		f.Hint = "Look for a slow or one-way network, or for something that only opens connections, such as a port check."
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, net.ErrClosed):
		f.Reason, f.Details = "CONNECTION_LOST", "The connection ended before the handshake did"
		f.Hint = "Clients that do not trust the server's certificate often just leave; so do port checks."
	default:
		g.explainAlert(f, err)
	}
}

// explainAlert is for what the TLS library finds wrong.
func (g *greeting) explainAlert(f *TLSHandshake, err error) {
	text := err.Error()
	f.Reason, f.Details, f.Hint = "HANDSHAKE_FAILED", printable(strings.TrimPrefix(text, "tls: ")), "Look at the TLS library of the client; this is no common mistake."
	for _, m := range mishaps {
		if !strings.HasPrefix(text, m.prefix) {
			continue
		}
		f.Reason, f.Details, f.Hint, f.Sent = m.reason, m.details, m.hint, m.alert
		switch m.reason {
		case "ALPN_MISMATCH":
			f.Hint = fmt.Sprintf(m.hint, g.door.offered())
		case "NO_CERTIFICATE":
			if f.Version == tls.VersionName(tls.VersionTLS12) {
				f.Sent = "handshake failure"
			}
		case "PROTOCOL_VERSION":
			f.Details += ": at most " + newest(g.versions)
		}
		return
	}
}

// newest names the newest version of a list.
func newest(versions []uint16) string {
	var v uint16
	for _, x := range versions {
		v = max(v, x)
	}
	return tls.VersionName(v)
}

// foreign says what came instead of TLS.
func (g *greeting) foreign(first []byte) (reason, details, hint string) {
	switch {
	case isHTTP(first):
		return "NOT_TLS", "An HTTP request without TLS came to a listener with TLS", "Use https:// here, or the address of the gateway."
	case first[0] == 0x10:
		return "NOT_TLS", "An MQTT CONNECT without TLS came to a listener with TLS", "Let the client use TLS (mqtts://, mosquitto: --cafile), or the port for plain MQTT."
	}
	return "NOT_TLS", fmt.Sprintf("The first bytes are no TLS: % x", first), "Let the client use TLS here."
}

// isHTTP reports whether the first bytes of a connection are those of an HTTP request.
func isHTTP(first []byte) bool {
	for _, method := range []string{"GET ", "POST ", "PUT ", "HEAD ", "DELETE ", "OPTIONS ", "PATCH ", "CONNECT "} {
		if n := min(len(first), len(method)); n >= 3 && bytes.Equal(first[:n], []byte(method[:n])) {
			return true
		}
	}
	return false
}

// isTLS reports whether the first bytes of a connection are those of a TLS handshake.
func isTLS(first []byte) bool { return len(first) >= 2 && first[0] == 0x16 && first[1] == 0x03 }
