package identity

import (
	"fmt"
	"testing"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iam"
)

func TestAccessKeys(t *testing.T) {
	d := newDirectory(t)
	ctx := asRoot(t, home)
	first := newUser(t, d, ctx, "bob")
	made := must[*iam.CreateAccessKeyOutput](t)(d.CreateAccessKey(signedIn(t, d, first), &iam.CreateAccessKeyInput{})).AccessKey // bob for himself
	if made.UserName != "bob" || made.Status != "Active" || len(made.SecretAccessKey) != 40 || len(made.AccessKeyId) != 20 || made.CreateDate.IsZero() {
		t.Errorf("CreateAccessKey: got %+v", *made)
	}
	if k := mustKey(t, d, made.AccessKeyId); k.Secret != made.SecretAccessKey {
		t.Errorf("the key found has another secret than the one told")
	}
	_, err := d.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: "bob"})
	refused(t, "a third key", err, fault.Limit, iam.LimitExceededException, "Cannot exceed quota for AccessKeysPerUser: 2")

	must[*iam.UpdateAccessKeyOutput](t)(d.UpdateAccessKey(ctx, &iam.UpdateAccessKeyInput{UserName: "bob", AccessKeyId: first, Status: "Inactive"}))
	one := int32(1)
	out := must[*iam.ListAccessKeysOutput](t)(d.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: "bob", MaxItems: &one}))
	rest := must[*iam.ListAccessKeysOutput](t)(d.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: "bob", MaxItems: &one, Marker: out.Marker}))
	if !*out.IsTruncated || *rest.IsTruncated || rest.Marker != "" {
		t.Errorf("pages: truncated %v and %v, want true and false", *out.IsTruncated, *rest.IsTruncated)
	}
	status := map[string]string{}
	for _, k := range append(out.AccessKeyMetadata, rest.AccessKeyMetadata...) {
		status[k.AccessKeyId] = k.UserName + " " + k.Status
	}
	if want := map[string]string{first: "bob Inactive", made.AccessKeyId: "bob Active"}; fmt.Sprint(status) != fmt.Sprint(want) {
		t.Errorf("ListAccessKeys: got %v, want %v", status, want)
	}

	newUser(t, d, ctx, "eve")
	unknown := "The Access Key with id " + first + " cannot be found."
	_, err = d.UpdateAccessKey(ctx, &iam.UpdateAccessKeyInput{UserName: "eve", AccessKeyId: first, Status: "Active"})
	refused(t, "UpdateAccessKey of somebody else's", err, fault.NotFound, iam.NoSuchEntityException, unknown)
	_, err = d.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: "eve", AccessKeyId: first})
	refused(t, "DeleteAccessKey of somebody else's", err, fault.NotFound, iam.NoSuchEntityException, unknown)
	_, err = d.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{AccessKeyId: first}) // root's own keys are meant
	refused(t, "DeleteAccessKey without a name", err, fault.NotFound, iam.NoSuchEntityException, unknown)
	_, err = d.UpdateAccessKey(ctx, &iam.UpdateAccessKeyInput{UserName: "bob", AccessKeyId: first, Status: "Expired"})
	refused(t, "a status nobody can set", err, fault.Invalid, iam.InvalidInputException, `Status is "Expired": want Active or Inactive.`)
	_, err = d.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: "nobody"})
	refused(t, "CreateAccessKey for nobody", err, fault.NotFound, iam.NoSuchEntityException, "nobody")
	_, err = d.CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{})
	refused(t, "CreateAccessKey by nobody", err, fault.Invalid, "ValidationError", "Must specify userName")
}

func TestRootAccessKeys(t *testing.T) {
	d := newDirectory(t)
	ctx := asRoot(t, foreign)
	newUser(t, d, ctx, rootName) // a user of this name is not root
	made := must[*iam.CreateAccessKeyOutput](t)(d.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{})).AccessKey
	k := mustKey(t, d, made.AccessKeyId)
	if k.Caller.Kind != caller.Root || k.Caller.Account != foreign || k.Caller.ARN != rootARN(foreign) || !k.Verify {
		t.Errorf("root's key belongs to %+v, verified %v", k.Caller, k.Verify)
	}
	list := must[*iam.ListAccessKeysOutput](t)(d.ListAccessKeys(ctx, &iam.ListAccessKeysInput{})).AccessKeyMetadata
	if len(list) != 1 || list[0].AccessKeyId != made.AccessKeyId {
		t.Errorf("root's keys: got %+v, want only %s", list, made.AccessKeyId)
	}
	must[*iam.CreateAccessKeyOutput](t)(d.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{}))
	_, err := d.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{})
	refused(t, "root's third key", err, fault.Limit, iam.LimitExceededException, "AccessKeysPerUser: 2")
	must[*iam.DeleteAccessKeyOutput](t)(d.DeleteAccessKey(signedIn(t, d, made.AccessKeyId), &iam.DeleteAccessKeyInput{AccessKeyId: made.AccessKeyId}))
	if k := mustKey(t, d, made.AccessKeyId); k.Verify {
		t.Error("a deleted root key is still known")
	}
}
