package identity

import (
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"telltale/base/fault"
	"telltale/lang/shape/iam"
)

func TestUserLife(t *testing.T) {
	d := newDirectory(t)
	ctx := asRoot(t, home)
	made := must[*iam.CreateUserOutput](t)(d.CreateUser(ctx, &iam.CreateUserInput{
		UserName: "Bob", Path: "/ops/", Tags: []iam.Tag{{Key: "team", Value: "b"}, {Key: "Area", Value: "a"}},
	})).User
	want := iam.User{
		UserName: "Bob", Path: "/ops/", UserId: made.UserId, Arn: "arn:aws:iam::" + home + ":user/ops/Bob", CreateDate: made.CreateDate,
		Tags: []iam.Tag{{Key: "Area", Value: "a"}, {Key: "team", Value: "b"}},
	}
	if !reflect.DeepEqual(*made, want) || time.Since(made.CreateDate) > time.Hour || len(made.UserId) != 20 {
		t.Errorf("CreateUser: got %+v, want %+v, made now, with an id of 20 characters", *made, want)
	}
	if got := must[*iam.GetUserOutput](t)(d.GetUser(ctx, &iam.GetUserInput{UserName: "Bob"})).User; !reflect.DeepEqual(*got, want) {
		t.Errorf("GetUser: got %+v, want %+v", *got, want)
	}
	for _, name := range []string{"Bob", "BOB"} {
		_, err := d.CreateUser(ctx, &iam.CreateUserInput{UserName: name})
		refused(t, "CreateUser again", err, fault.Exists, iam.EntityAlreadyExistsException, "User with name "+name+" already exists.")
	}
	_, err := d.GetUser(ctx, &iam.GetUserInput{UserName: "bob"})
	refused(t, "GetUser in another case", err, fault.NotFound, iam.NoSuchEntityException, "The user with name bob cannot be found.")
	_, err = d.CreateUser(ctx, &iam.CreateUserInput{UserName: "eve", PermissionsBoundary: "arn:aws:iam::aws:policy/ReadOnlyAccess"})
	refused(t, "CreateUser with a boundary", err, fault.Unimplemented, "", "PermissionsBoundary is not supported")

	newUser(t, d, ctx, "eve")
	_, err = d.UpdateUser(ctx, &iam.UpdateUserInput{UserName: "Bob", NewUserName: "EVE"})
	refused(t, "UpdateUser to a taken name", err, fault.Exists, iam.EntityAlreadyExistsException, "EVE")
	must[*iam.UpdateUserOutput](t)(d.UpdateUser(ctx, &iam.UpdateUserInput{UserName: "Bob", NewUserName: "bob"}))
	want.UserName, want.Arn = "bob", "arn:aws:iam::"+home+":user/ops/bob"
	if got := must[*iam.GetUserOutput](t)(d.GetUser(ctx, &iam.GetUserInput{UserName: "bob"})).User; !reflect.DeepEqual(*got, want) {
		t.Errorf("GetUser after UpdateUser: got %+v, want %+v", *got, want)
	}

	must[*iam.DeleteUserOutput](t)(d.DeleteUser(ctx, &iam.DeleteUserInput{UserName: "bob"}))
	for name, err := range map[string]error{
		"DeleteUser": second(d.DeleteUser(ctx, &iam.DeleteUserInput{UserName: "bob"})),
		"UpdateUser": second(d.UpdateUser(ctx, &iam.UpdateUserInput{UserName: "bob"})),
		"TagUser":    second(d.TagUser(ctx, &iam.TagUserInput{UserName: "bob"})),
	} {
		refused(t, name+" of nobody", err, fault.NotFound, iam.NoSuchEntityException, "The user with name bob cannot be found.")
	}
}

func second[V any](_ V, err error) error { return err }

func TestDeleteUserConflict(t *testing.T) {
	d := newDirectory(t)
	ctx := asRoot(t, home)
	key := newUser(t, d, ctx, "bob", statement("Allow", "*", "*"))
	_, err := d.DeleteUser(ctx, &iam.DeleteUserInput{UserName: "bob"})
	refused(t, "with a policy", err, fault.Conflict, iam.DeleteConflictException, "Cannot delete entity, must delete policies first.")
	must[*iam.DeleteUserPolicyOutput](t)(d.DeleteUserPolicy(ctx, &iam.DeleteUserPolicyInput{UserName: "bob", PolicyName: "p0"}))
	_, err = d.DeleteUser(ctx, &iam.DeleteUserInput{UserName: "bob"})
	refused(t, "with a key", err, fault.Conflict, iam.DeleteConflictException, "Cannot delete entity, must delete access keys first.")
	must[*iam.DeleteAccessKeyOutput](t)(d.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: "bob", AccessKeyId: key}))
	must[*iam.DeleteUserOutput](t)(d.DeleteUser(ctx, &iam.DeleteUserInput{UserName: "bob"}))
}

