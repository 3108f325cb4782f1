package registry

import (
	"strings"
	"testing"

	"telltale/base/arn"
	"telltale/lang/shape/iot"
)

func TestTestAuthorization(t *testing.T) {
	f := open(t)
	_, certificate := f.certificate()
	f.thing("lamp")
	f.own("lamp", certificate, false)
	f.groups("house", "kitchen<house")
	f.join("lamp", "kitchen")
	write := func(name, effect, action, resource, condition string) {
		text := `{"Version":"2012-10-17","Statement":[{"Effect":"` + effect + `","Action":"` + action + `","Resource":"arn:aws:iot:us-east-1:111111111111:` + resource + `"` + condition + `}]}`
		do(f, f.CreatePolicy, iot.CreatePolicyInput{PolicyName: name, PolicyDocument: text})
	}
	write("own", "Allow", "iot:Publish", "topic/${iot:Connection.Thing.ThingName}/*", "")
	write("home", "Allow", "iot:Connect", "client/lamp", `,"Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`)
	write("never", "Deny", "iot:Publish", "topic/lamp/secret", "")
	write("extra", "Allow", "iot:Connect", "client/*", "")
	f.attach("own", certificate)
	f.attach("never", certificate)
	f.attach("home", arn.IoT(home, "thinggroup", "house"))

	names := func(list []iot.Policy) (names string) {
		for _, p := range list {
			if p.PolicyArn != arn.IoT(home, "policy", p.PolicyName) {
				t.Errorf("policy %+v", p)
			}
			names += p.PolicyName + " "
		}
		return names
	}
	// ask returns decision, what allowed, what denied implicitly and explicitly, and what is missing.
	ask := func(in iot.TestAuthorizationInput, action string, resources ...string) string {
		t.Helper()
		for i := range resources {
			resources[i] = "arn:aws:iot:us-east-1:111111111111:" + resources[i]
		}
		in.AuthInfos = []iot.AuthInfo{{ActionType: action, Resources: resources}}
		r := do(f, f.TestAuthorization, in).AuthResults[0]
		if r.AuthInfo.ActionType != action {
			t.Errorf("result is about %+v", r.AuthInfo)
		}
		return r.AuthDecision + " | " + names(r.Allowed.Policies) + "| " + names(r.Denied.ImplicitDeny.Policies) + "| " + names(r.Denied.ExplicitDeny.Policies) + "| " + strings.Join(r.MissingContextValues, " ")
	}
	lamp := iot.TestAuthorizationInput{Principal: certificate, ClientId: "lamp"}
	same(t, "own topic", ask(lamp, "PUBLISH", "topic/lamp/t"), "ALLOWED | own | never home | | ")
	same(t, "other topic", ask(lamp, "PUBLISH", "topic/pump/t"), "IMPLICIT_DENY | | never own home | | ")
	same(t, "one of two", ask(lamp, "PUBLISH", "topic/lamp/t", "topic/pump/t"), "IMPLICIT_DENY | own | never home own | | ")
	same(t, "forbidden topic", ask(lamp, "PUBLISH", "topic/lamp/secret"), "EXPLICIT_DENY | own | home | never | ")
	same(t, "address", ask(lamp, "CONNECT", "client/lamp"), "IMPLICIT_DENY | | never own home | | aws:SourceIp")
	pump := lamp
	pump.ClientId = "pump"
	same(t, "no thing", ask(pump, "PUBLISH", "topic/lamp/t"), "IMPLICIT_DENY | | never own | | iot:Connection.Thing.ThingName")
	lamp.PolicyNamesToAdd, lamp.PolicyNamesToSkip = []string{"extra"}, []string{"never", "home"}
	same(t, "added", ask(lamp, "CONNECT", "client/lamp"), "ALLOWED | extra | own | | ")
	same(t, "skipped", ask(lamp, "PUBLISH", "topic/lamp/secret"), "ALLOWED | own | extra | | ")
	same(t, "nobody", ask(iot.TestAuthorizationInput{PolicyNamesToAdd: []string{"extra"}}, "CONNECT", "client/x"), "ALLOWED | extra | | | ")
	same(t, "group", ask(iot.TestAuthorizationInput{Principal: arn.IoT(home, "thinggroup", "kitchen")}, "CONNECT", "client/lamp"), "IMPLICIT_DENY | | home | | aws:SourceIp")

	infos := []iot.AuthInfo{{ActionType: "CONNECT", Resources: []string{"arn:aws:iot:us-east-1:111111111111:client/x"}}}
	fails(f, f.TestAuthorization, iot.TestAuthorizationInput{Principal: certificate + "0", AuthInfos: infos}, iot.ResourceNotFoundException, "does not exist")
	fails(f, f.TestAuthorization, iot.TestAuthorizationInput{PolicyNamesToAdd: []string{"x"}, AuthInfos: infos}, iot.ResourceNotFoundException, "policy x does not exist")
	infos[0].Resources[0] = "client/x"
	fails(f, f.TestAuthorization, iot.TestAuthorizationInput{AuthInfos: infos}, "InvalidRequestException", "is not the ARN of an IoT resource")
}
