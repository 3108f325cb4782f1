package identity

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"telltale/base/fault"
	"telltale/lang/shape/iam"
)

// newPolicy makes a managed policy and returns its ARN.
func newPolicy(t testing.TB, d *Directory, account, path, name, text string) string {
	t.Helper()
	out := must[*iam.CreatePolicyOutput](t)(d.CreatePolicy(asRoot(t, account), &iam.CreatePolicyInput{PolicyName: name, Path: path, PolicyDocument: text}))
	return out.Policy.Arn
}

func TestPolicyLife(t *testing.T) {
	d := newDirectory(t)
	ctx := asRoot(t, home)
	made := must[*iam.CreatePolicyOutput](t)(d.CreatePolicy(ctx, &iam.CreatePolicyInput{
		PolicyName: "Read", Path: "/team/", PolicyDocument: allowLogs, Description: "reads", Tags: []iam.Tag{{Key: "k", Value: "v"}},
	})).Policy
	yes, none := true, int32(0)
	want := iam.Policy{
		PolicyName: "Read", PolicyId: made.PolicyId, Arn: "arn:aws:iam::" + home + ":policy/team/Read", Path: "/team/", DefaultVersionId: "v1",
		AttachmentCount: &none, PermissionsBoundaryUsageCount: &none, IsAttachable: &yes,
		CreateDate: made.CreateDate, UpdateDate: made.CreateDate, Tags: []iam.Tag{{Key: "k", Value: "v"}},
	}
	if !reflect.DeepEqual(*made, want) || !strings.HasPrefix(made.PolicyId, "ANPA") {
		t.Errorf("CreatePolicy: got %+v, want %+v", *made, want)
	}
	want.Description = "reads"
	if got := must[*iam.GetPolicyOutput](t)(d.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: want.Arn})).Policy; !reflect.DeepEqual(*got, want) {
		t.Errorf("GetPolicy: got %+v, want %+v", *got, want)
	}
	create := func(name, text string) error {
		return second(d.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: name, PolicyDocument: text}))
	}
	refused(t, "again", create("READ", allowLogs), fault.Exists, iam.EntityAlreadyExistsException, "A policy called READ already exists.")
	refused(t, "malformed", create("x", "{}"), fault.Invalid, iam.MalformedPolicyDocumentException, "Statement is missing")
	refused(t, "too long", create("x", statement("Allow", "a:"+strings.Repeat("x", 6144), "*")), fault.Limit, iam.LimitExceededException, "PolicySize: 6144")
	get := func(arn string) error { return second(d.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: arn})) }
	refused(t, "AWS's own", get("arn:aws:iam::aws:policy/ReadOnlyAccess"), fault.NotFound, iam.NoSuchEntityException, "was not found")
	refused(t, "no ARN", get("ReadOnlyAccess-and-more"), fault.Invalid, iam.InvalidInputException, "is not valid: want arn:aws:iam::account:policy/name")
	refused(t, "wrong path", get("arn:aws:iam::"+home+":policy/Read"), fault.NotFound, iam.NoSuchEntityException, "was not found")
	_, err := d.GetPolicy(asRoot(t, foreign), &iam.GetPolicyInput{PolicyArn: want.Arn})
	refused(t, "from another account", err, fault.NotFound, iam.NoSuchEntityException, "was not found")

	must[*iam.DeletePolicyOutput](t)(d.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: want.Arn}))
	_, err = d.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: want.Arn})
	refused(t, "deleting twice", err, fault.NotFound, iam.NoSuchEntityException, "was not found")
}

