package authorizer

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"

	"telltale/base/fault"
	"telltale/lang/shape/iot"
)

func TestLifecycle(t *testing.T) {
	w := newWorld(t)
	out := ok(t, w.CreateAuthorizer, iot.CreateAuthorizerInput{AuthorizerName: "gate", AuthorizerFunctionArn: function, TokenKeyName: "pass",
		TokenSigningPublicKeys: map[string]string{"k1": newSigner().PEM}, Tags: []iot.Tag{{Key: "team", Value: "a"}}})
	const arn = "arn:aws:iot:eu-central-1:123456789012:authorizer/gate"
	if out.AuthorizerArn != arn {
		t.Errorf("arn %s", out.AuthorizerArn)
	}
	if tags := ok(t, w.registry.ListTagsForResource, iot.ListTagsForResourceInput{ResourceArn: arn}).Tags; len(tags) != 1 {
		t.Errorf("tags %v", tags)
	}
	refused(t, w.CreateAuthorizer, iot.CreateAuthorizerInput{AuthorizerName: "gate", AuthorizerFunctionArn: function, SigningDisabled: new(true)},
		iot.ResourceAlreadyExistsException, "gate already exists")
	d := ok(t, w.DescribeAuthorizer, iot.DescribeAuthorizerInput{AuthorizerName: "gate"}).AuthorizerDescription
	if d.Status != "ACTIVE" || *d.SigningDisabled || *d.EnableCachingForHttp || d.TokenKeyName != "pass" || d.AuthorizerFunctionArn != function || d.TokenSigningPublicKeys["k1"] == "" {
		t.Errorf("description %+v", d)
	}
	if _, err := w.DescribeAuthorizer(as(stranger), &iot.DescribeAuthorizerInput{AuthorizerName: "gate"}); !fault.Is(err, fault.NotFound) {
		t.Errorf("another account finds the authorizer: %v", err)
	}

	// The default authorizer stays active; an active one stays.
	refused(t, w.DescribeDefaultAuthorizer, iot.DescribeDefaultAuthorizerInput{}, iot.ResourceNotFoundException, "There is no default authorizer")
	refused(t, w.ClearDefaultAuthorizer, iot.ClearDefaultAuthorizerInput{}, iot.ResourceNotFoundException, "There is no default authorizer")
	w.unsigned("other")
	ok(t, w.SetDefaultAuthorizer, iot.SetDefaultAuthorizerInput{AuthorizerName: "gate"})
	refused(t, w.SetDefaultAuthorizer, iot.SetDefaultAuthorizerInput{AuthorizerName: "other"}, iot.ResourceAlreadyExistsException, "gate is the default already")
	refused(t, w.SetDefaultAuthorizer, iot.SetDefaultAuthorizerInput{AuthorizerName: "none"}, iot.ResourceNotFoundException, "none does not exist")
	if got := ok(t, w.DescribeDefaultAuthorizer, iot.DescribeDefaultAuthorizerInput{}).AuthorizerDescription.AuthorizerName; got != "gate" {
		t.Errorf("default %s", got)
	}
	inactive := iot.UpdateAuthorizerInput{AuthorizerName: "gate", Status: "INACTIVE", EnableCachingForHttp: new(true)}
	refused(t, w.UpdateAuthorizer, inactive, iot.InvalidRequestException, "it is the default authorizer")
	refused(t, w.DeleteAuthorizer, iot.DeleteAuthorizerInput{AuthorizerName: "gate"}, iot.DeleteConflictException, "it is the default authorizer")
	ok(t, w.ClearDefaultAuthorizer, iot.ClearDefaultAuthorizerInput{})
	refused(t, w.DeleteAuthorizer, iot.DeleteAuthorizerInput{AuthorizerName: "gate"}, iot.DeleteConflictException, "it is ACTIVE")
	ok(t, w.UpdateAuthorizer, inactive)
	refused(t, w.SetDefaultAuthorizer, iot.SetDefaultAuthorizerInput{AuthorizerName: "gate"}, iot.InvalidRequestException, "it is INACTIVE")
	if d := ok(t, w.DescribeAuthorizer, iot.DescribeAuthorizerInput{AuthorizerName: "gate"}).AuthorizerDescription; d.Status != "INACTIVE" || !*d.EnableCachingForHttp {
		t.Errorf("description %+v", d)
	}
	ok(t, w.DeleteAuthorizer, iot.DeleteAuthorizerInput{AuthorizerName: "gate"})
	refused(t, w.DescribeAuthorizer, iot.DescribeAuthorizerInput{AuthorizerName: "gate"}, iot.ResourceNotFoundException, "gate does not exist")
}

