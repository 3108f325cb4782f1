package identity

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iam"
	"telltale/lang/shape/sts"
	"telltale/lang/wire/sigv4"
	"telltale/store/state"
)

// trust is a trust policy for one principal, with a condition or without.
func trust(principal, condition string) string {
	if condition != "" {
		condition = `,"Condition":` + condition
	}
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":%s,"Action":["sts:AssumeRole","sts:TagSession"]%s}}`, principal, condition)
}

func rootOf(account string) string { return `{"AWS":"arn:aws:iam::` + account + `:root"}` }

// newRole makes a role that may do one thing.
func newRole(t testing.TB, d *Directory, ctx context.Context, name, trust, action string) (arn string) {
	t.Helper()
	out := must[*iam.CreateRoleOutput](t)(d.CreateRole(ctx, &iam.CreateRoleInput{RoleName: name, AssumeRolePolicyDocument: trust}))
	must[*iam.PutRolePolicyOutput](t)(d.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: name, PolicyName: "may", PolicyDocument: statement("Allow", action, "*")}))
	return out.Role.Arn
}

// may checks what the holder of temporary credentials may do.
func may(t testing.TB, d *Directory, c *sts.Credentials, action, want string) {
	t.Helper()
	err := d.Allow(t.Context(), &mustKey(t, d, c.AccessKeyId).Caller, action, "*")
	switch {
	case want == "" && err != nil:
		t.Errorf("%s: %v", action, err)
	case want != "":
		refused(t, action, err, fault.Denied, accessDenied, want)
	}
}

