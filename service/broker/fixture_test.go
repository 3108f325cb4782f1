package broker

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/base/event"
	"telltale/lang/shape/iot"
	"telltale/service/registry"
	"telltale/service/registry/authority"
	"telltale/store/state"
)

var home = caller.Scope{Account: "123456789012", Region: "us-east-1"}

// fixture is a broker over a real registry, and what it told.
type fixture struct {
	*Broker
	t        testing.TB
	registry *registry.Registry
	ca       *authority.Authority
	db       *state.DB
	facts    *recording
	leaves   map[string]*x509.Certificate // by id
	at       Addresses
	stop     func() // ends Run and waits for it
	again    func() // stops the broker and starts another one on the same data
}

// newFixture runs a broker. Its listeners are those of the configuration as adjusted; none by default.
func newFixture(t testing.TB, adjust ...func(*Config)) *fixture {
	t.Helper()
	db, err := state.OpenMemory(append(registry.Tables(), Tables()...)...)
	if err != nil {
		t.Fatal(err)
	}
	ca, err := authority.Open("")
	if err != nil {
		t.Fatal(err)
	}
	reg, err := registry.New(t.Context(), registry.Config{}, registry.Needs{State: db, Authority: ca, Diary: silent})
	if err != nil {
		t.Fatal(err)
	}
	server, err := ca.Server(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	cfg := Default()
	for _, f := range adjust {
		f(&cfg)
	}
	f := &fixture{t: t, db: db, registry: reg, ca: ca, facts: &recording{}, leaves: map[string]*x509.Certificate{}}
	f.Broker = New(cfg, Needs{Registry: reg, State: db, Facts: event.NewRecorder(f.facts), Anonymous: home, Diary: silent,
		TLS: &tls.Config{Certificates: []tls.Certificate{server}}})
	if err := f.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	if f.at, err = f.Listen(); err != nil {
		t.Fatal(err)
	}
	halt := f.run()
	f.stop = sync.OnceFunc(func() {
		halt()
		db.Close()
	})
	f.again = func() {
		halt()
		f.Broker = New(f.cfg, f.needs)
		if err := f.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		halt = f.run()
	}
	return f
}

// run runs the broker until it is halted.
func (f *fixture) run() (halt func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- f.Run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			f.t.Errorf("Run ended with %v", err)
		}
		if err := f.Close(); err != nil {
			f.t.Errorf("Close: %v", err)
		}
	}
}

// bubble runs a test against a broker in a bubble, where time passes only when everybody waits.
func bubble(t *testing.T, test func(f *fixture), adjust ...func(*Config)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, adjust...)
		test(f)
		f.stop()
	})
}

var silent = slog.New(slog.DiscardHandler)

// as is the context of an API caller.
func as(s caller.Scope) context.Context {
	return caller.With(context.Background(), &caller.Caller{Scope: s})
}

// pick is a statement of a policy document.
type pick struct{ effect, action, resource string }

func document(list ...pick) string {
	var parts []string
	for _, p := range list {
		parts = append(parts, fmt.Sprintf(`{"Effect":%q,"Action":%q,"Resource":%q}`, p.effect, p.action, p.resource))
	}
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(parts, ",") + `]}`
}

var everything = document(pick{"Allow", "iot:*", "*"})

// certificate registers a fresh client certificate and, unless the document is empty, attaches a policy named like its id.
func (f *fixture) certificate(s caller.Scope, status, doc string, adjust ...func(*x509.Certificate)) (tls.Certificate, string) {
	f.t.Helper()
	cert, text := selfSigned(f.t, adjust...)
	out, err := f.registry.RegisterCertificateWithoutCA(as(s), &iot.RegisterCertificateWithoutCAInput{CertificatePem: text, Status: status})
	if err != nil {
		f.t.Fatal(err)
	}
	if f.leaves[out.CertificateId], err = x509.ParseCertificate(cert.Certificate[0]); err != nil {
		f.t.Fatal(err)
	}
	if doc != "" {
		f.policy(s, "p"+out.CertificateId[:8], doc)
		if _, err := f.registry.AttachPolicy(as(s), &iot.AttachPolicyInput{PolicyName: "p" + out.CertificateId[:8], Target: out.CertificateArn}); err != nil {
			f.t.Fatal(err)
		}
	}
	return cert, out.CertificateId
}

func (f *fixture) policy(s caller.Scope, name, doc string) {
	f.t.Helper()
	if _, err := f.registry.CreatePolicy(as(s), &iot.CreatePolicyInput{PolicyName: name, PolicyDocument: doc}); err != nil {
		f.t.Fatal(err)
	}
}