func TestCreateRefuses(t *testing.T) {
	w := newWorld(t)
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&curve.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	elliptic := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	f := func(function, tokenKey, key, want string) {
		t.Helper()
		in := iot.CreateAuthorizerInput{AuthorizerName: "gate", AuthorizerFunctionArn: function, TokenKeyName: tokenKey}
		if key != "" {
			in.TokenSigningPublicKeys = map[string]string{"k1": key}
		}
		refused(t, w.CreateAuthorizer, in, iot.InvalidRequestException, want)
	}
	good := newSigner().PEM
	f("arn:aws:lambda:eu-central-1:123456789012:function:other", "pass", good, "is not configured: start telltale with --function NAME=URL")
	f(function, "", good, "The tokenKeyName is missing")
	f(function, "pass", "", "The tokenSigningPublicKeys are missing")
	f(function, "pass", "key", "The public key k1 of tokenSigningPublicKeys is not in PEM form")
	f(function, "pass", strings.Replace(good, "MII", "AAA", 1), "cannot be read")
	f(function, "pass", strings.ReplaceAll(good, "PUBLIC", "PRIVATE"), `is a "PRIVATE KEY" in PEM form`)
	f(function, "pass", elliptic, "is not an RSA key")
}

func TestQuotasAndPages(t *testing.T) {
	w := newWorld(t)
	for i := range mostActive {
		w.unsigned(fmt.Sprintf("a%03d", i))
	}
	in := iot.CreateAuthorizerInput{AuthorizerName: "b", AuthorizerFunctionArn: function, SigningDisabled: new(true)}
	refused(t, w.CreateAuthorizer, in, iot.LimitExceededException, "33 active authorizers")
	in.Status = "INACTIVE"
	for i := mostActive; i < most; i++ {
		in.AuthorizerName = fmt.Sprintf("b%03d", i)
		ok(t, w.CreateAuthorizer, in)
	}
	refused(t, w.UpdateAuthorizer, iot.UpdateAuthorizerInput{AuthorizerName: "b040", Status: "ACTIVE"}, iot.LimitExceededException, "33 active authorizers")
	in.AuthorizerName = "c"
	refused(t, w.CreateAuthorizer, in, iot.LimitExceededException, "101 authorizers")

	list := iot.ListAuthorizersInput{PageSize: new(int32(20)), Status: "ACTIVE", AscendingOrder: new(true)}
	page := ok(t, w.ListAuthorizers, list)
	list.Marker = page.NextMarker
	rest := ok(t, w.ListAuthorizers, list)
	if len(page.Authorizers) != 20 || len(rest.Authorizers) != 12 || rest.NextMarker != "" || rest.Authorizers[0].AuthorizerName != "a020" {
		t.Errorf("pages of %d and %d: %v", len(page.Authorizers), len(rest.Authorizers), rest)
	}
	if all := ok(t, w.ListAuthorizers, iot.ListAuthorizersInput{}); len(all.Authorizers) != most || all.Authorizers[0].AuthorizerName != "b099" {
		t.Errorf("all: %d, the first is %v", len(all.Authorizers), all.Authorizers[0])
	}
}

func TestTestInvoke(t *testing.T) {
	w := newWorld(t)
	w.signed("gate")
	in := iot.TestInvokeAuthorizerInput{AuthorizerName: "gate", Token: "t", TokenSignature: newSigner().sign(t, "t"),
		HttpContext: &iot.HttpContext{Headers: map[string]string{"x-a": "b"}, QueryString: "?c=d"},
		MqttContext: &iot.MqttContext{Username: "u", Password: []byte("p"), ClientId: "i"}, TlsContext: &iot.TlsContext{ServerName: "s"}}
	out := ok(t, w.TestInvokeAuthorizer, in)
	if !*out.IsAuthenticated || out.PrincipalId != "ada1" || len(out.PolicyDocuments) != 2 || *out.RefreshAfterInSeconds != 600 || *out.DisconnectAfterInSeconds != 3600 ||
		!strings.HasPrefix(out.PolicyDocuments[1], `{"Version"`) {
		t.Errorf("output %+v", out)
	}
	got, _, _ := strings.Cut(w.called()[0], `,"connectionMetadata"`)
	if want := `{"token":"t","signatureVerified":true,"protocols":["tls","http","mqtt"],"protocolData":{"tls":{"serverName":"s"},` +
		`"http":{"headers":{"x-a":"b"},"queryString":"?c=d"},"mqtt":{"username":"u","password":"cA==","clientId":"i"}}`; got != want {
		t.Errorf("event\n got %s\nwant %s", got, want)
	}
	w.says(`{"isAuthenticated":false}`)
	if out := ok(t, w.TestInvokeAuthorizer, in); *out.IsAuthenticated || out.PrincipalId != "" {
		t.Errorf("output %+v", out)
	}
	w.says(`{"isAuthenticated":true,"principalId":"a b"}`)
	refused(t, w.TestInvokeAuthorizer, in, iot.InvalidResponseException, `principalId is "a b"`)
	w.answer = func(context.Context) (string, error) { return "", fmt.Errorf("connection refused") }
	refused(t, w.TestInvokeAuthorizer, in, iot.InvalidResponseException, "connection refused")
	w.called()
	in.Token = "u"
	refused(t, w.TestInvokeAuthorizer, in, iot.UnauthorizedException, "no public key of the authorizer")
	if calls := w.called(); len(calls) != 0 {
		t.Errorf("the function was called with a wrong signature: %s", calls)
	}
}
