package registry

import (
	"context"
	"strings"
	"testing"

	"telltale/base/arn"
	"telltale/lang/policy"
	"telltale/lang/shape/iot"
)

// sources lists the policies of a connection as name:version source.
func (f *fixture) sources(certificate string, b *Binding) (list []string) {
	f.t.Helper()
	policies, err := f.DevicePolicies(context.Background(), f.s, certificate, b)
	if err != nil {
		f.t.Fatalf("DevicePolicies: %v", err)
	}
	for _, p := range policies {
		if p.Doc == nil || p.ARN != arn.IoT(f.s, "policy", p.Name) {
			f.t.Errorf("got %+v, want a document and the ARN of the policy", p)
		}
		list = append(list, p.Name+":"+p.Version+" "+p.Source)
	}
	return list
}

func TestDevicePolicies(t *testing.T) {
	f := open(t)
	id, certificate := f.certificate()
	f.thing("lamp")
	f.own("lamp", certificate, false)
	f.policy("a", "b", "c", "d")
	f.groups("house", "kitchen<house", "fleet")
	f.join("lamp", "kitchen", "fleet")
	attached := &Binding{Thing: "lamp", Attached: true}
	same(t, "without any", f.sources(id, attached), nil)
	f.attach("b", certificate)
	f.attach("a", certificate)
	f.attach("c", arn.IoT(home, "thinggroup", "house"))
	f.attach("a", arn.IoT(home, "thinggroup", "kitchen"))
	f.attach("d", arn.IoT(home, "thinggroup", "fleet"))
	full := []string{"a:1 certificate", "b:1 certificate", "d:1 thing group fleet", "a:1 thing group kitchen", "c:1 thing group house"}
	same(t, "attached", f.sources(id, attached), full)
	same(t, "not attached", f.sources(id, &Binding{Thing: "lamp"}), full[:2])
	same(t, "no binding", f.sources(id, nil), full[:2])

	// every change is seen at once
	document := strings.Replace(allowAll, "Allow", "Deny", 1)
	do(f, f.CreatePolicyVersion, iot.CreatePolicyVersionInput{PolicyName: "b", PolicyDocument: document})
	same(t, "another version not in force", f.sources(id, nil), full[:2])
	do(f, f.SetDefaultPolicyVersion, iot.SetDefaultPolicyVersionInput{PolicyName: "b", PolicyVersionId: "2"})
	same(t, "another version in force", f.sources(id, nil), []string{"a:1 certificate", "b:2 certificate"})
	list, _ := f.DevicePolicies(f.ctx, home, id, nil)
	same(t, "decision", policy.Evaluate(list, &policy.Request{Action: "iot:Connect", Resource: arn.IoT(home, "client", "x")}).Effect, policy.ExplicitDeny)
	do(f, f.DetachPolicy, iot.DetachPolicyInput{PolicyName: "b", Target: certificate})
	same(t, "detached", f.sources(id, nil), []string{"a:1 certificate"})
	do(f, f.RemoveThingFromThingGroup, iot.RemoveThingFromThingGroupInput{ThingName: "lamp", ThingGroupName: "kitchen"})
	same(t, "out of the group", f.sources(id, attached), []string{"a:1 certificate", "d:1 thing group fleet"})
	do(f, f.UpdateCertificate, iot.UpdateCertificateInput{CertificateId: id, NewStatus: CertificateInactive})
	same(t, "inactive", f.sources(id, attached), nil)

	same(t, "unknown certificate", f.sources("00", nil), nil)
	same(t, "anonymous", f.sources("", nil), nil)
	same(t, "certificate of another", f.as(stranger).sources(id, nil), nil)
}