func TestPolicyVersions(t *testing.T) {
	d := newDirectory(t)
	ctx := asRoot(t, home)
	arn := newPolicy(t, d, home, "", "p", statement("Allow", "iot:*", "*"))
	who := mustKey(t, d, newUser(t, d, ctx, "bob")).Caller
	must[*iam.AttachUserPolicyOutput](t)(d.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: "bob", PolicyArn: arn}))
	allowed := func(want bool) {
		t.Helper()
		if err := d.Allow(ctx, &who, "iot:DescribeThing", thing); (err == nil) != want {
			t.Errorf("Allow: got %v, want allowed %v", err, want)
		}
	}
	add := func(text string, inForce bool) error {
		return second(d.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: text, SetAsDefault: &inForce}))
	}
	set := func(id string) error {
		return second(d.SetDefaultPolicyVersion(ctx, &iam.SetDefaultPolicyVersionInput{PolicyArn: arn, VersionId: id}))
	}
	remove := func(id string) error {
		return second(d.DeletePolicyVersion(ctx, &iam.DeletePolicyVersionInput{PolicyArn: arn, VersionId: id}))
	}
	list := func(want string) {
		t.Helper()
		var got []string
		two := int32(2)
		for marker := ""; ; {
			out := must[*iam.ListPolicyVersionsOutput](t)(d.ListPolicyVersions(ctx, &iam.ListPolicyVersionsInput{PolicyArn: arn, Marker: marker, MaxItems: &two}))
			for _, v := range out.Versions {
				mark := ""
				if *v.IsDefaultVersion {
					mark = "!"
				}
				got = append(got, v.VersionId+mark+v.Document)
			}
			if marker = out.Marker; marker == "" {
				break
			}
		}
		if fmt.Sprint(got) != want {
			t.Errorf("versions: got %v, want %s", got, want)
		}
	}
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	allowed(true)
	ok(add(statement("Deny", "iot:*", "*"), true))
	list("[v1 v2!]")
	allowed(false)
	err := d.Allow(ctx, &who, "iot:DescribeThing", thing)
	refused(t, "Allow", err, fault.Denied, accessDenied, "It is denied by statement 1 of policy p version v2 from user bob.")
	ok(set("v1"))
	allowed(true)
	refused(t, "deleting the default", remove("v1"), fault.Conflict, iam.DeleteConflictException, "Cannot delete the default version of a policy.")
	refused(t, "unknown version", remove("v9"), fault.NotFound, iam.NoSuchEntityException, "version v9 does not exist")
	refused(t, "unknown version", set("v9"), fault.NotFound, iam.NoSuchEntityException, "version v9 does not exist")
	refused(t, "malformed", add("{}", false), fault.Invalid, iam.MalformedPolicyDocumentException, "Statement is missing")
	for range 3 {
		ok(add(allowLogs, false))
	}
	refused(t, "a sixth", add(allowLogs, false), fault.Limit, iam.LimitExceededException, "can have up to 5 versions")
	ok(remove("v5"))
	ok(add(allowLogs, false))
	list("[v1! v2 v3 v4 v6]") // a number is never used again

	got := must[*iam.GetPolicyVersionOutput](t)(d.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: arn, VersionId: "v6"})).PolicyVersion
	if got.Document != escapeDocument(allowLogs) || *got.IsDefaultVersion {
		t.Errorf("GetPolicyVersion: got %+v", *got)
	}
	_, err = d.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: arn, VersionId: "v5"})
	refused(t, "deleted version", err, fault.NotFound, iam.NoSuchEntityException, "version v5 does not exist")
	must[*iam.DetachUserPolicyOutput](t)(d.DetachUserPolicy(ctx, &iam.DetachUserPolicyInput{UserName: "bob", PolicyArn: arn}))
	allowed(false)
	_, err = d.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: arn})
	refused(t, "DeletePolicy with versions", err, fault.Conflict, iam.DeleteConflictException, "This policy has more than one version.")
}

