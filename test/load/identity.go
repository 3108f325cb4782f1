package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"time"
)

// identity is the keys and certificates of a run, all on P-256, as telltale's server certificate is: those of mosquitto's CA, its server
// and its client, and a signing request for a certificate of telltale with the same client key.
type identity struct {
	ca, server, serverKey, client, key, request []byte // PEM
}

func newIdentity() (*identity, error) {
	var keys [3]*ecdsa.PrivateKey
	for i := range keys {
		var err error
		if keys[i], err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			return nil, err
		}
	}
	ca, server, client := keys[0], keys[1], keys[2]
	issuer := template("load CA", 1)
	issuer.IsCA, issuer.BasicConstraintsValid, issuer.KeyUsage = true, true, x509.KeyUsageCertSign
	serving := template("localhost", 2)
	serving.DNSNames, serving.IPAddresses = []string{"localhost"}, []net.IP{net.IPv4(127, 0, 0, 1)}
	serving.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	using := template("load client", 3)
	using.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}

	id := &identity{}
	request, err1 := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: using.Subject}, client)
	id.request = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: request})
	var errs [5]error
	id.ca, errs[0] = signed(issuer, issuer, ca, ca)
	id.server, errs[1] = signed(serving, issuer, server, ca)
	id.client, errs[2] = signed(using, issuer, client, ca)
	id.serverKey, errs[3] = keyPEM(server)
	id.key, errs[4] = keyPEM(client)
	return id, errors.Join(append(errs[:], err1)...)
}

func template(name string, serial int64) *x509.Certificate {
	return &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), KeyUsage: x509.KeyUsageDigitalSignature}
}

func signed(subject, issuer *x509.Certificate, key, issuerKey *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.CreateCertificate(rand.Reader, subject, issuer, key.Public(), issuerKey)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), err
}

func keyPEM(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), err
}
