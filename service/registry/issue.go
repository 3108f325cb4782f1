package registry

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"slices"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/service/registry/authority"
	"telltale/store/state"
)

// CreateKeysAndCertificate makes an RSA key pair of 2048 bits and a certificate for it. The private key is in the answer and nowhere
// else. (aws: iot/API_CreateKeysAndCertificate)
func (r *Registry) CreateKeysAndCertificate(ctx context.Context, in *iot.CreateKeysAndCertificateInput) (*iot.CreateKeysAndCertificateOutput, error) {
	const op = "CreateKeysAndCertificate"
	key, err := rsa.GenerateKey(rand.Reader, 2048) // takes long, so not in the transaction
	if err != nil {
		return nil, blame(op, err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, blame(op, err)
	}
	c, err := r.issue(ctx, op, &x509.CertificateRequest{PublicKey: &key.PublicKey}, isTrue(in.SetAsActive))
	if err != nil {
		return nil, err
	}
	return &iot.CreateKeysAndCertificateOutput{
		CertificateArn: c.arn(), CertificateId: c.ID, CertificatePem: c.PEM,
		KeyPair: &iot.KeyPair{
			PublicKey:  string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})),
			PrivateKey: string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})),
		},
	}, nil
}

// CreateCertificateFromCsr makes a certificate for the key and subject of a signing request. The same request gives another
// certificate each time. (aws: iot/API_CreateCertificateFromCsr)
func (r *Registry) CreateCertificateFromCsr(ctx context.Context, in *iot.CreateCertificateFromCsrInput) (*iot.CreateCertificateFromCsrOutput, error) {
	const op = "CreateCertificateFromCsr"
	csr, err := readRequest(in.CertificateSigningRequest)
	if err != nil {
		return nil, blame(op, err)
	}
	c, err := r.issue(ctx, op, csr, isTrue(in.SetAsActive))
	if err != nil {
		return nil, err
	}
	return &iot.CreateCertificateFromCsrOutput{CertificateArn: c.arn(), CertificateId: c.ID, CertificatePem: c.PEM}, nil
}

// readRequest reads a signing request in PEM form and checks that its sender has the key.
func readRequest(text string) (*x509.CertificateRequest, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE REQUEST" && block.Type != "NEW CERTIFICATE REQUEST" {
		return nil, refuse(fault.Invalid, "The certificateSigningRequest is not a certificate request in PEM form (-----BEGIN CERTIFICATE REQUEST-----).")
	}
	csr, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		return nil, refuse(fault.Invalid, "The certificateSigningRequest cannot be read: %v.", err)
	}
	if err := authority.CheckKey(csr.PublicKey); err != nil {
		return nil, refuse(fault.Invalid, "The certificateSigningRequest cannot be signed: %v.", err)
	}
	if err := csr.CheckSignature(); err != nil {
		return nil, refuse(fault.Invalid, "The signature of the certificateSigningRequest does not match its key: %v.", err)
	}
	return csr, nil
}

// issue signs a request and registers the certificate.
func (r *Registry) issue(ctx context.Context, op string, csr *x509.CertificateRequest, active bool) (*certificate, error) {
	text, err := r.needs.Authority.Issue(csr)
	if err != nil {
		return nil, blame(op, err)
	}
	c, err := readCertificate(string(text))
	if err != nil {
		return nil, blame(op, err)
	}
	c.Mode, c.Status = iot.CertificateModeDefault, CertificateInactive
	if active {
		c.Status = CertificateActive
	}
	return c, r.register(ctx, op, c)
}

// RegisterCertificateWithoutCA registers a certificate whose issuer is not known here; its holder must send the server's name when
// it connects. (aws: iot/API_RegisterCertificateWithoutCA)
func (r *Registry) RegisterCertificateWithoutCA(ctx context.Context, in *iot.RegisterCertificateWithoutCAInput) (*iot.RegisterCertificateWithoutCAOutput, error) {
	const op = "RegisterCertificateWithoutCA"
	c, err := readCertificate(in.CertificatePem)
	if err != nil {
		return nil, blame(op, err)
	}
	c.Mode, c.Status = iot.CertificateModeSniOnly, CertificateInactive
	if in.Status != "" {
		if err := checkStatus(in.Status); err != nil {
			return nil, blame(op, err)
		}
		c.Status = in.Status
	}
	if err := r.register(ctx, op, c); err != nil {
		return nil, err
	}
	return &iot.RegisterCertificateWithoutCAOutput{CertificateArn: c.arn(), CertificateId: c.ID}, nil
}

// acceptedSignatures are those of client certificates. (aws: iot/x509-client-certs#x509-cert-algorithms)
var acceptedSignatures = []x509.SignatureAlgorithm{
	x509.SHA256WithRSA, x509.SHA384WithRSA, x509.SHA512WithRSA, x509.SHA256WithRSAPSS, x509.SHA384WithRSAPSS, x509.SHA512WithRSAPSS,
	x509.ECDSAWithSHA256, x509.ECDSAWithSHA384, x509.ECDSAWithSHA512,
}

// readCertificate makes a record of the first certificate in a PEM text.
func readCertificate(text string) (*certificate, error) {
	invalid := func(format string, args ...any) error {
		return refuse(fault.Invalid, format, args...).Named(iot.CertificateValidationException)
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, invalid("The certificatePem is not a certificate in PEM form (-----BEGIN CERTIFICATE-----).")
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, invalid("The certificatePem cannot be read: %v.", err)
	}
	if err := authority.CheckKey(leaf.PublicKey); err != nil {
		return nil, invalid("The certificate is not accepted: %v.", err)
	}
	if !slices.Contains(acceptedSignatures, leaf.SignatureAlgorithm) {
		return nil, invalid("The certificate is not accepted: it is signed with %s; allowed are RSA and ECDSA with SHA-256, SHA-384 or SHA-512.", leaf.SignatureAlgorithm)
	}
	sum := sha256.Sum256(leaf.Raw)
	return &certificate{
		ID: hex.EncodeToString(sum[:]), PEM: string(pem.EncodeToMemory(block)), NotBefore: leaf.NotBefore, NotAfter: leaf.NotAfter,
	}, nil
}

// register keeps a certificate for the caller. A handshake knows only the certificate, so one can be registered once in all accounts
// and regions together.
func (r *Registry) register(ctx context.Context, op string, c *certificate) error {
	return r.update(ctx, op, func(tx *state.Tx, s caller.Scope) error {
		old, err := certificates.Get(tx, certificates.Key(c))
		switch {
		case err == nil && old.Scope == s:
			return taken(s, "certificate", "cert", c.ID, c.ID)
		case err == nil:
			return refuse(fault.Exists, "The certificate %s is already registered in another account or region.", c.ID).Named(iot.ResourceAlreadyExistsException)
		case !isAbsent(err):
			return err
		}
		c.Scope, c.Generation, c.Version, c.Created = s, newID(), 1, now()
		c.Modified = c.Created
		return certificates.Insert(tx, c)
	})
}
