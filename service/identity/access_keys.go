package identity

import (
	"context"
	"errors"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iam"
	"telltale/store/state"
)

// maxAccessKeys is how many keys a user, or root, has at most. aws: iam/reference_iam-quotas#reference_iam-quotas-entities
const maxAccessKeys = 2

// rootName stands where a key's user name does, for keys of root.
const rootName = "root"

// owner is whose access keys an operation is about.
type owner struct{ account, id, name string }

// ownerOf is the named user or, without a name, the one who calls, which may be root.
func ownerOf(tx *state.Tx, who *caller.Caller, name string) (owner, error) {
	if name == "" && who.Kind == caller.Root {
		return owner{account: who.Account, id: who.Account, name: rootName}, nil
	}
	u, err := userOrCaller(tx, who, name)
	if err != nil {
		return owner{}, err
	}
	return owner{account: u.Account, id: u.ID, name: u.Name}, nil
}

// keys lists the owner's access keys by id.
func (o owner) keys(tx *state.Tx) (list []accessKey, err error) {
	for k, err := range accessKeys.ScanIndex(tx, "owner", state.K(o.account, o.id), state.Cursor{}, 0) {
		if err != nil {
			return nil, err
		}
		list = append(list, *k)
	}
	return list, nil
}

// key is one of the owner's access keys.
func (o owner) key(tx *state.Tx, id string) (*accessKey, error) {
	k, err := accessKeys.Get(tx, state.K(id))
	if errors.Is(err, state.ErrNotFound) || err == nil && (k.Account != o.account || k.Owner != o.id) {
		return nil, noSuchEntity("The Access Key with id %s cannot be found.", id)
	}
	return k, err
}

// CreateAccessKey makes a key for a user, by default for the caller, which may be root. The answer is the only one that ever
// tells the secret. (aws: iam/API_CreateAccessKey)
func (d *Directory) CreateAccessKey(ctx context.Context, in *iam.CreateAccessKeyInput) (*iam.CreateAccessKeyOutput, error) {
	var out iam.AccessKey
	err := d.update(ctx, "identity.CreateAccessKey", func(tx *state.Tx) error {
		o, err := ownerOf(tx, caller.From(ctx), in.UserName)
		if err != nil {
			return err
		}
		present, err := o.keys(tx)
		if err != nil {
			return err
		}
		if len(present) >= maxAccessKeys {
			return fault.New("", fault.Limit, "Cannot exceed quota for AccessKeysPerUser: %d", maxAccessKeys).Named(iam.LimitExceededException)
		}
		k := &accessKey{
			ID: newID(accessKeyID), Secret: newSecret(), Account: o.account, Owner: o.id,
			Active: true, Created: time.Now().UTC().Truncate(time.Second),
		}
		out = iam.AccessKey{
			UserName: o.name, AccessKeyId: k.ID, Status: k.status(), SecretAccessKey: string(k.Secret), CreateDate: k.Created,
		}
		return accessKeys.Insert(tx, k)
	})
	if err != nil {
		return nil, err
	}
	return &iam.CreateAccessKeyOutput{AccessKey: &out}, nil
}

// ListAccessKeys lists the keys of a user, by default of the caller, without their secrets. (aws: iam/API_ListAccessKeys)
func (d *Directory) ListAccessKeys(ctx context.Context, in *iam.ListAccessKeysInput) (*iam.ListAccessKeysOutput, error) {
	const op = "identity.ListAccessKeys"
	l, err := newListing(op, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &iam.ListAccessKeysOutput{AccessKeyMetadata: []iam.AccessKeyMetadata{}}
	err = d.view(ctx, op, func(tx *state.Tx) error {
		o, err := ownerOf(tx, caller.From(ctx), in.UserName)
		if err != nil {
			return err
		}
		list, err := o.keys(tx)
		for _, k := range pageOf(l, list, func(k *accessKey) string { return k.ID }) {
			out.AccessKeyMetadata = append(out.AccessKeyMetadata, iam.AccessKeyMetadata{
				UserName: o.name, AccessKeyId: k.ID, Status: k.status(), CreateDate: k.Created,
			})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out.IsTruncated, out.Marker = l.end()
	return out, nil
}

// UpdateAccessKey makes a key active or inactive. Requests signed with an inactive key are refused. (aws: iam/API_UpdateAccessKey)
func (d *Directory) UpdateAccessKey(ctx context.Context, in *iam.UpdateAccessKeyInput) (*iam.UpdateAccessKeyOutput, error) {
	const op = "identity.UpdateAccessKey"
	if in.Status != iam.StatusTypeActive && in.Status != iam.StatusTypeInactive {
		return nil, fault.New(op, fault.Invalid, "Status is %q: want Active or Inactive.", in.Status).Named(iam.InvalidInputException)
	}
	err := d.update(ctx, op, func(tx *state.Tx) error {
		o, err := ownerOf(tx, caller.From(ctx), in.UserName)
		if err != nil {
			return err
		}
		k, err := o.key(tx, in.AccessKeyId)
		if err != nil {
			return err
		}
		k.Active = in.Status == iam.StatusTypeActive
		return accessKeys.Put(tx, k)
	})
	return &iam.UpdateAccessKeyOutput{}, err
}

// DeleteAccessKey removes a key for good. (aws: iam/API_DeleteAccessKey)
func (d *Directory) DeleteAccessKey(ctx context.Context, in *iam.DeleteAccessKeyInput) (*iam.DeleteAccessKeyOutput, error) {
	err := d.update(ctx, "identity.DeleteAccessKey", func(tx *state.Tx) error {
		o, err := ownerOf(tx, caller.From(ctx), in.UserName)
		if err != nil {
			return err
		}
		k, err := o.key(tx, in.AccessKeyId)
		if err != nil {
			return err
		}
		return accessKeys.Delete(tx, accessKeys.Key(k))
	})
	return &iam.DeleteAccessKeyOutput{}, err
}

func (k *accessKey) status() string {
	if k.Active {
		return iam.StatusTypeActive
	}
	return iam.StatusTypeInactive
}
