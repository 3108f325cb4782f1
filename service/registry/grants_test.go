package registry

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"telltale/base/arn"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
)

func TestAttachPolicy(t *testing.T) {
	f := open(t)
	f.policy(names("p", 11)...)
	f.groups("house")
	group := arn.IoT(home, "thinggroup", "house")
	_, certificate := f.certificate()
	attach := func(policy, target string) iot.AttachPolicyInput {
		return iot.AttachPolicyInput{PolicyName: policy, Target: target}
	}
	for _, target := range []string{certificate, identity} {
		for _, name := range names("p", 10) {
			do(f, f.AttachPolicy, attach(name, target))
		}
		fails(f, f.AttachPolicy, attach("p10", target), iot.LimitExceededException, "10 policies already")
		do(f, f.AttachPolicy, attach("p03", target))
	}
	do(f, f.AttachPolicy, attach("p00", group))
	do(f, f.AttachPolicy, attach("p01", group))
	fails(f, f.AttachPolicy, attach("p02", group), iot.LimitExceededException, "2 policies already")

	fails(f, f.AttachPolicy, attach("no", certificate), notFound, "The policy no")
	fails(f, f.AttachPolicy, attach("p00", arn.IoT(home, "cert", "00")), notFound, "The certificate 00")
	fails(f, f.AttachPolicy, attach("p00", arn.IoT(home, "thinggroup", "no")), notFound, "The thing group no")
	fails(f, f.AttachPolicy, attach("p00", arn.IoT(home, "thing", "lamp")), invalid, "is not a principal")
	fails(f, f.AttachPolicy, attach("p00", "somebody"), invalid, "is not a principal")
	fails(f, f.AttachPolicy, attach("p00", arn.IoT(abroad, "thinggroup", "house")), invalid, "region eu-west-1")
	fails(f, f.DeletePolicy, iot.DeletePolicyInput{PolicyName: "p00"}, iot.DeleteConflictException, "is attached to")

	do(f, f.DetachPolicy, iot.DetachPolicyInput{PolicyName: "p00", Target: group})
	do(f, f.DetachPolicy, iot.DetachPolicyInput{PolicyName: "p00", Target: group})
	fails(f, f.DetachPolicy, iot.DetachPolicyInput{PolicyName: "no", Target: group}, notFound)
	do(f, f.AttachPolicy, attach("p02", group))
}

func TestPrincipalPolicies(t *testing.T) {
	f := open(t)
	f.policy("p")
	f.groups("house")
	group := arn.IoT(home, "thinggroup", "house")
	_, certificate := f.certificate()
	f.attach("p", group)
	do(f, f.AttachPrincipalPolicy, iot.AttachPrincipalPolicyInput{PolicyName: "p", Principal: certificate})
	fails(f, f.AttachPrincipalPolicy, iot.AttachPrincipalPolicyInput{PolicyName: "p", Principal: group}, invalid, "is a thing group")
	same(t, "principals", do(f, f.ListPolicyPrincipals, iot.ListPolicyPrincipalsInput{PolicyName: "p"}).Principals, []string{certificate})
	same(t, "targets", len(do(f, f.ListTargetsForPolicy, iot.ListTargetsForPolicyInput{PolicyName: "p"}).Targets), 2)
	do(f, f.DetachPrincipalPolicy, iot.DetachPrincipalPolicyInput{PolicyName: "p", Principal: certificate})
	fails(f, f.DetachPrincipalPolicy, iot.DetachPrincipalPolicyInput{PolicyName: "p", Principal: certificate}, notFound, "is not attached")
	fails(f, f.DetachPrincipalPolicy, iot.DetachPrincipalPolicyInput{PolicyName: "p", Principal: group}, invalid)
	fails(f, f.ListPolicyPrincipals, iot.ListPolicyPrincipalsInput{PolicyName: "no"}, notFound)
	fails(f, f.ListTargetsForPolicy, iot.ListTargetsForPolicyInput{PolicyName: "no"}, notFound)
}

func TestAttachedPoliciesPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // attachments of different age
		f := open(t)
		f.policy(names("p", 7)...)
		_, certificate := f.certificate()
		var targets []string
		for i, name := range []string{"p03", "p01", "p06", "p00", "p05", "p02", "p04"} {
			time.Sleep(time.Second)
			f.attach(name, certificate)
			targets = append(targets, fmt.Sprintf("us-east-1:%08d-0000-0000-0000-000000000000", 9-i))
			f.attach("p00", targets[i])
		}
		policies := func(list []iot.Policy) (names []string) {
			for _, p := range list {
				names = append(names, p.PolicyName)
			}
			return names
		}
		check := func(what string, next func(token string, max *int32) ([]string, string), want ...string) {
			t.Helper()
			same(t, what, walk(f, 3, next), want)
		}
		check("attached", func(token string, max *int32) ([]string, string) {
			out := do(f, f.ListAttachedPolicies, iot.ListAttachedPoliciesInput{Target: certificate, Marker: token, PageSize: max})
			return policies(out.Policies), out.NextMarker
		}, names("p", 7)...)
		for _, ascending := range []bool{true, false} {
			byAge, identities := []string{"p03", "p01", "p06", "p00", "p05", "p02", "p04"}, slices.Clone(targets)
			if !ascending {
				slices.Reverse(byAge)
				slices.Reverse(identities)
			}
			check("of the principal", func(token string, max *int32) ([]string, string) {
				out := do(f, f.ListPrincipalPolicies, iot.ListPrincipalPoliciesInput{Principal: certificate, Marker: token, PageSize: max, AscendingOrder: &ascending})
				return policies(out.Policies), out.NextMarker
			}, byAge...)
			got := walk(f, 3, func(token string, max *int32) ([]string, string) {
				out := do(f, f.ListPolicyPrincipals, iot.ListPolicyPrincipalsInput{PolicyName: "p00", Marker: token, PageSize: max, AscendingOrder: &ascending})
				return out.Principals, out.NextMarker
			})
			same(t, "principals", len(got), 8) // the certificate was given p00 in the same moment as an identity
			same(t, "identities by age", slices.DeleteFunc(got, func(s string) bool { return s == certificate }), identities)
		}
		fails(f, f.ListPrincipalPolicies, iot.ListPrincipalPoliciesInput{Principal: "somebody"}, invalid)
		fails(f, f.ListAttachedPolicies, iot.ListAttachedPoliciesInput{Target: arn.IoT(home, "cert", "00")}, notFound)
	})
}

func TestListAttachedPoliciesOfGroup(t *testing.T) {
	f := open(t)
	f.policy("a", "b", "c")
	f.groups("house", "kitchen<house", "stove<kitchen")
	f.attach("c", arn.IoT(home, "thinggroup", "house"))
	f.attach("a", arn.IoT(home, "thinggroup", "house"))
	f.attach("a", arn.IoT(home, "thinggroup", "stove"))
	f.attach("b", arn.IoT(home, "thinggroup", "stove"))
	check := func(recursive bool, want ...string) {
		t.Helper()
		var got []string
		for _, p := range do(f, f.ListAttachedPolicies, iot.ListAttachedPoliciesInput{Target: arn.IoT(home, "thinggroup", "stove"), Recursive: &recursive}).Policies {
			got = append(got, p.PolicyName)
		}
		same(t, fmt.Sprint("recursive ", recursive), got, want)
	}
	check(false, "a", "b")
	check(true, "a", "b", "c")
}

// Of many who attach at once, ten succeed and no more.
func TestConcurrentAttachPolicy(t *testing.T) {
	f := open(t)
	id, certificate := f.certificate()
	f.policy(names("p", 20)...)
	var all sync.WaitGroup
	results := make(chan error, 20)
	for _, name := range names("p", 20) {
		all.Go(func() {
			_, err := f.AttachPolicy(f.ctx, &iot.AttachPolicyInput{PolicyName: name, Target: certificate})
			results <- err
		})
		all.Go(func() { // readers meanwhile
			if _, err := f.DevicePolicies(f.ctx, home, id, &Binding{}); err != nil {
				t.Errorf("DevicePolicies: %v", err)
			}
			f.GroupLines(home, "lamp")
		})
	}
	all.Wait()
	close(results)
	succeeded := 0
	for err := range results {
		switch {
		case err == nil:
			succeeded++
		case !fault.Is(err, fault.Limit):
			t.Errorf("got %v, want success or the limit", err)
		}
	}
	list, err := f.DevicePolicies(f.ctx, home, id, &Binding{})
	if succeeded != 10 || len(list) != 10 || err != nil {
		t.Errorf("%d succeeded and %d policies apply, %v; want 10 and 10", succeeded, len(list), err)
	}
}
