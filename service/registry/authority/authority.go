// Package authority is the certificate authority of this installation: it keeps a root, signs the certificates of devices, and
// makes the certificate that the servers show.
//
// Its files in the directory given to Open are root.pem and root.key, server.pem and server.key; keys are readable by their owner
// only. Clients trust the server, and anybody can check a device, with root.pem alone.
//
// aws: iot/x509-client-certs, iot/device-certs-create
package authority

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"sync"
	"time"
)

// Authority signs certificates. Its methods may be called by any number of goroutines.
type Authority struct {
	dir     string // "": nothing is kept
	root    *x509.Certificate
	rootPEM []byte
	key     crypto.Signer

	serving sync.Mutex // one Server at a time: it reads and writes files
}

// forever is the last moment of the root and of every device certificate, as on AWS.
func forever() time.Time { return time.Date(2049, 12, 31, 23, 59, 59, 0, time.UTC) }

// skew is how far back certificates begin, for peers whose clock is slow.
const skew = 5 * time.Minute

// Open reads the root from dir, or makes it on first use; an empty dir keeps everything in memory. A root whose key is missing,
// damaged or of another root is an error: replacing it silently would cut off every client that trusts it.
func Open(dir string) (*Authority, error) {
	a := &Authority{dir: dir}
	pair, err := a.load("root")
	if err != nil {
		return nil, err
	}
	if pair == nil {
		if pair, err = a.makeRoot(); err != nil {
			return nil, fmt.Errorf("authority: the root cannot be made: %w", err)
		}
	}
	if !pair.leaf.IsCA {
		return nil, fmt.Errorf("authority: the certificate %s is not that of a certificate authority", a.path("root.pem"))
	}
	a.root, a.rootPEM, a.key = pair.leaf, pair.pem, pair.key
	return a, nil
}

// RootPEM is the certificate clients must trust.
func (a *Authority) RootPEM() []byte { return a.rootPEM }

func (a *Authority) makeRoot() (*pair, error) {
	template := &x509.Certificate{
		Subject:               pkix.Name{Organization: []string{"telltale"}, CommonName: "telltale Root CA"},
		NotAfter:              forever(),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true,
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader) // RSA would take a second
	if err != nil {
		return nil, err
	}
	return a.makePair("root", template, key, template, key)
}

// Issue signs a certificate for the public key and subject of a request, valid until the end of 2049. A request without a subject
// gets the common name AWS gives. It does not check the request's signature: a request made here has none. Only RSA keys of at
// least 2048 bits and keys on the curves P-256, P-384 and P-521 are accepted.
func (a *Authority) Issue(csr *x509.CertificateRequest) ([]byte, error) {
	if err := CheckKey(csr.PublicKey); err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		Subject:               csr.Subject,
		RawSubject:            csr.RawSubject,
		NotAfter:              forever(),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true,
	}
	if len(csr.Subject.Names) == 0 && csr.Subject.CommonName == "" {
		template.RawSubject, template.Subject.CommonName = nil, "AWS IoT Certificate"
	}
	if _, ok := csr.PublicKey.(*rsa.PublicKey); ok {
		template.KeyUsage |= x509.KeyUsageKeyEncipherment
	}
	der, err := sign(template, a.root, csr.PublicKey, a.key)
	if err != nil {
		return nil, fmt.Errorf("authority: the certificate cannot be signed: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}

// CheckKey says why a device may not have a public key, or nil.
func CheckKey(key crypto.PublicKey) error {
	const allowed = "allowed are RSA keys of at least 2048 bits and keys on the NIST curves P-256, P-384 and P-521"
	switch k := key.(type) {
	case *rsa.PublicKey:
		if bits := k.N.BitLen(); bits < 2048 {
			return fmt.Errorf("the RSA key has %d bits; %s", bits, allowed)
		}
		return nil
	case *ecdsa.PublicKey:
		switch k.Curve {
		case elliptic.P256(), elliptic.P384(), elliptic.P521():
			return nil
		}
		return fmt.Errorf("the key is on the curve %s; %s", k.Curve.Params().Name, allowed)
	}
	return errors.New("the key is neither RSA nor ECDSA; " + allowed)
}

// sign completes a template with a serial number and a beginning, and signs it.
func sign(template, parent *x509.Certificate, public crypto.PublicKey, key crypto.Signer) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	template.SerialNumber = serial.Add(serial, big.NewInt(1)) // zero is not allowed [RFC 5280 4.1.2.2]
	template.NotBefore = time.Now().Add(-skew)
	return x509.CreateCertificate(rand.Reader, template, parent, public, key)
}
