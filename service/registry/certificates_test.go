package registry

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"regexp"
	"strings"
	"testing"
	"time"

	"telltale/base/arn"
	"telltale/lang/shape/iot"
)

func parse(t *testing.T, text string) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		t.Fatalf("not PEM: %q", text)
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return leaf
}

func (f *fixture) verify(text string) {
	f.t.Helper()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(f.needs.Authority.RootPEM())
	if _, err := parse(f.t, text).Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
		f.t.Errorf("the certificate does not verify: %v", err)
	}
}

func TestCreateKeysAndCertificate(t *testing.T) {
	f := open(t)
	out := do(f, f.CreateKeysAndCertificate, iot.CreateKeysAndCertificateInput{})
	f.verify(out.CertificatePem)
	pair, err := tls.X509KeyPair([]byte(out.CertificatePem), []byte(out.KeyPair.PrivateKey))
	if err != nil {
		t.Fatalf("certificate and private key: %v", err)
	}
	leaf := parse(t, out.CertificatePem)
	same(t, "key", pair.PrivateKey.(*rsa.PrivateKey).N.BitLen(), 2048)
	same(t, "subject", leaf.Subject.String(), "CN=AWS IoT Certificate")
	same(t, "end", leaf.NotAfter, time.Date(2049, 12, 31, 23, 59, 59, 0, time.UTC))
	sum := sha256.Sum256(leaf.Raw)
	same(t, "id", out.CertificateId, hex.EncodeToString(sum[:]))
	same(t, "ARN", out.CertificateArn, arn.IoT(home, "cert", out.CertificateId))
	block, _ := pem.Decode([]byte(out.KeyPair.PublicKey))
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil || !leaf.PublicKey.(*rsa.PublicKey).Equal(public) {
		t.Errorf("the public key is not that of the certificate: %v", err)
	}
	d := do(f, f.DescribeCertificate, iot.DescribeCertificateInput{CertificateId: strings.ToUpper(out.CertificateId)}).CertificateDescription
	same(t, "status", d.Status, CertificateInactive)
	same(t, "owner", d.OwnedBy, home.Account)
	same(t, "mode", d.CertificateMode, iot.CertificateModeDefault)
	same(t, "PEM", d.CertificatePem, out.CertificatePem)
	same(t, "validity", d.Validity.NotAfter, leaf.NotAfter)
}

func TestCreateCertificateFromCsr(t *testing.T) {
	f := open(t)
	sign := func(subject string, key any, spoil bool) string {
		der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: subject}}, key)
		if err != nil {
			t.Fatal(err)
		}
		if spoil {
			der[len(der)-1] ^= 1
		}
		return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))
	}
	ec := func(c elliptic.Curve) *ecdsa.PrivateKey {
		key, err := ecdsa.GenerateKey(c, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		out := do(f, f.CreateCertificateFromCsr, iot.CreateCertificateFromCsrInput{CertificateSigningRequest: sign("pump 7", ec(curve), false), SetAsActive: new(true)})
		f.verify(out.CertificatePem)
		same(t, "subject", parse(t, out.CertificatePem).Subject.String(), "CN=pump 7")
		c, err := f.Certificate(out.CertificateId)
		if err != nil || c.Status != CertificateActive || c.Scope != home {
			t.Errorf("got %+v, %v", c, err)
		}
	}
	request := csr(t)
	one := do(f, f.CreateCertificateFromCsr, iot.CreateCertificateFromCsrInput{CertificateSigningRequest: request})
	two := do(f, f.CreateCertificateFromCsr, iot.CreateCertificateFromCsrInput{CertificateSigningRequest: request})
	if one.CertificateId == two.CertificateId {
		t.Error("the same request gave the same certificate twice")
	}

	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	refused := func(request string, parts ...string) {
		t.Helper()
		fails(f, f.CreateCertificateFromCsr, iot.CreateCertificateFromCsrInput{CertificateSigningRequest: request}, invalid, parts...)
	}
	refused("garbage", "PEM form")
	refused(one.CertificatePem, "PEM form")
	refused(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: []byte{1, 2, 3}})), "cannot be read")
	refused(sign("x", ec(elliptic.P224()), false), "P-224", "allowed are")
	refused(sign("x", ed, false), "neither RSA nor ECDSA")
	refused(sign("x", ec(elliptic.P256()), true), "signature")
}