func strict(t testing.TB) *Directory {
	t.Helper()
	db, err := state.OpenMemory(Tables()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return openDirectory(t, db, Config{})
}

func TestAssumeRole(t *testing.T) {
	d := strict(t)
	root := asRoot(t, home)
	bob := signedIn(t, d, newUser(t, d, root, "bob", statement("Allow", "sts:*", "*")))
	arn := newRole(t, d, root, "reader", trust(rootOf(home), ""), "iot:List*")

	out := must[*sts.AssumeRoleOutput](t)(d.AssumeRole(bob, &sts.AssumeRoleInput{RoleArn: arn, RoleSessionName: "night"}))
	k := mustKey(t, d, out.Credentials.AccessKeyId)
	if !strings.HasPrefix(k.Caller.AccessKeyID, "ASIA") || len(k.Caller.AccessKeyID) != 20 || k.Secret != out.Credentials.SecretAccessKey ||
		k.SessionToken != out.Credentials.SessionToken || !k.Verify || !k.Caller.Temporary || k.Caller.Kind != caller.AssumedRole {
		t.Errorf("key %+v of %+v", k, k.Caller)
	}
	if want := "arn:aws:sts::" + home + ":assumed-role/reader/night"; out.AssumedRoleUser.Arn != want || k.Caller.ARN != want || k.Caller.PrincipalID != out.AssumedRoleUser.AssumedRoleId {
		t.Errorf("assumed role user %+v, caller %+v", out.AssumedRoleUser, k.Caller)
	}
	if out.PackedPolicySize != nil {
		t.Errorf("packed size %d without session policies", *out.PackedPolicySize)
	}
	may(t, d, out.Credentials, "iot:ListThings", "")
	may(t, d, out.Credentials, "iot:CreateThing", "because no identity-based policy allows the iot:CreateThing action")

	// A change of the role is felt by its sessions; a new role of the same name is another.
	must[*iam.PutRolePolicyOutput](t)(d.PutRolePolicy(root, &iam.PutRolePolicyInput{RoleName: "reader", PolicyName: "may", PolicyDocument: statement("Allow", "iot:Create*", "*")}))
	may(t, d, out.Credentials, "iot:CreateThing", "")
	must[*iam.DeleteRolePolicyOutput](t)(d.DeleteRolePolicy(root, &iam.DeleteRolePolicyInput{RoleName: "reader", PolicyName: "may"}))
	must[*iam.DeleteRoleOutput](t)(d.DeleteRole(root, &iam.DeleteRoleInput{RoleName: "reader"}))
	may(t, d, out.Credentials, "iot:CreateThing", "There is no policy.")
	newRole(t, d, root, "reader", trust(rootOf(home), ""), "iot:*")
	may(t, d, out.Credentials, "iot:CreateThing", "There is no policy.")
}

func TestSessionPolicies(t *testing.T) {
	d := strict(t)
	root := asRoot(t, home)
	bob := signedIn(t, d, newUser(t, d, root, "bob", statement("Allow", "sts:*", "*")))
	arn := newRole(t, d, root, "admin", trust(rootOf(home), ""), "iot:*")
	managed := must[*iam.CreatePolicyOutput](t)(d.CreatePolicy(root, &iam.CreatePolicyInput{PolicyName: "things", PolicyDocument: statement("Allow", "iot:*Thing", "*")})).Policy.Arn
	in := sts.AssumeRoleInput{RoleArn: arn, RoleSessionName: "night", Policy: statement("Allow", "iot:List*", "*")}
	out := must[*sts.AssumeRoleOutput](t)(d.AssumeRole(bob, &in))
	if out.PackedPolicySize == nil || *out.PackedPolicySize < 1 || *out.PackedPolicySize > 10 {
		t.Errorf("packed size %v", out.PackedPolicySize)
	}
	may(t, d, out.Credentials, "iot:ListThings", "")
	may(t, d, out.Credentials, "iot:CreateThing", "because no session policy allows the iot:CreateThing action")
	may(t, d, out.Credentials, "logs:ListTags", "because no identity-based policy allows")
	in.PolicyArns = []sts.PolicyDescriptorType{{Arn: managed}}
	out = must[*sts.AssumeRoleOutput](t)(d.AssumeRole(bob, &in))
	may(t, d, out.Credentials, "iot:ListThings", "")
	may(t, d, out.Credentials, "iot:CreateThing", "")
	may(t, d, out.Credentials, "iot:CreatePolicy", "no session policy")
	in.Policy = statement("Deny", "iot:CreateThing", "*")
	out = must[*sts.AssumeRoleOutput](t)(d.AssumeRole(bob, &in))
	may(t, d, out.Credentials, "iot:CreateThing", "with an explicit deny in a session policy")

	in.Policy = `{"Statement":`
	_, err := d.AssumeRole(bob, &in)
	refused(t, "malformed policy", err, fault.Invalid, sts.MalformedPolicyDocumentException, "")
	in.Policy = statement("Allow", "iot:List*", strings.Repeat("x", 2048))
	_, err = d.AssumeRole(bob, &in)
	refused(t, "malformed policy", err, fault.Invalid, sts.MalformedPolicyDocumentException, "")
	in.Policy = statement("Allow", "iot:List*", "arn:aws:iot:*:*:"+strings.Repeat("x", 2048))
	_, err = d.AssumeRole(bob, &in)
	refused(t, "large policy", err, fault.Invalid, sts.PackedPolicyTooLargeException, "allowed are 2048")
	in.Policy, in.PolicyArns = "", []sts.PolicyDescriptorType{{Arn: managed + "x"}}
	_, err = d.AssumeRole(bob, &in)
	refused(t, "unknown policy", err, fault.Invalid, "", "was not found")
}

func TestWhoMayAssume(t *testing.T) {
	d := strict(t)
	root, theirs := asRoot(t, home), asRoot(t, foreign)
	nobody := signedIn(t, d, newUser(t, d, root, "nobody"))
	bob := signedIn(t, d, newUser(t, d, root, "bob", statement("Allow", "sts:AssumeRole", "*")))
	denied := signedIn(t, d, newUser(t, d, root, "denied", statement("Deny", "sts:AssumeRole", "*")))
	stranger := signedIn(t, d, newUser(t, d, theirs, "eve", statement("Allow", "sts:AssumeRole", "*")))
	hour, two := int32(3600), int32(7200)
	f := func(who context.Context, trust string, change func(*sts.AssumeRoleInput), want string) {
		t.Helper()
		arn := "arn:aws:iam::" + home + ":role/r"
		if trust != "" {
			arn = newRole(t, d, root, "r", trust, "iot:*")
			defer func() {
				must[*iam.DeleteRolePolicyOutput](t)(d.DeleteRolePolicy(root, &iam.DeleteRolePolicyInput{RoleName: "r", PolicyName: "may"}))
				must[*iam.DeleteRoleOutput](t)(d.DeleteRole(root, &iam.DeleteRoleInput{RoleName: "r"}))
			}()
		}
		in := &sts.AssumeRoleInput{RoleArn: arn, RoleSessionName: "s1"}
		if change != nil {
			change(in)
		}
		_, err := d.AssumeRole(who, in)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("trust %s of %s: got %v, want %q", trust, caller.From(who).ARN, err, want)
		}
	}
	f(bob, trust(rootOf(home), ""), nil, "")
	f(bob, "", nil, "Role arn:aws:iam::"+home+":role/r does not exist")
	f(root, trust(rootOf(home), ""), nil, "Roles may not be assumed by root accounts")
	f(nobody, trust(rootOf(home), ""), nil, "because no identity-based policy allows the sts:AssumeRole action")
	f(nobody, trust(`{"AWS":"arn:aws:iam::`+home+`:user/nobody"}`, ""), nil, "") // named: the trust policy suffices
	f(denied, trust(`{"AWS":"arn:aws:iam::`+home+`:user/denied"}`, ""), nil, "with an explicit deny")
	f(bob, trust(`{"AWS":"arn:aws:iam::`+home+`:user/nobody"}`, ""), nil, "Its trust policy does not allow it")
	f(stranger, trust(rootOf(foreign), ""), nil, "")
	const nothing = ":user/eve is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::" + home + ":role/r."
	for _, text := range []string{"", trust(rootOf(home), "")} { // strangers cannot tell a role that is not theirs from one that is not there
		f(stranger, text, nil, nothing)
		if text != "" {
			newRole(t, d, root, "r", text, "iot:*")
		}
		_, err := d.AssumeRole(stranger, &sts.AssumeRoleInput{RoleArn: "arn:aws:iam::" + home + ":role/r", RoleSessionName: "s1"})
		if !strings.HasSuffix(err.Error(), nothing) {
			t.Errorf("a stranger learns: %v", err)
		}
	}
	must[*iam.DeleteRolePolicyOutput](t)(d.DeleteRolePolicy(root, &iam.DeleteRolePolicyInput{RoleName: "r", PolicyName: "may"}))
	must[*iam.DeleteRoleOutput](t)(d.DeleteRole(root, &iam.DeleteRoleInput{RoleName: "r"}))
	external := trust(rootOf(home), `{"StringEquals":{"sts:ExternalId":"k7"}}`)
	f(bob, external, nil, "sts:ExternalId")
	f(bob, external, func(in *sts.AssumeRoleInput) { in.ExternalId = "k7" }, "")
	f(bob, trust(rootOf(home), ""), func(in *sts.AssumeRoleInput) { in.DurationSeconds = &hour }, "")
	f(bob, trust(rootOf(home), ""), func(in *sts.AssumeRoleInput) { in.DurationSeconds = &two }, "exceeds the MaxSessionDuration set for this role: 7200")
	f(bob, trust(rootOf(home), ""), func(in *sts.AssumeRoleInput) { in.Tags = []sts.Tag{{Key: "team", Value: "a"}} }, "sts:TagSession")
	f(bob, trust(rootOf(home), ""), func(in *sts.AssumeRoleInput) { in.SourceIdentity = "ada" }, "sts:SetSourceIdentity")
	f(bob, trust(rootOf(home), ""), func(in *sts.AssumeRoleInput) { in.TokenCode = "123456" }, "not implemented")
}