func TestAttachments(t *testing.T) {
	d := newDirectory(t)
	ctx := asRoot(t, home)
	role := must[string](t)(d.EnsureRole(ctx, home, "logging", trustIoT, ""))
	newUser(t, d, ctx, "bob")
	b, a := newPolicy(t, d, home, "/team/", "b", allowLogs), newPolicy(t, d, home, "/", "a", allowLogs)
	attach := func(arn string) error {
		return second(d.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: "logging", PolicyArn: arn}))
	}
	for _, arn := range []string{b, a, b} {
		if err := attach(arn); err != nil {
			t.Fatal(err)
		}
	}
	must[*iam.AttachUserPolicyOutput](t)(d.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: "bob", PolicyArn: b}))
	if err := d.RoleAllows(ctx, role, "iot.amazonaws.com", "logs:PutLogEvents", logStream); err != nil {
		t.Errorf("RoleAllows by a managed policy: %v", err)
	}

	one := int32(1)
	page := must[*iam.ListAttachedRolePoliciesOutput](t)(d.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: "logging", MaxItems: &one}))
	next := must[*iam.ListAttachedRolePoliciesOutput](t)(d.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: "logging", Marker: page.Marker}))
	if got, want := fmt.Sprint(page.AttachedPolicies, *page.IsTruncated, next.AttachedPolicies, *next.IsTruncated), fmt.Sprintf("[{a %s}] true [{b %s}] false", a, b); got != want {
		t.Errorf("ListAttachedRolePolicies in pages: got %s, want %s", got, want)
	}
	byPath := must[*iam.ListAttachedUserPoliciesOutput](t)(d.ListAttachedUserPolicies(ctx, &iam.ListAttachedUserPoliciesInput{UserName: "bob", PathPrefix: "/team/"}))
	if got, want := fmt.Sprint(byPath.AttachedPolicies), fmt.Sprintf("[{b %s}]", b); got != want {
		t.Errorf("ListAttachedUserPolicies under /team/: got %s, want %s", got, want)
	}
	list := func(in iam.ListPoliciesInput, want string) {
		t.Helper()
		var got []string
		for {
			out := must[*iam.ListPoliciesOutput](t)(d.ListPolicies(ctx, &in))
			for _, p := range out.Policies {
				got = append(got, fmt.Sprint(p.PolicyName, " ", *p.AttachmentCount))
			}
			if in.Marker = out.Marker; in.Marker == "" {
				break
			}
		}
		if fmt.Sprint(got) != want {
			t.Errorf("ListPolicies(%+v): got %v, want %s", in, got, want)
		}
	}
	newPolicy(t, d, home, "/", "c", allowLogs)
	newPolicy(t, d, foreign, "/", "a", allowLogs)
	yes := true
	list(iam.ListPoliciesInput{MaxItems: &one}, "[a 1 b 2 c 0]")
	list(iam.ListPoliciesInput{OnlyAttached: &yes}, "[a 1 b 2]")
	list(iam.ListPoliciesInput{PathPrefix: "/team/", Scope: "Local"}, "[b 2]")
	list(iam.ListPoliciesInput{Scope: "AWS"}, "[]")

	refused(t, "AWS's own", attach("arn:aws:iam::aws:policy/AdministratorAccess"), fault.NotFound, iam.NoSuchEntityException, "does not exist or is not attachable")
	refused(t, "another account's", attach("arn:aws:iam::"+foreign+":policy/a"), fault.NotFound, iam.NoSuchEntityException, "does not exist or is not attachable")
	refused(t, "no ARN", attach("a"), fault.Invalid, iam.InvalidInputException, "is not valid")
	for i := range 8 {
		if err := attach(newPolicy(t, d, home, "/", fmt.Sprint("more", i), allowLogs)); err != nil {
			t.Fatal(err)
		}
	}
	refused(t, "an eleventh", attach("arn:aws:iam::"+home+":policy/c"), fault.Limit, iam.LimitExceededException, "Cannot exceed quota for PoliciesPerRole: 10")

	_, err := d.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: b})
	refused(t, "DeletePolicy", err, fault.Conflict, iam.DeleteConflictException, "Cannot delete a policy attached to entities.")
	_, err = d.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: "logging"})
	refused(t, "DeleteRole", err, fault.Conflict, iam.DeleteConflictException, "Cannot delete entity, must detach all policies first.")
	must[*iam.DetachRolePolicyOutput](t)(d.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: "logging", PolicyArn: b}))
	_, err = d.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: "logging", PolicyArn: b})
	refused(t, "detaching twice", err, fault.NotFound, iam.NoSuchEntityException, "Policy "+b+" was not found.")
	_, err = d.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: "logging", PolicyArn: "arn:aws:iam::" + foreign + ":policy/a"})
	refused(t, "detaching another account's of the same name", err, fault.NotFound, iam.NoSuchEntityException, "was not found")
	must[*iam.DetachUserPolicyOutput](t)(d.DetachUserPolicy(ctx, &iam.DetachUserPolicyInput{UserName: "bob", PolicyArn: b}))
	must[*iam.DeletePolicyOutput](t)(d.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: b}))
}

func TestMemberships(t *testing.T) {
	d := newDirectory(t)
	ctx := asRoot(t, home)
	must[string](t)(d.EnsureRole(ctx, home, "logging", trustIoT, ""))
	newUser(t, d, ctx, "bob")
	if out := must[*iam.ListGroupsForUserOutput](t)(d.ListGroupsForUser(ctx, &iam.ListGroupsForUserInput{UserName: "bob"})); len(out.Groups) != 0 || *out.IsTruncated {
		t.Errorf("ListGroupsForUser: got %+v, want none", out)
	}
	if out := must[*iam.ListInstanceProfilesForRoleOutput](t)(d.ListInstanceProfilesForRole(ctx, &iam.ListInstanceProfilesForRoleInput{RoleName: "logging"})); len(out.InstanceProfiles) != 0 || *out.IsTruncated {
		t.Errorf("ListInstanceProfilesForRole: got %+v, want none", out)
	}
	_, err := d.ListGroupsForUser(ctx, &iam.ListGroupsForUserInput{UserName: "eve"})
	refused(t, "ListGroupsForUser", err, fault.NotFound, iam.NoSuchEntityException, "eve")
	_, err = d.ListInstanceProfilesForRole(ctx, &iam.ListInstanceProfilesForRoleInput{RoleName: "other"})
	refused(t, "ListInstanceProfilesForRole", err, fault.NotFound, iam.NoSuchEntityException, "other")
}
