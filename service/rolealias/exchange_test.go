package rolealias

import (
	"context"
	"slices"
	"strings"
	"testing"

	"telltale/lang/shape/iam"
	"telltale/lang/shape/iot"
)

// The order of the checks is that of AWS: thing, policy, alias, role, duration.
func TestExchange(t *testing.T) {
	w := newWorld(t)
	const denied, notFound, bad = "AccessDeniedException", "ResourceNotFoundException", "InvalidRequestException"
	lamp := Request{Alias: "a", Thing: "lamp"}
	w.turnedAway(lamp, 403, denied, "Invalid thing name passed", `there is no thing "lamp"`)
	ok(t, w.registry.CreateThingType, iot.CreateThingTypeInput{ThingTypeName: "light"})
	ok(t, w.registry.CreateThing, iot.CreateThingInput{ThingName: "lamp", ThingTypeName: "light"})
	w.turnedAway(lamp, 403, denied, "Invalid thing name passed", "is not attached to the thing")
	ok(t, w.registry.AttachThingPrincipal, iot.AttachThingPrincipalInput{ThingName: "lamp", Principal: w.cert})
	w.turnedAway(lamp, 403, denied, "Access Denied", "no policy allows iot:AssumeRoleWithCertificate on arn:aws:iot:eu-central-1:123456789012:rolealias/a")
	w.policy("other", "b")
	w.turnedAway(lamp, 403, denied, "Access Denied", "nearest is statement 1 of policy other")
	w.policy("own", "a")
	w.turnedAway(lamp, 404, notFound, "Role alias does not exist", "The role alias a does not exist")
	ok(t, w.CreateRoleAlias, iot.CreateRoleAliasInput{RoleAlias: "a", RoleArn: role, CredentialDurationSeconds: new(int32(7200))})
	const unable = "Unable to assume the role, or the role to assume does not exist"
	w.turnedAway(lamp, 400, bad, unable, "Role "+role+" does not exist")
	w.role("device", strings.Replace(trust, "credentials.", "", 1))
	w.turnedAway(lamp, 400, bad, unable, "cannot be assumed by credentials.iot.amazonaws.com")
	ok(t, w.identity.UpdateAssumeRolePolicy, iam.UpdateAssumeRolePolicyInput{RoleName: "device", PolicyDocument: trust})
	w.turnedAway(lamp, 400, bad, "The requested CredentialDurationSeconds exceeds the MaxSessionDuration set for the role", "at most 3600 seconds")
	ok(t, w.identity.UpdateRole, iam.UpdateRoleInput{RoleName: "device", MaxSessionDuration: new(int32(7200))})
	if len(w.samples) != 0 || len(w.facts) != 8 {
		t.Errorf("samples %v, facts %v", w.samples, w.facts)
	}

	lamp.Leaf = w.leaf
	c, err := w.Exchange(context.Background(), lamp)
	if err != nil {
		t.Fatal(err)
	}
	id := w.cert[strings.Index(w.cert, "cert/")+5:]
	if got, want := w.facts[8], "123456789012 CredentialExchange Success protocol=HTTP principalId="+id+" roleAlias=a thingName=lamp roleArn="+role+" accessKeyId="+c.AccessKeyId; got != want {
		t.Errorf("fact\n got %s\nwant %s", got, want)
	}
	if !slices.Equal(w.samples, []string{"CredentialExchangeSuccess 1 0"}) {
		t.Errorf("samples %v", w.samples)
	}
	key, err := w.identity.Key(context.Background(), c.AccessKeyId)
	if err != nil || key.Caller.ARN != "arn:aws:sts::123456789012:assumed-role/device/"+id {
		t.Errorf("key %+v, %v", key, err)
	}
	may := func(c string, resource string, want bool) {
		t.Helper()
		key, err := w.identity.Key(context.Background(), c)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.identity.Allow(context.Background(), &key.Caller, "s3:GetObject", resource); (err == nil) != want {
			t.Errorf("%s: got %v, want allowed %t", resource, err, want)
		}
	}
	may(c.AccessKeyId, "arn:aws:s3:::b/lamp/light/x", true)
	may(c.AccessKeyId, "arn:aws:s3:::b/pump/light/x", false)

	// Who does not say to be a thing, is none.
	lamp.Thing = ""
	if c, err = w.Exchange(context.Background(), lamp); err != nil {
		t.Fatal(err)
	}
	may(c.AccessKeyId, "arn:aws:s3:::b/lamp/light/x", false)

	ok(t, w.registry.UpdateCertificate, iot.UpdateCertificateInput{CertificateId: id, NewStatus: "INACTIVE"})
	w.turnedAway(lamp, 403, denied, "Certificate is invalid on this endpoint", "the certificate is INACTIVE")
	recorded := len(w.facts)
	w.leaf.Raw[0]++
	w.turnedAway(lamp, 403, denied, "Certificate is invalid on this endpoint", "the certificate is not registered")
	if len(w.facts) != recorded {
		t.Errorf("a fact of nobody's account: %v", w.facts[recorded:])
	}
}
