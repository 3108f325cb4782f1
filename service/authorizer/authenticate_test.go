package authorizer

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"telltale/lang/policy"
	"telltale/lang/shape/iot"
)

func TestSignedToken(t *testing.T) {
	w := newWorld(t)
	w.signed("gate")
	signature := newSigner().sign(t, "tok en")
	user := func(name, token, signature string) Request {
		return Request{TLS: true, ServerName: "iot.example", Connection: "c1", MQTT: &MQTT{ClientID: "dev1",
			Username: "ada?x-amz-customauthorizer-name=" + name + "&pass=" + url.PathEscape(token) + "&x-amz-customauthorizer-signature=" + signature}}
	}
	for _, spelled := range []string{url.QueryEscape(signature), signature} { // escaped as it should be, and as it is
		g := w.letIn(user("gate", "tok en", spelled))
		if g.PrincipalID != "ada1" || g.DisconnectAfter != time.Hour || g.RefreshAfter != 10*time.Minute || len(g.Policies) != 2 || g.Policies[0].Source != "authorizer gate" {
			t.Errorf("grant %+v", g)
		}
		if !policy.Evaluate(g.Policies, &policy.Request{Action: "iot:Connect", Resource: "arn:aws:iot:eu-central-1:123456789012:client/dev1"}).Allowed() {
			t.Error("the policies do not allow what they say")
		}
	}
	username := user("gate", "tok en", signature).MQTT.Username
	if got, want := w.called()[1], `{"token":"tok en","signatureVerified":true,"protocols":["tls","mqtt"],"protocolData":{"tls":{"serverName":"iot.example"},`+
		`"mqtt":{"username":"`+strings.ReplaceAll(username, "&", `\u0026`)+`","clientId":"dev1"}},"connectionMetadata":{"id":"c1"}}`; got != want {
		t.Errorf("event\n got %s\nwant %s", got, want)
	}

	// What is wrong with token and signature is found before the function is called.
	w.turnedAway(user("gate", "token", signature), NotAuthenticated, "no public key of the authorizer \"gate\" fits")
	w.turnedAway(user("gate", "tok en", base64.StdEncoding.EncodeToString([]byte("x"))), NotAuthenticated, "fits the signature")
	w.turnedAway(user("gate", "tok en", "*"), ParameterInvalid, "the token signature is not base64")
	w.turnedAway(user("gate", "", signature), ParameterInvalid, `wants a signed token in "pass"`)
	w.turnedAway(user("gate", "tok en", ""), ParameterInvalid, `signature in "x-amz-customauthorizer-signature"`)
	w.turnedAway(user("other", "tok en", signature), NotFound, `there is no authorizer "other"`)
	w.turnedAway(user("gate", "tok en", "%zz"), ParameterInvalid, "is not percent-encoded well")
	if calls := w.called(); len(calls) != 0 {
		t.Errorf("the function was called: %s", calls)
	}
	ok(t, w.UpdateAuthorizer, iot.UpdateAuthorizerInput{AuthorizerName: "gate", Status: "INACTIVE"})
	w.turnedAway(user("gate", "tok en", signature), NotFound, `"gate" is INACTIVE`)
}

func TestWhichAuthorizer(t *testing.T) {
	w := newWorld(t)
	w.unsigned("account")
	w.unsigned("domain")
	w.unsigned("named")
	req := Request{MQTT: &MQTT{Username: "ada", Password: []byte("p")}}
	named := func(r Request) Request {
		r.MQTT = &MQTT{Username: "ada?x-amz-customauthorizer-name=named&SDK=x"}
		return r
	}
	w.turnedAway(req, NotFound, "the client names none, and there is no default authorizer")
	ok(t, w.SetDefaultAuthorizer, iot.SetDefaultAuthorizerInput{AuthorizerName: "account"})
	f := func(r Request, want string) {
		t.Helper()
		if got := w.letIn(r).Authorizer; got != want {
			t.Errorf("%+v: asked %s, want %s", r, got, want)
		}
	}
	f(req, "account")
	f(named(req), "named")
	if req.Names() || !func() bool { r := named(req); return r.Names() }() {
		t.Error("Names tells the two apart wrongly")
	}
	req.Default = "domain"
	f(req, "domain")
	f(named(req), "named")
	req.Fixed = true
	f(req, "domain")
	w.turnedAway(named(req), ParameterInvalid, `does not let clients name another authorizer than "domain"; this one named "named"`)
	if _, err := w.Authenticate(context.Background(), stranger, named(Request{})); err == nil {
		t.Error("a client of another account is let in")
	}

	// Without signatures the function is told that nothing was verified.
	if got := w.called()[0]; got[:strings.Index(got, `,"connection`)] != `{"signatureVerified":false,"protocols":["mqtt"],"protocolData":{"mqtt":{"username":"ada","password":"cA=="}}` {
		t.Errorf("event %s", got)
	}
}

