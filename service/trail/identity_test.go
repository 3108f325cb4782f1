package trail

import (
	"encoding/json"
	"testing"
	"time"

	"telltale/base/caller"
)

func TestUserIdentity(t *testing.T) {
	f := func(c caller.Caller, want, wantName string) {
		t.Helper()
		c.Scope = home
		u := identityOf(&c)
		got, err := json.Marshal(u)
		if err != nil || string(got) != want {
			t.Errorf("identity of %+v:\n got %s, %v\nwant %s", c, got, err, want)
		}
		if name := u.lookupName(); name != wantName {
			t.Errorf("Username of %+v = %q, want %q", c, name, wantName)
		}
	}
	f(caller.Caller{Kind: caller.Root, AccessKeyID: "AKIA1"},
		`{"type":"Root","principalId":"123456789012","arn":"arn:aws:iam::123456789012:root","accountId":"123456789012","accessKeyId":"AKIA1"}`, "root")
	f(caller.Caller{Kind: caller.User, AccessKeyID: "AKIA2", PrincipalID: "AIDA2", ARN: "arn:aws:iam::123456789012:user/ops/ada", UserName: "ada"},
		`{"type":"IAMUser","principalId":"AIDA2","arn":"arn:aws:iam::123456789012:user/ops/ada","accountId":"123456789012","accessKeyId":"AKIA2","userName":"ada"}`, "ada")
	f(caller.Caller{Kind: caller.User, AccessKeyID: "ASIA2", PrincipalID: "AIDA2", ARN: "arn:aws:iam::123456789012:user/ada", UserName: "ada", Temporary: true},
		`{"type":"IAMUser","principalId":"AIDA2","arn":"arn:aws:iam::123456789012:user/ada","accountId":"123456789012","accessKeyId":"ASIA2","userName":"ada",`+
			`"sessionContext":{"sessionIssuer":{},"webIdFederationData":{},"attributes":{"mfaAuthenticated":"false"}}}`, "ada")
	f(caller.Caller{Kind: caller.AssumedRole, AccessKeyID: "ASIA3", PrincipalID: "AROA3:night", ARN: "arn:aws:sts::123456789012:assumed-role/logging/night"},
		`{"type":"AssumedRole","principalId":"AROA3:night","arn":"arn:aws:sts::123456789012:assumed-role/logging/night","accountId":"123456789012","accessKeyId":"ASIA3",`+
			`"sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROA3","arn":"arn:aws:iam::123456789012:role/logging","accountId":"123456789012","userName":"logging"},`+
			`"webIdFederationData":{},"attributes":{"mfaAuthenticated":"false"}}}`, "night")
	f(caller.Caller{Kind: caller.Federated, AccessKeyID: "ASIA4", PrincipalID: "123456789012:eve", ARN: "arn:aws:sts::123456789012:federated-user/eve", Temporary: true,
		Issued: time.Date(2023, 8, 26, 18, 45, 20, 0, time.UTC)},
		`{"type":"FederatedUser","principalId":"123456789012:eve","arn":"arn:aws:sts::123456789012:federated-user/eve","accountId":"123456789012","accessKeyId":"ASIA4",`+
			`"sessionContext":{"sessionIssuer":{},"webIdFederationData":{},"attributes":{"creationDate":"2023-08-26T18:45:20Z","mfaAuthenticated":"false"}}}`, "eve")
	f(caller.Caller{Kind: caller.Service, PrincipalID: "iot.amazonaws.com"}, `{"type":"AWSService","invokedBy":"iot.amazonaws.com"}`, "iot.amazonaws.com")
	f(caller.Caller{Kind: caller.Service, UserName: "iot.amazonaws.com"}, `{"type":"AWSService","invokedBy":"iot.amazonaws.com"}`, "iot.amazonaws.com")
	f(caller.Caller{Kind: caller.Anonymous}, `{"type":"Unknown","accountId":"123456789012"}`, "")
}

// A service that calls has no address, no browser and no TLS of its own.
func TestServiceCalls(t *testing.T) {
	c := createThing(&caller.Caller{Scope: home, Kind: caller.Service, PrincipalID: "iot.amazonaws.com", SourceIP: "192.0.2.1", UserAgent: "x"}, "lamp", noon)
	r := newRecord(c, noon, false)
	if r.SourceIPAddress != "iot.amazonaws.com" || r.UserAgent != "iot.amazonaws.com" || r.TLSDetails != nil {
		t.Errorf("record = %+v, want the service as address and user agent", r)
	}
}
