package authorizer

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
)

// minBits is the least a key must have. (aws: iot/custom-auth-keys)
const minBits = 2048

// readKey reads a public key in PEM form. The error goes on from "The public key …".
func readKey(text string) (*rsa.PublicKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("is not in PEM form (-----BEGIN PUBLIC KEY-----)")
	}
	var key any
	var err error
	switch block.Type {
	case "PUBLIC KEY":
		key, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		key, err = x509.ParsePKCS1PublicKey(block.Bytes)
	default:
		return nil, fmt.Errorf("is a %q in PEM form; want a PUBLIC KEY or RSA PUBLIC KEY", block.Type)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	public, ok := key.(*rsa.PublicKey)
	switch {
	case !ok:
		return nil, errors.New("is not an RSA key")
	case public.N.BitLen() < minBits:
		return nil, fmt.Errorf("has %d bits; an RSA key of at least %d is needed", public.N.BitLen(), minBits)
	}
	return public, nil
}

// verifyToken reports whether one of the keys signed the token: RSASSA-PKCS1-v1_5 with SHA-256 over its bytes, in base64.
// (aws: iot/custom-auth#custom-auth-token-signature)
func (r *record) verifyToken(token, signature string) (bool, error) {
	raw, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return false, fmt.Errorf("the token signature is not base64: %w", err)
	}
	sum := sha256.Sum256([]byte(token))
	for _, text := range r.Keys {
		if key, err := readKey(text); err == nil && rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], raw) == nil {
			return true, nil
		}
	}
	return false, nil
}
