package registry

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"telltale/lang/shape/iot"
)

func TestPolicies(t *testing.T) {
	f := open(t)
	out := do(f, f.CreatePolicy, iot.CreatePolicyInput{PolicyName: "all", PolicyDocument: allowAll, Tags: []iot.Tag{{Key: "k", Value: "v"}}})
	same(t, "policy", *out, iot.CreatePolicyOutput{PolicyName: "all", PolicyArn: "arn:aws:iot:us-east-1:111111111111:policy/all", PolicyDocument: allowAll, PolicyVersionId: "1"})
	fails(f, f.CreatePolicy, iot.CreatePolicyInput{PolicyName: "all", PolicyDocument: allowAll}, exists)
	got := do(f, f.GetPolicy, iot.GetPolicyInput{PolicyName: "all"})
	same(t, "document and version", got.PolicyDocument+got.DefaultVersionId, allowAll+"1")
	fails(f, f.GetPolicy, iot.GetPolicyInput{PolicyName: "no"}, notFound)
	fails(f, f.DeletePolicy, iot.DeletePolicyInput{PolicyName: "no"}, notFound)

	malformed := func(document string, parts ...string) {
		t.Helper()
		fails(f, f.CreatePolicy, iot.CreatePolicyInput{PolicyName: "bad", PolicyDocument: document}, iot.MalformedPolicyException, parts...)
		fails(f, f.CreatePolicyVersion, iot.CreatePolicyVersionInput{PolicyName: "all", PolicyDocument: document}, iot.MalformedPolicyException, parts...)
	}
	malformed("", "policy document")
	malformed("{", "policy document")
	malformed(strings.Replace(allowAll, "Allow", "Perhaps", 1), "Statement[0].Effect", `"Perhaps"`)
	malformed(strings.Replace(allowAll, `"Effect"`, `"Principal":"*","Effect"`, 1), "Principal")
	sized := func(n int) string {
		return strings.Replace(allowAll, "iot:*", "iot:"+strings.Repeat("*", n+1-len(allowAll)), 1)
	}
	malformed(sized(2049), "2049 characters", "allowed are 2048")
	spaced := strings.Replace(sized(2048), "{", "{"+strings.Repeat(" \n\t", 500), 1)
	do(f, f.CreatePolicy, iot.CreatePolicyInput{PolicyName: "long", PolicyDocument: spaced})
	same(t, "white space is kept", do(f, f.GetPolicy, iot.GetPolicyInput{PolicyName: "long"}).PolicyDocument, spaced)

	do(f, f.DeletePolicy, iot.DeletePolicyInput{PolicyName: "all"})
	f.policy("all")
	same(t, "tags of the new policy of the old name", len(do(f, f.ListTagsForResource, iot.ListTagsForResourceInput{ResourceArn: out.PolicyArn}).Tags), 0)
}

func TestPolicyVersions(t *testing.T) {
	f := open(t)
	f.policy("p")
	document := func(i int) string {
		return strings.Replace(allowAll, `"*"`, fmt.Sprintf(`"arn:aws:iot:us-east-1:1:topic/%d"`, i), 1)
	}
	add := func(i int, inForce bool) iot.CreatePolicyVersionInput {
		return iot.CreatePolicyVersionInput{PolicyName: "p", PolicyDocument: document(i), SetAsDefault: &inForce}
	}
	for i := 2; i <= 5; i++ {
		out := do(f, f.CreatePolicyVersion, add(i, i == 3))
		same(t, "version", fmt.Sprint(out.PolicyVersionId, " ", *out.IsDefaultVersion), fmt.Sprint(i, i == 3))
	}
	fails(f, f.CreatePolicyVersion, add(6, false), iot.VersionsLimitExceededException, "5 versions already")
	list := func() (text string) {
		for _, v := range do(f, f.ListPolicyVersions, iot.ListPolicyVersionsInput{PolicyName: "p"}).PolicyVersions {
			text += v.VersionId
			if *v.IsDefaultVersion {
				text += "*"
			}
		}
		return text
	}
	same(t, "versions", list(), "543*21")
	same(t, "document in force", do(f, f.GetPolicy, iot.GetPolicyInput{PolicyName: "p"}).PolicyDocument, document(3))
	id := func(v string) iot.DeletePolicyVersionInput {
		return iot.DeletePolicyVersionInput{PolicyName: "p", PolicyVersionId: v}
	}
	fails(f, f.DeletePolicyVersion, id("3"), iot.DeleteConflictException, "it is the default version")
	fails(f, f.DeletePolicyVersion, id("6"), notFound, "policy version p:6")
	fails(f, f.DeletePolicyVersion, id("x"), invalid, `"x" is not a number`)
	do(f, f.DeletePolicyVersion, id("5"))
	do(f, f.CreatePolicyVersion, add(6, false)) // ids are not used again
	same(t, "versions", list(), "643*21")
	do(f, f.SetDefaultPolicyVersion, iot.SetDefaultPolicyVersionInput{PolicyName: "p", PolicyVersionId: "6"})
	same(t, "versions", list(), "6*4321")
	v := do(f, f.GetPolicyVersion, iot.GetPolicyVersionInput{PolicyName: "p", PolicyVersionId: "4"})
	same(t, "version 4", fmt.Sprint(v.PolicyDocument, *v.IsDefaultVersion), document(4)+"false")
	fails(f, f.GetPolicyVersion, iot.GetPolicyVersionInput{PolicyName: "p", PolicyVersionId: "5"}, notFound)
	fails(f, f.SetDefaultPolicyVersion, iot.SetDefaultPolicyVersionInput{PolicyName: "no", PolicyVersionId: "1"}, notFound)
	fails(f, f.ListPolicyVersions, iot.ListPolicyVersionsInput{PolicyName: "no"}, notFound)
	fails(f, f.CreatePolicyVersion, iot.CreatePolicyVersionInput{PolicyName: "no", PolicyDocument: allowAll}, notFound)
	fails(f, f.DeletePolicy, iot.DeletePolicyInput{PolicyName: "p"}, iot.DeleteConflictException, "4 versions besides the default one")
	for _, n := range []string{"1", "2", "3", "4"} {
		do(f, f.DeletePolicyVersion, id(n))
	}
	do(f, f.DeletePolicy, iot.DeletePolicyInput{PolicyName: "p"})
}

func TestListPolicies(t *testing.T) {
	f := open(t)
	f.policy(names("p", 7)...)
	for _, ascending := range []bool{true, false} {
		got := walk(f, 3, func(token string, max *int32) (list []string, more string) {
			out := do(f, f.ListPolicies, iot.ListPoliciesInput{Marker: token, PageSize: max, AscendingOrder: &ascending})
			for _, p := range out.Policies {
				list = append(list, p.PolicyName)
			}
			if !marker.MatchString(out.NextMarker) {
				t.Errorf("the model does not allow the marker %q", out.NextMarker)
			}
			return list, out.NextMarker
		})
		slices.Sort(got) // those made in one millisecond have no order of age
		same(t, "policies", got, names("p", 7))
	}
}