// A document is compiled once for each version, however often the registry changes; a policy made anew under an old name is another.
func TestDocumentsAreCompiledOnce(t *testing.T) {
	f := open(t)
	id, certificate := f.certificate()
	f.policy("p")
	f.attach("p", certificate)
	document := func() *policy.Document {
		t.Helper()
		list, err := f.DevicePolicies(f.ctx, home, id, nil)
		if err != nil || len(list) != 1 {
			t.Fatalf("got %v, %v", list, err)
		}
		return list[0].Doc
	}
	first := document()
	f.thing("lamp")
	if document() != first {
		t.Error("compiled again though the version is the same")
	}
	do(f, f.DetachPolicy, iot.DetachPolicyInput{PolicyName: "p", Target: certificate})
	do(f, f.DeletePolicy, iot.DeletePolicyInput{PolicyName: "p"})
	f.policy("p")
	f.attach("p", certificate)
	if document() == first {
		t.Error("a new policy got the document of the old one of the same name")
	}
}

func TestGetEffectivePolicies(t *testing.T) {
	f := open(t)
	_, certificate := f.certificate()
	f.thing("lamp")
	f.policy("a", "b")
	f.groups("house", "kitchen<house")
	f.join("lamp", "kitchen")
	f.attach("a", certificate)
	f.attach("a", arn.IoT(home, "thinggroup", "kitchen"))
	f.attach("b", arn.IoT(home, "thinggroup", "house"))
	check := func(principal, thing string, want ...string) {
		t.Helper()
		var got []string
		for _, p := range do(f, f.GetEffectivePolicies, iot.GetEffectivePoliciesInput{Principal: principal, ThingName: thing}).EffectivePolicies {
			got = append(got, p.PolicyName)
			same(t, "document", p.PolicyDocument, allowAll)
		}
		same(t, principal+" "+thing, got, want)
	}
	check(certificate, "", "a")
	check("", "lamp", "a", "b")
	check(certificate, "lamp", "a", "b")
	check(identity, "")
	fails(f, f.GetEffectivePolicies, iot.GetEffectivePoliciesInput{}, invalid, "Give a principal, a thingName or both")
	fails(f, f.GetEffectivePolicies, iot.GetEffectivePoliciesInput{ThingName: "no"}, notFound)
	fails(f, f.GetEffectivePolicies, iot.GetEffectivePoliciesInput{Principal: arn.IoT(home, "cert", "00")}, notFound)
}

// The generation rises with whatever may alter an answer, and not with what is refused.
func TestGeneration(t *testing.T) {
	f := open(t)
	id, certificate := f.certificate()
	f.policy("p")
	f.groups("house")
	step := func(what string, rises bool, change func()) {
		t.Helper()
		before := f.Generation()
		change()
		if rose := f.Generation() > before; rose != rises {
			t.Errorf("%s: the generation rose: %t, want %t", what, rose, rises)
		}
	}
	step("CreateThing", true, func() { f.thing("lamp") })
	step("CreateThing refused", false, func() {
		fails(f, f.CreateThing, iot.CreateThingInput{ThingName: "lamp", AttributePayload: attributes(1)}, exists)
	})
	step("AttachThingPrincipal", true, func() { f.own("lamp", certificate, false) })
	step("AddThingToThingGroup", true, func() { f.join("lamp", "house") })
	step("AttachPolicy", true, func() { f.attach("p", certificate) })
	step("CreatePolicyVersion", true, func() {
		do(f, f.CreatePolicyVersion, iot.CreatePolicyVersionInput{PolicyName: "p", PolicyDocument: allowAll, SetAsDefault: new(true)})
	})
	step("UpdateThing", true, func() {
		do(f, f.UpdateThing, iot.UpdateThingInput{ThingName: "lamp", AttributePayload: attributes(1)})
	})
	step("UpdateCertificate", true, func() {
		do(f, f.UpdateCertificate, iot.UpdateCertificateInput{CertificateId: id, NewStatus: CertificateInactive})
	})
	step("reading", false, func() {
		do(f, f.ListThings, iot.ListThingsInput{})
		f.sources(id, nil)
		f.GroupLines(home, "lamp")
	})
}