func TestGetUserWithoutName(t *testing.T) {
	d := newDirectory(t)
	bob := newUser(t, d, asRoot(t, home), "bob")
	if u := must[*iam.GetUserOutput](t)(d.GetUser(signedIn(t, d, bob), &iam.GetUserInput{})).User; u.UserName != "bob" {
		t.Errorf("bob: got %+v", *u)
	}
	if u := must[*iam.GetUserOutput](t)(d.GetUser(asRoot(t, home), &iam.GetUserInput{})).User; u.UserId != home || u.Arn != rootARN(home) {
		t.Errorf("root: got %+v", *u)
	}
	_, err := d.GetUser(t.Context(), &iam.GetUserInput{})
	refused(t, "nobody", err, fault.Invalid, "ValidationError", "Must specify userName when calling with non-User credentials.")
}

func TestListUsers(t *testing.T) {
	d := newDirectory(t)
	ctx := asRoot(t, home)
	for i := range 7 {
		path := "/"
		if i%2 == 1 {
			path = "/odd/"
		}
		must[*iam.CreateUserOutput](t)(d.CreateUser(ctx, &iam.CreateUserInput{UserName: fmt.Sprintf("User%d", i), Path: path}))
	}
	f := func(size int32, prefix, want string) {
		t.Helper()
		var pages []string
		for marker := ""; ; {
			out := must[*iam.ListUsersOutput](t)(d.ListUsers(ctx, &iam.ListUsersInput{MaxItems: &size, Marker: marker, PathPrefix: prefix}))
			page := ""
			for _, u := range out.Users {
				page += strings.TrimPrefix(u.UserName, "User")
			}
			pages = append(pages, page)
			if marker = out.Marker; *out.IsTruncated != (marker != "") || len(marker) > 320 {
				t.Fatalf("IsTruncated is %v, Marker %q", *out.IsTruncated, marker)
			}
			if marker == "" {
				break
			}
		}
		if got := strings.Join(pages, " "); got != want {
			t.Errorf("pages of %d with prefix %q: got %s, want %s", size, prefix, got, want)
		}
	}
	f(1000, "", "0123456")
	f(7, "/", "0123456")
	f(6, "", "012345 6")
	f(3, "", "012 345 6")
	f(2, "/odd/", "13 5")
	f(3, "/odd/", "135")
	f(1, "/even/", "")

	bad := func(marker string, size int32, want string) {
		t.Helper()
		_, err := d.ListUsers(ctx, &iam.ListUsersInput{Marker: marker, MaxItems: &size})
		refused(t, "ListUsers", err, fault.Invalid, "ValidationError", want)
	}
	bad("x", 1, "Invalid Marker")
	bad("", 0, "MaxItems is 0: want 1 to 1000.")
	bad("", 1001, "MaxItems is 1001")
	one := int32(1)
	other := must[*iam.ListUsersOutput](t)(d.ListUsers(ctx, &iam.ListUsersInput{MaxItems: &one})).Marker
	_, err := d.ListRoles(ctx, &iam.ListRolesInput{Marker: other})
	refused(t, "a marker of another operation", err, fault.Invalid, "ValidationError", "Invalid Marker")
}