// replacePolicy gives a certificate's policy another default document.
func (f *fixture) replacePolicy(s caller.Scope, certificate, doc string) {
	f.t.Helper()
	yes := true
	if _, err := f.registry.CreatePolicyVersion(as(s), &iot.CreatePolicyVersionInput{PolicyName: "p" + certificate[:8], PolicyDocument: doc, SetAsDefault: &yes}); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) setStatus(s caller.Scope, certificate, status string) {
	f.t.Helper()
	if _, err := f.registry.UpdateCertificate(as(s), &iot.UpdateCertificateInput{CertificateId: certificate, NewStatus: status}); err != nil {
		f.t.Fatal(err)
	}
}

// selfSigned makes a client certificate as customers bring them.
func selfSigned(t testing.TB, adjust ...func(*x509.Certificate)) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "device", Organization: []string{"Acme"}},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	for _, f := range adjust {
		f(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func certificateID(cert tls.Certificate) string {
	sum := sha256.Sum256(cert.Certificate[0])
	return hex.EncodeToString(sum[:])
}

// told is one fact as a test sees it.
type told struct {
	text   string // kind, outcome, client, and the fields that differ between endings
	kind   string
	why    string // authorization
	fields string // names, in order
	scope  caller.Scope
	trace  caller.Trace
}

// recording is a sink that keeps all facts.
type recording struct {
	mu      sync.Mutex
	w       event.Writer
	c       event.Counter
	list    []told
	samples map[string]float64
	arrived chan struct{}
}

func (r *recording) Record(o *caller.Origin, f event.Fact) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.w.Reset(o)
	f.Fields(&r.w)
	x := told{text: f.Kind().Name + " " + f.Result().String(), kind: f.Kind().Name, scope: o.Scope, trace: o.Trace}
	for _, field := range r.w.List() {
		x.fields += field.Name + " "
		switch field.Name {
		case "clientId", "topicName", "reason", "details", "disconnectReason", "subscriptions", "retain":
			x.text += " " + field.Name + "=" + field.Str
		case "authorization":
			x.why = field.Str
		}
	}
	if f.Kind() != kindTally {
		r.list = append(r.list, x)
	}
	r.c.Reset()
	if counted, ok := f.(event.Counted); ok {
		counted.Count(&r.c)
	}
	if r.samples == nil {
		r.samples = map[string]float64{}
	}
	for _, s := range r.c.List() {
		r.samples[s.Name] += s.Value * float64(s.Times)
	}
	if r.arrived != nil {
		close(r.arrived)
		r.arrived = nil
	}
}

// take returns the facts told since the last time.
func (r *recording) take() []told {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.list
	r.list = nil
	return list
}

func (r *recording) sample(name string) float64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.samples[name]
}

// want expects exactly these facts since the last time, in this order.
func (r *recording) want(t testing.TB, want ...string) []told {
	t.Helper()
	list := r.take()
	var got []string
	for _, x := range list {
		got = append(got, x.text)
	}
	if !slices.Equal(got, want) {
		t.Errorf("facts:\n got  %s\n want %s", strings.Join(got, "\n      "), strings.Join(want, "\n      "))
	}
	return list
}

// await waits until a fact contains text, outside of bubbles, and returns it with all before it.
func (r *recording) await(t testing.TB, text string) []told {
	t.Helper()
	late := time.After(20 * time.Second)
	for {
		r.mu.Lock()
		for i, x := range r.list {
			if strings.Contains(x.text, text) {
				list := r.list[:i+1]
				r.list = slices.Clone(r.list[i+1:])
				r.mu.Unlock()
				return list
			}
		}
		if r.arrived == nil {
			r.arrived = make(chan struct{})
		}
		arrived := r.arrived
		r.mu.Unlock()
		select {
		case <-arrived:
		case <-late:
			t.Fatalf("no fact %q was told; there are %+v", text, r.take())
		}
	}
}

// last is the last of a list of facts.
func last(list []told) told { return list[len(list)-1] }

// pipe connects to the broker as an anonymous client, or as the holder of a certificate.
func (f *fixture) pipe(s caller.Scope, certificate string) net.Conn {
	near, far := net.Pipe()
	c := newConn(f.Broker, far, nil)
	c.origin.Scope = s
	if certificate != "" {
		c.certificate, c.leaf, c.origin.PrincipalID = certificate, f.leaves[certificate], certificate
	}
	f.start(c)
	return near
}

func topicARN(s caller.Scope, name string) string { return arn.IoT(s, "topic", name) }
