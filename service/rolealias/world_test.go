package rolealias

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
	"sync"
	"testing"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/base/fault"
	"telltale/lang/shape/iam"
	"telltale/lang/shape/iot"
	"telltale/lang/shape/sts"
	"telltale/service/identity"
	"telltale/service/registry"
	"telltale/service/registry/authority"
	"telltale/store/state"
)

var home = caller.Scope{Account: "123456789012", Region: "eu-central-1"}

const trust = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"credentials.iot.amazonaws.com"},"Action":"sts:AssumeRole"}}`

// world is the service with a registry, an identity directory and one device.
type world struct {
	*Aliases
	t        *testing.T
	registry *registry.Registry
	identity *identity.Directory
	leaf     *x509.Certificate
	cert     string // ARN of the device's certificate

	mu      sync.Mutex
	facts   []string
	samples []string
}

// Record keeps a fact as text.
func (w *world) Record(o *caller.Origin, f event.Fact) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var fields event.Writer
	fields.Reset(o)
	f.Fields(&fields)
	text := o.Account + " " + f.Kind().Name + " " + f.Result().String()
	for _, x := range fields.List() {
		text += " " + x.Name + "=" + x.Str
	}
	w.facts = append(w.facts, text)
	var c event.Counter
	f.(event.Counted).Count(&c)
	for _, s := range c.List() {
		w.samples = append(w.samples, fmt.Sprint(s.Name, " ", s.Value, " ", s.N))
	}
}

// roles is identity as the service needs it.
type roles struct{ *identity.Directory }

func (r roles) Credentials(ctx context.Context, s Session) (*sts.Credentials, error) {
	return r.ServiceCredentials(ctx, identity.ServiceSession(s))
}

func newWorld(t *testing.T) *world {
	t.Helper()
	var tables []state.Schema
	for _, list := range [][]state.Schema{registry.Tables(), identity.Tables(), Tables()} {
		tables = append(tables, list...)
	}
	db, err := state.OpenMemory(tables...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	ca, err := authority.Open("")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t}
	if w.registry, err = registry.New(t.Context(), registry.Config{}, registry.Needs{State: db, Authority: ca}); err != nil {
		t.Fatal(err)
	}
	if w.identity, err = identity.New(t.Context(), identity.Config{Account: home.Account, Region: home.Region}, identity.Needs{State: db}); err != nil {
		t.Fatal(err)
	}
	if w.Aliases, err = New(t.Context(), Needs{State: db, Registry: w.registry, Roles: roles{w.identity}, Facts: event.NewRecorder(w)}); err != nil {
		t.Fatal(err)
	}
	made := ok(t, w.registry.CreateKeysAndCertificate, iot.CreateKeysAndCertificateInput{SetAsActive: new(true)})
	block, _ := pem.Decode([]byte(made.CertificatePem))
	if w.leaf, err = x509.ParseCertificate(block.Bytes); err != nil {
		t.Fatal(err)
	}
	w.cert = made.CertificateArn
	return w
}

func as(s caller.Scope) context.Context {
	return caller.With(context.Background(), &caller.Caller{Scope: s})
}

// ok returns the output of an operation that must succeed.
func ok[In, Out any](t testing.TB, f func(context.Context, *In) (*Out, error), in In) *Out {
	t.Helper()
	out, err := f(as(home), &in)
	if err != nil {
		t.Fatalf("%+v\ngot error %v", in, err)
	}
	return out
}

// refused checks the name and a part of the text of the error of an operation.
func refused[In, Out any](t testing.TB, f func(context.Context, *In) (*Out, error), in In, code, text string) {
	t.Helper()
	_, err := f(as(home), &in)
	e, isFault := err.(*fault.Error)
	if !isFault || e.Code != code || !strings.Contains(e.Message(), text) || !strings.HasPrefix(e.Op, "rolealias.") {
		t.Errorf("%+v\n got %v\nwant %s: %s", in, err, code, text)
	}
}

// policy attaches a policy to the device's certificate.
func (w *world) policy(name, resource string) {
	w.t.Helper()
	ok(w.t, w.registry.CreatePolicy, iot.CreatePolicyInput{PolicyName: name, PolicyDocument: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
		`"Action":"iot:AssumeRoleWithCertificate","Resource":"arn:aws:iot:eu-central-1:123456789012:rolealias/` + resource + `"}]}`})
	ok(w.t, w.registry.AttachPolicy, iot.AttachPolicyInput{PolicyName: name, Target: w.cert})
}

// role makes a role that may do everything with the objects of the device's thing.
func (w *world) role(name, trust string) (arn string) {
	w.t.Helper()
	arn = ok(w.t, w.identity.CreateRole, iam.CreateRoleInput{RoleName: name, AssumeRolePolicyDocument: trust}).Role.Arn
	ok(w.t, w.identity.PutRolePolicy, iam.PutRolePolicyInput{RoleName: name, PolicyName: "p", PolicyDocument: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
		`"Action":"s3:*","Resource":"arn:aws:s3:::b/${credentials-iot:ThingName}/${credentials-iot:ThingTypeName}/*"}]}`})
	return arn
}

// turnedAway checks a refusal and the fact of it.
func (w *world) turnedAway(req Request, status int, code, message, details string) {
	w.t.Helper()
	req.Leaf, req.SourceIP = w.leaf, "192.0.2.7"
	_, err := w.Exchange(context.Background(), req)
	r, isRefusal := err.(*Refusal)
	if !isRefusal || r.Status != status || r.Code != code || r.Message != message || !strings.Contains(r.Details, details) {
		w.t.Errorf("%+v\n got %+v\nwant %d %s: %s: %s", req, err, status, code, message, details)
	}
}
