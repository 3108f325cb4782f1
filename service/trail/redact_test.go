package trail

import (
	"strings"
	"testing"
	"time"

	"telltale/lang/shape/iam"
	"telltale/lang/shape/iot"
	"telltale/lang/wire"
)

func TestRedactedNames(t *testing.T) {
	f := func(name string, want verdict) {
		t.Helper()
		if got := judge(name); got != want {
			t.Errorf("judge(%q) = %d, want %d", name, got, want)
		}
	}
	for _, name := range []string{"privateKey", "PrivateKey", "certificateOwnershipToken", "token", "clientAccessToken", "password", "newPassword",
		"appKey", "AppKey", "nwkKey", "NwkKey", "genAppKey", "appSKey", "AppSKey", "nwkSKey", "fNwkSIntKey", "SNwkSIntKey", "nwkSEncKey",
		"appSessionKey", "secretAccessKey", "SecretAccessKey", "sessionToken", "sourceAccessToken", "destinationAccessToken"} {
		f(name, hidden)
	}
	f("document", shortOnly)
	f("payload", shortOnly)
	for _, name := range []string{"publicKey", "certificatePem", "certificateSigningRequest", "nextToken", "clientRequestToken", "accessKeyId", "accessKey",
		"policyDocument", "thingName", "documentSource", "tokenKeyName", ""} {
		f(name, shown)
	}
}

// Whatever kind of value a secret has, and wherever it stands, nothing of it is written and the text stays JSON.
func TestRedactor(t *testing.T) {
	f := func(write func(w wire.Writer), want string) {
		t.Helper()
		var r redactor
		r.BeginStruct()
		r.Field("before")
		r.Int(1)
		r.Field("token")
		write(&r)
		r.Field("after")
		r.Bool(true)
		r.EndStruct()
		if got, want := string(r.Bytes()), `{"before":1,"token":`+want+`,"after":true}`; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	const gone = `"` + removed + `"`
	f(func(w wire.Writer) { w.Text("s") }, gone)
	f(func(w wire.Writer) { w.Bool(true) }, gone)
	f(func(w wire.Writer) { w.Int(7) }, gone)
	f(func(w wire.Writer) { w.Float(7, 64) }, gone)
	f(func(w wire.Writer) { w.Blob([]byte("s")) }, gone)
	f(func(w wire.Writer) { w.Time(time.Unix(7, 0), true) }, gone)
	f(func(w wire.Writer) {
		w.BeginList(2, wire.Form{})
		w.Text("s")
		w.BeginStruct()
		w.Field("a")
		w.Text("s")
		w.EndStruct()
		w.EndList()
	}, gone)
	f(func(w wire.Writer) {
		w.BeginMap(1, wire.Form{})
		w.Key("token")
		w.BeginList(1, wire.Form{})
		w.Blob([]byte("s"))
		w.EndList()
		w.EndMap()
	}, gone)
}

func TestSecretsInCalls(t *testing.T) {
	long := strings.Repeat("d", maxText+1)
	f := func(c *Call, wantRequest, wantResponse string) {
		t.Helper()
		c.Caller = root(home)
		if got := part(t, c, "requestParameters"); got != wantRequest {
			t.Errorf("%s: requestParameters\n got %s\nwant %s", c.Name, got, wantRequest)
		}
		if got := part(t, c, "responseElements"); got != wantResponse {
			t.Errorf("%s: responseElements\n got %s\nwant %s", c.Name, got, wantResponse)
		}
	}
	f(&Call{Service: iot.Service, Name: "CreateKeysAndCertificate", Input: &iot.CreateKeysAndCertificateInput{SetAsActive: new(true)},
		Output: &iot.CreateKeysAndCertificateOutput{CertificateId: "1f", CertificatePem: "PEM", KeyPair: &iot.KeyPair{PublicKey: "PUB", PrivateKey: "PRIV"}}},
		`{"setAsActive":true}`,
		`{"certificateId":"1f","certificatePem":"PEM","keyPair":{"publicKey":"PUB","privateKey":"<sensitiveDataRemoved>"}}`)
	f(&Call{Service: iam.Service, Name: "CreateAccessKey", Input: &iam.CreateAccessKeyInput{UserName: "ada"},
		Output: &iam.CreateAccessKeyOutput{AccessKey: &iam.AccessKey{UserName: "ada", AccessKeyId: "AKIA", Status: "Active", SecretAccessKey: "SECRET"}}},
		`{"userName":"ada"}`,
		`{"accessKey":{"userName":"ada","accessKeyId":"AKIA","status":"Active","secretAccessKey":"<sensitiveDataRemoved>"}}`)
	f(&Call{Service: iot.Service, Name: "CreateThing", Input: &iot.CreateThingInput{ThingName: "lamp",
		AttributePayload: &iot.AttributePayload{Attributes: map[string]string{"color": "red", "password": "hunter2"}}}},
		`{"thingName":"lamp","attributePayload":{"attributes":{"color":"red","password":"<sensitiveDataRemoved>"}}}`, `null`)
	f(&Call{Service: iot.Service, Name: "TestInvokeAuthorizer", Input: &iot.TestInvokeAuthorizerInput{AuthorizerName: "a", Token: "jwt", TokenSignature: "sig",
		MqttContext: &iot.MqttContext{Username: "u", Password: []byte("p"), ClientId: "c"}}},
		`{"authorizerName":"a","token":"<sensitiveDataRemoved>","tokenSignature":"sig","mqttContext":{"username":"u","password":"<sensitiveDataRemoved>","clientId":"c"}}`, `null`)
	f(&Call{Service: iot.Service, Name: "CreateJob", Input: &iot.CreateJobInput{JobId: "j", Targets: []string{"t"}, Document: long}},
		`{"jobId":"j","targets":["t"],"document":"<sensitiveDataRemoved>"}`, `null`)
	f(&Call{Service: iot.Service, Name: "CreateJob", Input: &iot.CreateJobInput{JobId: "j", Targets: []string{"t"}, Document: long[1:]}},
		`{"jobId":"j","targets":["t"],"document":"`+long[1:]+`"}`, `null`)
	// What the model itself calls sensitive.
	f(&Call{Service: iam.Service, Name: "ChangePassword", Input: &iam.ChangePasswordInput{OldPassword: "a", NewPassword: "b"}},
		`{"oldPassword":"<sensitiveDataRemoved>","newPassword":"<sensitiveDataRemoved>"}`, `null`)
}