func TestHTTP(t *testing.T) {
	w := newWorld(t)
	w.signed("gate")
	signature := newSigner().sign(t, "t")
	h := http.Header{}
	h.Set("x-amz-customauthorizer-name", "gate")
	h.Set("x-amz-customauthorizer-signature", signature)
	h.Set("pass", "t")
	w.letIn(Request{TLS: true, HTTP: &HTTP{Header: h, RawQuery: "qos=1"}, Connection: "c"})
	if got := w.called()[0]; !strings.Contains(got, `"protocols":["tls","http"],"protocolData":{"tls":{"serverName":""},"http":{"headers":{"Pass":"t",`) || !strings.Contains(got, `"queryString":"?qos=1"`) {
		t.Errorf("event %s", got)
	}
	w.letIn(Request{TLS: true, HTTP: &HTTP{RawQuery: "x-amz-customauthorizer-name=gate&pass=t&x-amz-customauthorizer-signature=" + url.QueryEscape(signature)}})
}

func TestAnswers(t *testing.T) {
	w := newWorld(t)
	w.unsigned("gate")
	req := Request{Default: "gate", MQTT: &MQTT{}}
	f := func(answer, want string) {
		t.Helper()
		w.says(answer)
		w.turnedAway(req, ExecutionError, want)
	}
	grant := func(more string) string { return `{"isAuthenticated":true,"principalId":"a"` + more + `}` }
	document := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:Connect","Resource":"*"}]}`
	f("", "is not the JSON object that is expected")
	f("[]", "is not the JSON object that is expected")
	f("{}", "the answer has no isAuthenticated")
	f(`{"isAuthenticated":true}`, `principalId is ""; want 1 to 128 letters and digits`)
	f(`{"isAuthenticated":true,"principalId":"`+strings.Repeat("a", 129)+`"}`, "want 1 to 128")
	f(grant(`,"disconnectAfterInSeconds":299`), "disconnectAfterInSeconds is 299; allowed are 300 to 86400")
	f(grant(`,"refreshAfterInSeconds":86401`), "refreshAfterInSeconds is 86401; allowed are 300 to 86400")
	f(grant(`,"policyDocuments":[`+strings.Repeat(document+",", 10)+document+`]`), "there are 11 policyDocuments; allowed are 10")
	f(grant(`,"policyDocuments":[`+document+`,{"Version":"2012-10-17"}]`), "policyDocuments[1]: ")
	f(grant(`,"policyDocuments":[`+strings.Replace(document, `"*"`, `"arn:aws:iot:*:*:`+strings.Repeat("x", 2048)+`"`, 1)+`]`), "allowed are 2048")
	w.says(`{"isAuthenticated":false,"principalId":"?"}`)
	w.turnedAway(req, NotAuthenticated, "answers isAuthenticated false")
	w.says(grant(""))
	if g := w.letIn(req); g.DisconnectAfter != 24*time.Hour || g.RefreshAfter != 24*time.Hour || len(g.Policies) != 0 {
		t.Errorf("grant %+v", g)
	}
	w.answer = func(context.Context) (string, error) { return "", errors.New("exit status 3") }
	w.turnedAway(req, ExecutionError, "exit status 3")
}

func TestSlowFunction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.unsigned("gate")
		w.answer = func(ctx context.Context) (string, error) {
			<-ctx.Done()
			return "", fmt.Errorf("asked: %w", ctx.Err())
		}
		began := time.Now()
		w.turnedAway(Request{Default: "gate", MQTT: &MQTT{}}, ExecutionError, "it took longer than 5s")
		if took := time.Since(began); took != patience {
			t.Errorf("it took %v", took)
		}
	})
}

// An answer holds for the requests of one HTTP connection, if the authorizer says so, until it is to be refreshed or the authorizer changes.
func TestAnswersHoldForAConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.unsigned("gate")
		req := func(connection, authorization string) Request {
			return Request{Default: "gate", Connection: connection, HTTP: &HTTP{Header: http.Header{"Authorization": {authorization}}}}
		}
		f := func(r Request, calls int) {
			t.Helper()
			w.letIn(r)
			if n := len(w.called()); n != calls {
				t.Errorf("%d calls of the function, want %d", n, calls)
			}
		}
		f(req("c1", "ada"), 1)
		f(req("c1", "ada"), 1)
		ok(t, w.UpdateAuthorizer, iot.UpdateAuthorizerInput{AuthorizerName: "gate", EnableCachingForHttp: new(true)})
		f(req("c1", "ada"), 1)
		f(req("c1", "ada"), 0)
		f(req("c1", "eve"), 1)
		f(req("c2", "ada"), 1)
		f(req("", "ada"), 1)
		f(Request{Default: "gate", Connection: "c1", MQTT: &MQTT{}}, 1)
		time.Sleep(10*time.Minute - time.Second)
		f(req("c1", "ada"), 0)
		time.Sleep(time.Second)
		f(req("c1", "ada"), 1)
		ok(t, w.UpdateAuthorizer, iot.UpdateAuthorizerInput{AuthorizerName: "gate", TokenKeyName: "other"})
		f(req("c1", "ada"), 1)
	})
}