// In dev mode everybody is root, and may be whom root may be.
func TestGuestAssumes(t *testing.T) {
	d := newDirectory(t)
	ctx := asRoot(t, home)
	out := must[*sts.AssumeRoleOutput](t)(d.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: newRole(t, d, ctx, "r", trust(rootOf(home), ""), "iot:*"), RoleSessionName: "s1"}))
	may(t, d, out.Credentials, "iot:ListThings", "")
	may(t, d, out.Credentials, "logs:ListTags", "no identity-based policy")
	_, err := d.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: newRole(t, d, ctx, "q", trustIoT, "iot:*"), RoleSessionName: "s1"})
	refused(t, "AssumeRole", err, fault.Denied, accessDenied, "Its trust policy does not allow it")
}

// A session may assume the next role, for an hour; and what it is called is known to policies.
func TestRoleChain(t *testing.T) {
	d := strict(t)
	root := asRoot(t, home)
	bob := signedIn(t, d, newUser(t, d, root, "bob", statement("Allow", "sts:*", "*")))
	first := newRole(t, d, root, "first", trust(rootOf(home), ""), "sts:AssumeRole")
	second := newRole(t, d, root, "second", trust(`{"AWS":"`+first+`"}`, ""), "iot:*")
	must[*iam.UpdateRoleOutput](t)(d.UpdateRole(root, &iam.UpdateRoleInput{RoleName: "second", MaxSessionDuration: new(int32(7200))}))
	out := must[*sts.AssumeRoleOutput](t)(d.AssumeRole(bob, &sts.AssumeRoleInput{RoleArn: first, RoleSessionName: "s1", Tags: []sts.Tag{{Key: "Team", Value: "a"}}}))
	session := signedIn(t, d, out.Credentials.AccessKeyId)
	must[*iam.PutRolePolicyOutput](t)(d.PutRolePolicy(root, &iam.PutRolePolicyInput{RoleName: "first", PolicyName: "tagged", PolicyDocument: `{"Version":"2012-10-17",` +
		`"Statement":{"Effect":"Allow","Action":"iot:DescribeThing","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/Team":"a","aws:PrincipalArn":"` + first + `"}}}}`}))
	may(t, d, out.Credentials, "iot:DescribeThing", "")
	in := &sts.AssumeRoleInput{RoleArn: second, RoleSessionName: "s2", DurationSeconds: new(int32(3601))}
	_, err := d.AssumeRole(session, in)
	refused(t, "chain", err, fault.Invalid, "", "1 hour session limit for roles assumed by role chaining")
	in.DurationSeconds = nil
	next := must[*sts.AssumeRoleOutput](t)(d.AssumeRole(session, in))
	may(t, d, next.Credentials, "iot:CreateThing", "")
	_, err = d.GetSessionToken(session, &sts.GetSessionTokenInput{})
	refused(t, "GetSessionToken of a session", err, fault.Denied, accessDenied, "long-term key")
}

func TestExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := strict(t)
		bob := signedIn(t, d, newUser(t, d, asRoot(t, home), "bob", statement("Allow", "iot:*", "*")))
		c := must[*sts.GetSessionTokenOutput](t)(d.GetSessionToken(bob, &sts.GetSessionTokenInput{DurationSeconds: new(int32(900))})).Credentials
		who := &mustKey(t, d, c.AccessKeyId).Caller
		time.Sleep(15*time.Minute - time.Second)
		may(t, d, c, "iot:ListThings", "")
		time.Sleep(time.Second)
		_, err := d.Key(t.Context(), c.AccessKeyId)
		refused(t, "expired", err, fault.Denied, sigv4.CodeTokenExpired, "expired at")
		refused(t, "expired", d.Allow(t.Context(), who, "iot:ListThings", "*"), fault.Denied, sigv4.CodeTokenExpired, "expired at")

		// Long afterwards nobody remembers them.
		time.Sleep(remembered + time.Second)
		d.keys.forget()
		must[*sts.GetSessionTokenOutput](t)(d.GetSessionToken(bob, &sts.GetSessionTokenInput{}))
		_, err = d.Key(t.Context(), c.AccessKeyId)
		refused(t, "forgotten", err, fault.Denied, sigv4.CodeUnrecognized, "no active access key")
	})
}

