package authority

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// pair is a certificate with its key.
type pair struct {
	leaf *x509.Certificate
	pem  []byte
	key  crypto.Signer
}

func (a *Authority) path(name string) string { return filepath.Join(a.dir, name) }

// load reads NAME.pem and NAME.key, or returns nil if there is neither.
func (a *Authority) load(name string) (*pair, error) {
	if a.dir == "" {
		return nil, nil
	}
	certificate, errPEM := os.ReadFile(a.path(name + ".pem"))
	key, errKey := os.ReadFile(a.path(name + ".key"))
	if errors.Is(errPEM, fs.ErrNotExist) && errors.Is(errKey, fs.ErrNotExist) {
		return nil, nil
	}
	if err := errors.Join(errPEM, errKey); err != nil {
		return nil, fmt.Errorf("authority: %s.pem and %s.key must both be there: %w", name, name, err)
	}
	p, err := parsePair(certificate, key)
	if err != nil {
		return nil, fmt.Errorf("authority: %s.pem and %s.key in %s: %w", name, name, a.dir, err)
	}
	return p, nil
}

func parsePair(certificate, key []byte) (*pair, error) {
	block, _ := pem.Decode(certificate)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errors.New("no certificate in PEM form")
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, err
	}
	block, _ = pem.Decode(key)
	if block == nil {
		return nil, errors.New("no key in PEM form")
	}
	private, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	signer, ok := private.(crypto.Signer)
	if !ok {
		return nil, errors.New("the key cannot sign")
	}
	public, ok := signer.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(leaf.PublicKey) {
		return nil, errors.New("the key is not that of the certificate")
	}
	return &pair{leaf, certificate, signer}, nil
}

// makePair signs a certificate for a new key and keeps both, the key first: nobody shall see a certificate that has no key.
func (a *Authority) makePair(name string, template *x509.Certificate, key crypto.Signer, parent *x509.Certificate, by crypto.Signer) (*pair, error) {
	der, err := sign(template, parent, key.Public(), by)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	p := &pair{leaf, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), key}
	if a.dir == "" {
		return p, nil
	}
	if err := os.MkdirAll(a.dir, 0o700); err != nil {
		return nil, err
	}
	if err := a.write(name+".key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600); err != nil {
		return nil, err
	}
	return p, a.write(name+".pem", p.pem, 0o644)
}

// write replaces a file as a whole: a crash leaves the old one or the new one.
func (a *Authority) write(name string, data []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(a.dir, name+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // after the rename it is gone already
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), a.path(name))
}
