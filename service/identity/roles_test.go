package identity

import (
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"telltale/base/fault"
	"telltale/lang/shape/iam"
)

func TestRoleLife(t *testing.T) {
	d := newDirectory(t)
	ctx := asRoot(t, home)
	made := must[*iam.CreateRoleOutput](t)(d.CreateRole(ctx, &iam.CreateRoleInput{
		RoleName: "Logging", Path: "/service/", AssumeRolePolicyDocument: trustIoT, Description: "writes logs", Tags: []iam.Tag{{Key: "k", Value: "v"}},
	})).Role
	session := int32(3600)
	want := iam.Role{
		RoleName: "Logging", Path: "/service/", RoleId: made.RoleId, Arn: "arn:aws:iam::" + home + ":role/service/Logging",
		CreateDate: made.CreateDate, AssumeRolePolicyDocument: escapeDocument(trustIoT), Description: "writes logs",
		MaxSessionDuration: &session, Tags: []iam.Tag{{Key: "k", Value: "v"}},
	}
	if !reflect.DeepEqual(*made, want) || !strings.HasPrefix(made.RoleId, "AROA") {
		t.Errorf("CreateRole: got %+v, want %+v", *made, want)
	}
	if back, err := url.PathUnescape(made.AssumeRolePolicyDocument); err != nil || back != trustIoT {
		t.Errorf("trust policy reads %q, %v, want %q", back, err, trustIoT)
	}
	_, err := d.CreateRole(ctx, &iam.CreateRoleInput{RoleName: "LOGGING", AssumeRolePolicyDocument: trustIoT})
	refused(t, "CreateRole again", err, fault.Exists, iam.EntityAlreadyExistsException, "Role with name LOGGING already exists.")
	create := func(in iam.CreateRoleInput) error { in.RoleName = "other"; return second(d.CreateRole(ctx, &in)) }
	refused(t, "malformed trust", create(iam.CreateRoleInput{AssumeRolePolicyDocument: allowLogs}), fault.Invalid, iam.MalformedPolicyDocumentException, "Principal")
	refused(t, "boundary", create(iam.CreateRoleInput{AssumeRolePolicyDocument: trustIoT, PermissionsBoundary: "arn:aws:iam::aws:policy/X"}), fault.Unimplemented, "", "not supported")
	long := strings.Replace(trustIoT, "iot.amazonaws.com", strings.Repeat("x", 2048), 1)
	refused(t, "long trust", create(iam.CreateRoleInput{AssumeRolePolicyDocument: long}), fault.Limit, iam.LimitExceededException, "ACLSizePerRole: 2048")

	session = 7200
	must[*iam.UpdateRoleOutput](t)(d.UpdateRole(ctx, &iam.UpdateRoleInput{RoleName: "Logging", MaxSessionDuration: &session}))
	other := strings.Replace(trustIoT, "iot.", "lambda.", 1)
	must[*iam.UpdateAssumeRolePolicyOutput](t)(d.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: "Logging", PolicyDocument: other}))
	want.AssumeRolePolicyDocument = escapeDocument(other)
	got := must[*iam.GetRoleOutput](t)(d.GetRole(ctx, &iam.GetRoleInput{RoleName: "Logging"})).Role
	if !reflect.DeepEqual(*got, want) {
		t.Errorf("GetRole after changes: got %+v, want %+v", *got, want)
	}

	must[*iam.PutRolePolicyOutput](t)(d.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: "Logging", PolicyName: "p", PolicyDocument: allowLogs}))
	_, err = d.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: "Logging"})
	refused(t, "DeleteRole with a policy", err, fault.Conflict, iam.DeleteConflictException, "must delete policies first")
	must[*iam.DeleteRolePolicyOutput](t)(d.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: "Logging", PolicyName: "p"}))
	must[*iam.DeleteRoleOutput](t)(d.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: "Logging"}))
	for name, err := range map[string]error{
		"GetRole":       second(d.GetRole(ctx, &iam.GetRoleInput{RoleName: "Logging"})),
		"DeleteRole":    second(d.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: "Logging"})),
		"UpdateRole":    second(d.UpdateRole(ctx, &iam.UpdateRoleInput{RoleName: "Logging"})),
		"PutRolePolicy": second(d.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: "Logging", PolicyName: "p", PolicyDocument: allowLogs})),
		"ListRoleTags":  second(d.ListRoleTags(ctx, &iam.ListRoleTagsInput{RoleName: "Logging"})),
	} {
		refused(t, name+" of a deleted role", err, fault.NotFound, iam.NoSuchEntityException, "The role with name Logging cannot be found.")
	}
}