func TestSessionToken(t *testing.T) {
	d := strict(t)
	root := asRoot(t, home)
	bob := signedIn(t, d, newUser(t, d, root, "bob", statement("Allow", "*", "*")))
	c := must[*sts.GetSessionTokenOutput](t)(d.GetSessionToken(bob, &sts.GetSessionTokenInput{})).Credentials
	may(t, d, c, "iot:ListThings", "")
	may(t, d, c, "sts:AssumeRole", "")
	may(t, d, c, "iam:ListUsers", "cannot call it")
	may(t, d, c, "sts:GetFederationToken", "cannot call it")
	if who := mustKey(t, d, c.AccessKeyId).Caller; who.UserName != "bob" || who.Kind != caller.User {
		t.Errorf("caller %+v", who)
	}
	c = must[*sts.GetSessionTokenOutput](t)(d.GetSessionToken(root, &sts.GetSessionTokenInput{DurationSeconds: new(int32(7200))})).Credentials
	if left := time.Until(c.Expiration); left > time.Hour {
		t.Errorf("root's session lasts %v", left)
	}
	may(t, d, c, "iot:ListThings", "")
	may(t, d, c, "iam:ListUsers", "cannot call it")
}

func TestFederationToken(t *testing.T) {
	d := strict(t)
	bob := signedIn(t, d, newUser(t, d, asRoot(t, home), "bob", statement("Allow", "iot:*", "*")))
	out := must[*sts.GetFederationTokenOutput](t)(d.GetFederationToken(bob, &sts.GetFederationTokenInput{Name: "eve"}))
	may(t, d, out.Credentials, "iot:ListThings", "no session policy")
	if out.FederatedUser.Arn != "arn:aws:sts::"+home+":federated-user/eve" || out.FederatedUser.FederatedUserId != home+":eve" {
		t.Errorf("federated user %+v", out.FederatedUser)
	}
	out = must[*sts.GetFederationTokenOutput](t)(d.GetFederationToken(bob, &sts.GetFederationTokenInput{Name: "eve", Policy: statement("Allow", "*", "*")}))
	may(t, d, out.Credentials, "iot:ListThings", "")
	may(t, d, out.Credentials, "logs:ListTags", "no identity-based policy")
	may(t, d, out.Credentials, "sts:AssumeRole", "cannot call it")
}

func TestServiceCredentials(t *testing.T) {
	d := strict(t)
	root := asRoot(t, home)
	const service = "credentials.iot.amazonaws.com"
	arn := newRole(t, d, root, "device", trust(`{"Service":"`+service+`"}`, `{"ArnEquals":{"aws:SourceArn":"arn:aws:iot:us-east-1:`+home+`:rolealias/a"}}`), "iot:None")
	must[*iam.PutRolePolicyOutput](t)(d.PutRolePolicy(root, &iam.PutRolePolicyInput{RoleName: "device", PolicyName: "may", PolicyDocument: `{"Version":"2012-10-17","Statement":` +
		`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${credentials-iot:ThingName}/*"}}`}))
	s := ServiceSession{RoleARN: arn, Service: service, Source: "arn:aws:iot:us-east-1:" + home + ":rolealias/a", Name: "cert", Seconds: 900,
		Keys: map[string]string{"credentials-iot:thingname": "lamp"}}
	c := must[*sts.Credentials](t)(d.ServiceCredentials(root, s))
	who := &mustKey(t, d, c.AccessKeyId).Caller
	if err := d.Allow(root, who, "s3:GetObject", "arn:aws:s3:::b/lamp/x"); err != nil {
		t.Error(err)
	}
	if err := d.Allow(root, who, "s3:GetObject", "arn:aws:s3:::b/pump/x"); err == nil {
		t.Error("a device reaches the objects of another thing")
	}
	f := func(change func(*ServiceSession), kind fault.Kind, want string) {
		t.Helper()
		s := s
		change(&s)
		_, err := d.ServiceCredentials(root, s)
		refused(t, "ServiceCredentials", err, kind, "", want)
	}
	f(func(s *ServiceSession) { s.Seconds = 3601 }, fault.Invalid, "at most 3600 seconds")
	f(func(s *ServiceSession) { s.RoleARN += "x" }, fault.NotFound, "does not exist")
	f(func(s *ServiceSession) { s.Source = "arn:aws:iot:us-east-1:" + home + ":rolealias/b" }, fault.Denied, "cannot be assumed by credentials.iot.amazonaws.com")
	f(func(s *ServiceSession) { s.Source = "arn:aws:iot:us-east-1:" + foreign + ":rolealias/a" }, fault.Denied, "belongs to account")
}