func TestUserPolicies(t *testing.T) {
	d := newDirectory(t)
	ctx := asRoot(t, home)
	text := "{\"Version\":\"2012-10-17\",\n \"Statement\":{\"Effect\":\"Allow\",\"Action\":\"iot:*\",\"Resource\":\"arn:aws:iot:*:*:topic/a+b/ü%~\"}}"
	newUser(t, d, ctx, "bob", text, statement("Deny", "*", "*"), statement("Allow", "*", "*"))
	got := must[*iam.GetUserPolicyOutput](t)(d.GetUserPolicy(ctx, &iam.GetUserPolicyInput{UserName: "bob", PolicyName: "p0"}))
	if back, err := url.PathUnescape(got.PolicyDocument); err != nil || back != text || got.UserName != "bob" || got.PolicyName != "p0" {
		t.Errorf("GetUserPolicy: got %+v, which reads %q, %v, want %q", got, back, err, text)
	}
	for _, part := range []string{"%7B%22Version%22%3A%222012-10-17%22%2C%0A%20%22", "a%2Bb%2F%C3%BC%25~"} {
		if !strings.Contains(got.PolicyDocument, part) {
			t.Errorf("document %s: want it to have %s", got.PolicyDocument, part)
		}
	}

	two := int32(2)
	page := must[*iam.ListUserPoliciesOutput](t)(d.ListUserPolicies(ctx, &iam.ListUserPoliciesInput{UserName: "bob", MaxItems: &two}))
	if fmt.Sprint(page.PolicyNames, *page.IsTruncated) != "[p0 p1] true" {
		t.Errorf("first page: got %v, %v", page.PolicyNames, *page.IsTruncated)
	}
	page = must[*iam.ListUserPoliciesOutput](t)(d.ListUserPolicies(ctx, &iam.ListUserPoliciesInput{UserName: "bob", Marker: page.Marker}))
	if fmt.Sprint(page.PolicyNames, *page.IsTruncated) != "[p2] false" || page.Marker != "" {
		t.Errorf("second page: got %v, %v, %q", page.PolicyNames, *page.IsTruncated, page.Marker)
	}

	put := func(name, text string) error {
		return second(d.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: "bob", PolicyName: name, PolicyDocument: text}))
	}
	refused(t, "malformed", put("p3", `{"Statement":{"Effect":"Perhaps"}}`), fault.Invalid, iam.MalformedPolicyDocumentException, `Statement.Effect`)
	refused(t, "with a principal", put("p3", trustIoT), fault.Invalid, iam.MalformedPolicyDocumentException, "Principal")
	long := statement("Allow", "iot:"+strings.Repeat("x", 1800), "*")
	refused(t, "too long together", put("p3", long), fault.Limit, iam.LimitExceededException, "Maximum policy size of 2048 bytes exceeded for bob")
	_, err := d.GetUserPolicy(ctx, &iam.GetUserPolicyInput{UserName: "bob", PolicyName: "p3"})
	refused(t, "a policy that was refused", err, fault.NotFound, iam.NoSuchEntityException, "The user policy with name p3 cannot be found.")
	for _, name := range []string{"p1", "p2"} {
		must[*iam.DeleteUserPolicyOutput](t)(d.DeleteUserPolicy(ctx, &iam.DeleteUserPolicyInput{UserName: "bob", PolicyName: name}))
	}
	if err := put("p0", long); err != nil { // the one it replaces no longer counts
		t.Errorf("replacing by a long one: %v", err)
	}
	_, err = d.DeleteUserPolicy(ctx, &iam.DeleteUserPolicyInput{UserName: "bob", PolicyName: "p1"})
	refused(t, "deleting twice", err, fault.NotFound, iam.NoSuchEntityException, "The user policy with name p1 cannot be found.")
}

func TestTags(t *testing.T) {
	d := newDirectory(t)
	ctx := asRoot(t, home)
	newUser(t, d, ctx, "bob")
	must[string](t)(d.EnsureRole(ctx, home, "logging", trustIoT, ""))
	put := func(tags ...iam.Tag) error {
		err := second(d.TagUser(ctx, &iam.TagUserInput{UserName: "bob", Tags: tags}))
		if other := second(d.TagRole(ctx, &iam.TagRoleInput{RoleName: "logging", Tags: tags})); fault.KindOf(other) != fault.KindOf(err) {
			t.Errorf("TagRole answers %v, TagUser %v", other, err)
		}
		return err
	}
	f := func(want string) {
		t.Helper()
		ofUser := must[*iam.ListUserTagsOutput](t)(d.ListUserTags(ctx, &iam.ListUserTagsInput{UserName: "bob"})).Tags
		ofRole := must[*iam.ListRoleTagsOutput](t)(d.ListRoleTags(ctx, &iam.ListRoleTagsInput{RoleName: "logging"})).Tags
		if fmt.Sprint(ofUser) != want || fmt.Sprint(ofRole) != want {
			t.Errorf("got tags %v of the user and %v of the role, want %s", ofUser, ofRole, want)
		}
	}
	f("[]")
	if err := put(iam.Tag{Key: "b", Value: "1"}, iam.Tag{Key: "a", Value: "2"}); err != nil {
		t.Error(err)
	}
	f("[{a 2} {b 1}]")
	if err := put(iam.Tag{Key: "B", Value: "3"}); err != nil {
		t.Error(err)
	}
	f("[{B 3} {a 2}]")
	refused(t, "duplicate", put(iam.Tag{Key: "x"}, iam.Tag{Key: "X"}), fault.Invalid, iam.InvalidInputException, "Duplicate tag keys found: X")
	refused(t, "reserved", put(iam.Tag{Key: "AWS:x"}), fault.Invalid, iam.InvalidInputException, "reserved")
	var many []iam.Tag
	for i := range 49 {
		many = append(many, iam.Tag{Key: fmt.Sprint("k", i)})
	}
	refused(t, "too many", put(many...), fault.Limit, iam.LimitExceededException, "maximum limit: 50")
	f("[{B 3} {a 2}]")
	must[*iam.UntagUserOutput](t)(d.UntagUser(ctx, &iam.UntagUserInput{UserName: "bob", TagKeys: []string{"b", "unknown"}}))
	must[*iam.UntagRoleOutput](t)(d.UntagRole(ctx, &iam.UntagRoleInput{RoleName: "logging", TagKeys: []string{"b", "unknown"}}))
	f("[{a 2}]")
}
