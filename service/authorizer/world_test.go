package authorizer

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"strings"
	"sync"
	"testing"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/service/registry"
	"telltale/service/registry/authority"
	"telltale/store/state"
)

var (
	home     = caller.Scope{Account: "123456789012", Region: "eu-central-1"}
	stranger = caller.Scope{Account: "999999999999", Region: "eu-central-1"}
)

const (
	function = "arn:aws:lambda:eu-central-1:123456789012:function:gate"
	allowed  = `{"isAuthenticated":true,"principalId":"ada1","disconnectAfterInSeconds":3600,"refreshAfterInSeconds":600,"policyDocuments":[` +
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:Connect","Resource":"*"}]},` +
		`"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"iot:Publish\",\"Resource\":\"*\"}]}"]}`
)

// world is a service with one function, gate, that answers what the test says.
type world struct {
	*Authorizers
	t        *testing.T
	registry *registry.Registry

	mu     sync.Mutex
	answer func(ctx context.Context) (string, error)
	events []string
}

func (w *world) Knows(name string) bool { return name == function || name == "gate" }

func (w *world) Invoke(ctx context.Context, _ string, event []byte) ([]byte, error) {
	w.mu.Lock()
	w.events = append(w.events, string(event))
	answer := w.answer
	w.mu.Unlock()
	text, err := answer(ctx)
	return []byte(text), err
}

// says lets the function give one answer.
func (w *world) says(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = func(context.Context) (string, error) { return text, nil }
}

// called returns the events since the last time.
func (w *world) called() (list []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	list, w.events = w.events, nil
	return list
}

func newWorld(t *testing.T) *world {
	t.Helper()
	db, err := state.OpenMemory(append(registry.Tables(), Tables()...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	ca, err := authority.Open("")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t}
	w.says(allowed)
	if w.registry, err = registry.New(t.Context(), registry.Config{}, registry.Needs{State: db, Authority: ca}); err != nil {
		t.Fatal(err)
	}
	if w.Authorizers, err = New(t.Context(), Needs{State: db, Registry: w.registry, Functions: w}); err != nil {
		t.Fatal(err)
	}
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
	if !isFault || e.Code != code || !strings.Contains(e.Message(), text) || !strings.HasPrefix(e.Op, "authorizer.") {
		t.Errorf("%+v\n got %v\nwant %s: %s", in, err, code, text)
	}
}

// signer is a key pair of a customer.
type signer struct {
	key *rsa.PrivateKey
	PEM string
}

var newSigner = sync.OnceValue(func() signer {
	key, err := rsa.GenerateKey(rand.Reader, minBits)
	if err != nil {
		panic(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		panic(err)
	}
	return signer{key, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))}
})

func (s signer) sign(t testing.TB, token string) string {
	t.Helper()
	sum := sha256.Sum256([]byte(token))
	raw, err := rsa.SignPKCS1v15(rand.Reader, s.key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(raw)
}

// signed makes an active authorizer that wants signed tokens.
func (w *world) signed(name string) {
	w.t.Helper()
	ok(w.t, w.CreateAuthorizer, iot.CreateAuthorizerInput{AuthorizerName: name, AuthorizerFunctionArn: function, TokenKeyName: "pass",
		TokenSigningPublicKeys: map[string]string{"k1": newSigner().PEM}})
}

// unsigned makes an active one that does not.
func (w *world) unsigned(name string) {
	w.t.Helper()
	ok(w.t, w.CreateAuthorizer, iot.CreateAuthorizerInput{AuthorizerName: name, AuthorizerFunctionArn: function, SigningDisabled: new(true)})
}

// turnedAway checks reason and details of a refusal.
func (w *world) turnedAway(req Request, reason, text string) {
	w.t.Helper()
	_, err := w.Authenticate(context.Background(), home, req)
	r, isRefusal := errors.AsType[*Refusal](err)
	if !isRefusal || r.Reason != reason || !strings.HasPrefix(r.Details, details[reason]) || !strings.Contains(r.Details, text) {
		w.t.Errorf("%+v\n got %v\nwant %s: %s", req, err, reason, text)
	}
}

// letIn returns the grant of a client that must get one.
func (w *world) letIn(req Request) *Grant {
	w.t.Helper()
	g, err := w.Authenticate(context.Background(), home, req)
	if err != nil {
		w.t.Fatalf("%+v: %v", req, err)
	}
	return g
}