// foreign makes a self-signed certificate.
func foreign(t *testing.T, public, private any) string {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "mine"}, NotBefore: time.Now(), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func TestRegisterCertificateWithoutCA(t *testing.T) {
	f := open(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	text := foreign(t, &key.PublicKey, key)
	in := iot.RegisterCertificateWithoutCAInput{CertificatePem: text, Status: CertificateActive}
	out := do(f, f.RegisterCertificateWithoutCA, in)
	d := do(f, f.DescribeCertificate, iot.DescribeCertificateInput{CertificateId: out.CertificateId}).CertificateDescription
	same(t, "mode and status", d.CertificateMode+d.Status, iot.CertificateModeSniOnly+CertificateActive)
	fails(f, f.RegisterCertificateWithoutCA, in, exists)
	o := f.as(stranger)
	fails(o, o.RegisterCertificateWithoutCA, in, exists, "in another account or region")

	public, private, _ := ed25519.GenerateKey(rand.Reader)
	refused := func(text, status, code string, parts ...string) {
		t.Helper()
		fails(f, f.RegisterCertificateWithoutCA, iot.RegisterCertificateWithoutCAInput{CertificatePem: text, Status: status}, code, parts...)
	}
	refused("garbage", "", iot.CertificateValidationException, "PEM form")
	refused(csr(t), "", iot.CertificateValidationException, "PEM form")
	refused(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte{1}})), "", iot.CertificateValidationException, "cannot be read")
	refused(foreign(t, public, private), "", iot.CertificateValidationException, "neither RSA nor ECDSA")
	refused(foreign(t, &key.PublicKey, private), "", iot.CertificateValidationException, "signed with Ed25519")
	refused(text, iot.CertificateStatusPendingTransfer, invalid, "allowed are ACTIVE, INACTIVE and REVOKED")
}

func TestUpdateAndDeleteCertificate(t *testing.T) {
	f := open(t)
	id, certificate := f.certificate()
	status := func(s string) iot.UpdateCertificateInput {
		return iot.UpdateCertificateInput{CertificateId: id, NewStatus: s}
	}
	for _, s := range []string{CertificateInactive, CertificateRevoked, CertificateActive} {
		do(f, f.UpdateCertificate, status(s))
		same(t, "status", do(f, f.DescribeCertificate, iot.DescribeCertificateInput{CertificateId: id}).CertificateDescription.Status, s)
	}
	same(t, "version", *do(f, f.DescribeCertificate, iot.DescribeCertificateInput{CertificateId: id}).CertificateDescription.CustomerVersion, 4)
	for _, s := range []string{iot.CertificateStatusPendingActivation, iot.CertificateStatusPendingTransfer, iot.CertificateStatusRegisterInactive} {
		fails(f, f.UpdateCertificate, status(s), invalid, s)
	}
	fails(f, f.UpdateCertificate, iot.UpdateCertificateInput{CertificateId: "00", NewStatus: CertificateActive}, notFound)

	f.thing("lamp")
	f.own("lamp", certificate, false)
	f.policy("all")
	f.attach("all", certificate)
	remove := iot.DeleteCertificateInput{CertificateId: id}
	forced := iot.DeleteCertificateInput{CertificateId: id, ForceDelete: new(true)}
	fails(f, f.DeleteCertificate, forced, iot.CertificateStateException, "it is ACTIVE")
	do(f, f.UpdateCertificate, status(CertificateInactive))
	fails(f, f.DeleteCertificate, remove, iot.DeleteConflictException, "attached to the thing lamp")
	fails(f, f.DeleteCertificate, forced, iot.DeleteConflictException, "attached to the thing lamp")
	do(f, f.DetachThingPrincipal, iot.DetachThingPrincipalInput{ThingName: "lamp", Principal: certificate})
	fails(f, f.DeleteCertificate, remove, iot.DeleteConflictException, "the policy all is attached")
	do(f, f.DeleteCertificate, forced)
	fails(f, f.DeleteCertificate, remove, notFound)
	same(t, "targets", len(do(f, f.ListTargetsForPolicy, iot.ListTargetsForPolicyInput{PolicyName: "all"}).Targets), 0)
}

// marker is what the model allows as one.
var marker = regexp.MustCompile(`^([A-Za-z0-9+/]+={0,2})?$`)

func TestListCertificates(t *testing.T) {
	f := open(t)
	var ids []string
	for range 7 {
		id, _ := f.certificate()
		ids = append(ids, id)
	}
	f.as(stranger).certificate()
	list := func(ascending *bool) []string {
		return walk(f, 3, func(token string, max *int32) (list []string, more string) {
			out := do(f, f.ListCertificates, iot.ListCertificatesInput{Marker: token, PageSize: max, AscendingOrder: ascending})
			for _, c := range out.Certificates {
				list = append(list, c.CertificateId)
			}
			if !marker.MatchString(out.NextMarker) {
				t.Errorf("the model does not allow the marker %q", out.NextMarker)
			}
			return list, out.NextMarker
		})
	}
	// certificates made in the same millisecond are in the order of their ids
	created := func(id string) int64 {
		return do(f, f.DescribeCertificate, iot.DescribeCertificateInput{CertificateId: id}).CertificateDescription.CreationDate.UnixMilli()
	}
	check := func(got []string, ascending bool) {
		t.Helper()
		if len(got) != len(ids) {
			t.Fatalf("got %d certificates, want %d", len(got), len(ids))
		}
		for i := range got[1:] {
			a, b := created(got[i]), created(got[i+1])
			if ascending && a > b || !ascending && a < b || a == b && got[i] >= got[i+1] {
				t.Errorf("certificates %d and %d are out of order: made at %d and %d", i, i+1, a, b)
			}
		}
	}
	check(list(new(true)), true)
	check(list(nil), false)
	fails(f, f.ListCertificates, iot.ListCertificatesInput{PageSize: new(int32(251))}, invalid)
	fails(f, f.ListCertificates, iot.ListCertificatesInput{Marker: "abcd"}, invalid)
}