func TestRolePolicies(t *testing.T) {
	d := newDirectory(t)
	ctx := asRoot(t, home)
	must[string](t)(d.EnsureRole(ctx, home, "logging", trustIoT, ""))
	put := func(name, text string) error {
		return second(d.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: "logging", PolicyName: name, PolicyDocument: text}))
	}
	for _, name := range []string{"b", "a", "c", "a"} {
		if err := put(name, allowLogs); err != nil {
			t.Fatal(err)
		}
	}
	one, names := int32(1), ""
	for marker := ""; ; {
		out := must[*iam.ListRolePoliciesOutput](t)(d.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: "logging", Marker: marker, MaxItems: &one}))
		names += fmt.Sprint(out.PolicyNames)
		if marker = out.Marker; marker == "" {
			break
		}
	}
	if names != "[a][b][c]" {
		t.Errorf("ListRolePolicies in pages of 1: got %s, want [a][b][c]", names)
	}
	got := must[*iam.GetRolePolicyOutput](t)(d.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: "logging", PolicyName: "a"}))
	if want := (iam.GetRolePolicyOutput{RoleName: "logging", PolicyName: "a", PolicyDocument: escapeDocument(allowLogs)}); *got != want {
		t.Errorf("GetRolePolicy: got %+v, want %+v", *got, want)
	}
	long := statement("Allow", "logs:"+strings.Repeat("x", 9900), "*")
	refused(t, "too long together", put("d", long), fault.Limit, iam.LimitExceededException, "10240")
	refused(t, "malformed", put("d", "[]"), fault.Invalid, iam.MalformedPolicyDocumentException, "Policy document: ")
	_, err := d.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: "logging", PolicyName: "d"})
	refused(t, "GetRolePolicy", err, fault.NotFound, iam.NoSuchEntityException, "The role policy with name d cannot be found.")
	_, err = d.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: "logging", PolicyName: "d"})
	refused(t, "DeleteRolePolicy", err, fault.NotFound, iam.NoSuchEntityException, "The role policy with name d cannot be found.")
}

func TestListRoles(t *testing.T) {
	d := newDirectory(t)
	ctx := asRoot(t, home)
	for name, path := range map[string]string{"b": "/", "A": "/x/", "c": "/x/y/"} {
		must[*iam.CreateRoleOutput](t)(d.CreateRole(ctx, &iam.CreateRoleInput{RoleName: name, Path: path, AssumeRolePolicyDocument: trustIoT}))
	}
	f := func(prefix, want string) {
		t.Helper()
		got, one := "", int32(1)
		for marker := ""; ; {
			out := must[*iam.ListRolesOutput](t)(d.ListRoles(ctx, &iam.ListRolesInput{PathPrefix: prefix, Marker: marker, MaxItems: &one}))
			for _, r := range out.Roles {
				got += r.RoleName
			}
			if marker = out.Marker; marker == "" {
				break
			}
		}
		if got != want {
			t.Errorf("prefix %q: got %s, want %s", prefix, got, want)
		}
	}
	f("", "Abc")
	f("/x/", "Ac")
	f("/x/y/", "c")
	f("/z/", "")
}
