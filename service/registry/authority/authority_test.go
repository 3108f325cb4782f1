package authority

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func open(t *testing.T, dir string) *Authority {
	t.Helper()
	a, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func issue(t *testing.T, a *Authority, csr *x509.CertificateRequest) *x509.Certificate {
	t.Helper()
	text, err := a.Issue(csr)
	if err != nil {
		t.Fatal(err)
	}
	block, rest := pem.Decode(text)
	if block == nil || len(rest) > 0 {
		t.Fatalf("want one PEM block, got %q", text)
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return leaf
}

func verify(a *Authority, leaf *x509.Certificate, use x509.ExtKeyUsage) error {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(a.RootPEM())
	_, err := leaf.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{use}})
	return err
}

func TestIssue(t *testing.T) {
	a := open(t, "")
	leaf := issue(t, a, &x509.CertificateRequest{PublicKey: &newKey(t).PublicKey})
	if err := verify(a, leaf, x509.ExtKeyUsageClientAuth); err != nil {
		t.Errorf("a device certificate does not verify: %v", err)
	}
	if err := verify(a, leaf, x509.ExtKeyUsageServerAuth); err == nil {
		t.Error("a device certificate passes for that of a server")
	}
	if got := leaf.Subject.String(); got != "CN=AWS IoT Certificate" {
		t.Errorf("subject: got %s", got)
	}
	if want := time.Date(2049, 12, 31, 23, 59, 59, 0, time.UTC); !leaf.NotAfter.Equal(want) {
		t.Errorf("end: got %v, want %v", leaf.NotAfter, want)
	}
	if leaf.IsCA || leaf.NotBefore.After(time.Now()) || leaf.SerialNumber.Sign() <= 0 {
		t.Errorf("got CA %t, beginning %v, serial %v", leaf.IsCA, leaf.NotBefore, leaf.SerialNumber)
	}
	other := issue(t, a, &x509.CertificateRequest{PublicKey: leaf.PublicKey})
	if other.SerialNumber.Cmp(leaf.SerialNumber) == 0 {
		t.Error("two certificates have one serial number")
	}
}

// The subject of a request is kept byte by byte: policies compare it.
func TestIssueKeepsSubject(t *testing.T) {
	a, key := open(t, ""), newKey(t)
	subject := pkix.Name{CommonName: "pump", Country: []string{"IT"}, OrganizationalUnit: []string{"a", "b"}}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: subject}, key)
	if err != nil {
		t.Fatal(err)
	}
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil {
		t.Fatal(err)
	}
	if leaf := issue(t, a, csr); string(leaf.RawSubject) != string(csr.RawSubject) {
		t.Errorf("subject: got %s, want %s", leaf.Subject, csr.Subject)
	}
}

func TestCheckKey(t *testing.T) {
	t.Setenv("GODEBUG", "rsa1024min=0")
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	edwards, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := open(t, "")
	f := func(key any, want string) {
		t.Helper()
		err := CheckKey(key)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("CheckKey(%T): got %v, want %q", key, err, want)
		}
		if _, issueErr := a.Issue(&x509.CertificateRequest{PublicKey: key}); (issueErr == nil) != (err == nil) {
			t.Errorf("Issue(%T): got %v, CheckKey said %v", key, issueErr, err)
		}
	}
	f(&newKey(t).PublicKey, "")
	f(&short.PublicKey, "the RSA key has 1024 bits; allowed are")
	f(&curve.PublicKey, "on the curve P-224; allowed are")
	f(edwards, "neither RSA nor ECDSA; allowed are")
	f(nil, "neither RSA nor ECDSA")
}

func TestOpenAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "here")
	first := open(t, dir)
	leaf := issue(t, first, &x509.CertificateRequest{PublicKey: &newKey(t).PublicKey})
	again := open(t, dir)
	if string(again.RootPEM()) != string(first.RootPEM()) {
		t.Error("opening again made another root")
	}
	if err := verify(again, leaf, x509.ExtKeyUsageClientAuth); err != nil {
		t.Errorf("an earlier certificate does not verify: %v", err)
	}
	for name, mode := range map[string]os.FileMode{"root.key": 0o600, "root.pem": 0o644} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: got %v, %v, want mode %v", name, info, err, mode)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 2 {
		t.Errorf("got the files %v, %v, want root.pem and root.key only", files, err)
	}
}

// A root that is not whole is never replaced.
func TestOpenDamaged(t *testing.T) {
	whole := t.TempDir()
	open(t, whole)
	other := t.TempDir()
	open(t, other)
	f := func(what, want string, spoil func(dir string) error) {
		t.Helper()
		dir := t.TempDir()
		for _, name := range []string{"root.pem", "root.key"} {
			data, err := os.ReadFile(filepath.Join(whole, name))
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, name), data, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := spoil(dir); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %q", what, err, want)
		}
	}
	f("no key", "must both be there", func(dir string) error { return os.Remove(filepath.Join(dir, "root.key")) })
	f("no certificate", "must both be there", func(dir string) error { return os.Remove(filepath.Join(dir, "root.pem")) })
	f("garbage for a certificate", "no certificate in PEM form", func(dir string) error { return os.WriteFile(filepath.Join(dir, "root.pem"), []byte("x"), 0o600) })
	f("garbage for a key", "no key in PEM form", func(dir string) error { return os.WriteFile(filepath.Join(dir, "root.key"), []byte("x"), 0o600) })
	f("the key of another root", "is not that of the certificate", func(dir string) error {
		data, err := os.ReadFile(filepath.Join(other, "root.key"))
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, "root.key"), data, 0o600)
	})
	f("a certificate that is no authority", "not that of a certificate authority", func(dir string) error {
		a := open(t, dir)
		if _, err := a.Server(nil, nil); err != nil {
			return err
		}
		for _, end := range []string{".pem", ".key"} {
			if err := os.Rename(filepath.Join(dir, "server"+end), filepath.Join(dir, "root"+end)); err != nil {
				return err
			}
		}
		return nil
	})
	if _, err := Open(filepath.Join(whole, "root.pem", "below")); err == nil {
		t.Error("a directory below a file was opened")
	}
}

func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		if _, err := Open(b.TempDir()); err != nil {
			b.Fatal(err)
		}
	}
}
