package identity

import (
	"context"
	"errors"
	"strings"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/policy"
	"telltale/lang/shape/iam"
	"telltale/store/state"
)

const (
	defaultSession = 3600 // seconds
	maxTrust       = 2048 // characters of a trust policy that are not white space
)

// CreateRole makes a role that those whom its trust policy names may assume, and that may do nothing yet. (aws: iam/API_CreateRole)
func (d *Directory) CreateRole(ctx context.Context, in *iam.CreateRoleInput) (*iam.CreateRoleOutput, error) {
	const op = "identity.CreateRole"
	if err := refuseBoundary(op, in.PermissionsBoundary); err != nil {
		return nil, err
	}
	r := &role{
		holder:      holder{entity: newEntity(caller.From(ctx).Account, roleID, in.RoleName, in.Path)},
		Description: in.Description, MaxSession: defaultSession,
	}
	if in.MaxSessionDuration != nil {
		r.MaxSession = *in.MaxSessionDuration
	}
	err := r.setTrust(in.AssumeRolePolicyDocument)
	if err == nil {
		err = r.setTags(in.Tags)
	}
	if err != nil {
		return nil, faultOf(op, err)
	}
	err = d.update(ctx, op, func(tx *state.Tx) error {
		err := roles.Insert(tx, r)
		if errors.Is(err, state.ErrExists) {
			return fault.New("", fault.Exists, "Role with name %s already exists.", in.RoleName).Named(iam.EntityAlreadyExistsException)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out := r.shape()
	out.Tags = r.tagShapes()
	return &iam.CreateRoleOutput{Role: &out}, nil
}

// GetRole returns a role. (aws: iam/API_GetRole)
func (d *Directory) GetRole(ctx context.Context, in *iam.GetRoleInput) (*iam.GetRoleOutput, error) {
	r, err := d.readRole(ctx, "identity.GetRole", in.RoleName)
	if err != nil {
		return nil, err
	}
	out := r.shape()
	out.Tags = r.tagShapes()
	return &iam.GetRoleOutput{Role: &out}, nil
}

// ListRoles lists the account's roles whose path begins with a prefix, without their tags. (aws: iam/API_ListRoles)
func (d *Directory) ListRoles(ctx context.Context, in *iam.ListRolesInput) (*iam.ListRolesOutput, error) {
	const op = "identity.ListRoles"
	l, err := newListing(op, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out, account := &iam.ListRolesOutput{Roles: []iam.Role{}}, caller.From(ctx).Account
	err = d.view(ctx, op, func(tx *state.Tx) error {
		rows := roles.Scan(tx, state.K(account), l.position(account), 0)
		list, err := take(l, rows, func(r *role) string { return r.Name }, func(r *role) bool { return strings.HasPrefix(r.Path, in.PathPrefix) })
		for _, r := range list {
			out.Roles = append(out.Roles, r.shape())
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out.IsTruncated, out.Marker = l.end()
	return out, nil
}

// UpdateRole changes description and longest session, where they are given. (aws: iam/API_UpdateRole)
func (d *Directory) UpdateRole(ctx context.Context, in *iam.UpdateRoleInput) (*iam.UpdateRoleOutput, error) {
	err := d.changeRole(ctx, "identity.UpdateRole", in.RoleName, func(r *role) error {
		if in.Description != "" {
			r.Description = in.Description
		}
		if in.MaxSessionDuration != nil {
			r.MaxSession = *in.MaxSessionDuration
		}
		return nil
	})
	return &iam.UpdateRoleOutput{}, err
}

// UpdateAssumeRolePolicy replaces a role's trust policy. (aws: iam/API_UpdateAssumeRolePolicy)
func (d *Directory) UpdateAssumeRolePolicy(ctx context.Context, in *iam.UpdateAssumeRolePolicyInput) (*iam.UpdateAssumeRolePolicyOutput, error) {
	err := d.changeRole(ctx, "identity.UpdateAssumeRolePolicy", in.RoleName, func(r *role) error { return r.setTrust(in.PolicyDocument) })
	return &iam.UpdateAssumeRolePolicyOutput{}, err
}

// DeleteRole removes a role that has no policies any more. (aws: iam/API_DeleteRole)
func (d *Directory) DeleteRole(ctx context.Context, in *iam.DeleteRoleInput) (*iam.DeleteRoleOutput, error) {
	err := d.update(ctx, "identity.DeleteRole", func(tx *state.Tx) error {
		r, err := findRole(tx, caller.From(ctx).Account, in.RoleName)
		if err != nil {
			return err
		}
		if err := r.empty(); err != nil {
			return err
		}
		return roles.Delete(tx, roles.Key(r))
	})
	return &iam.DeleteRoleOutput{}, err
}

// changeRole changes a stored role.
func (d *Directory) changeRole(ctx context.Context, op, name string, change func(*role) error) error {
	return d.update(ctx, op, func(tx *state.Tx) error {
		r, err := findRole(tx, caller.From(ctx).Account, name)
		if err != nil {
			return err
		}
		if err := change(r); err != nil {
			return err
		}
		return roles.Put(tx, r)
	})
}

// readRole reads a stored role.
func (d *Directory) readRole(ctx context.Context, op, name string) (r *role, err error) {
	err = d.view(ctx, op, func(tx *state.Tx) (err error) {
		r, err = findRole(tx, caller.From(ctx).Account, name)
		return err
	})
	return r, err
}

func findRole(tx *state.Tx, account, name string) (*role, error) {
	r, err := roles.Get(tx, nameKey(account, name))
	if errors.Is(err, state.ErrNotFound) || err == nil && r.Name != name {
		return nil, noSuchEntity("The role with name %s cannot be found.", name)
	}
	return r, err
}

// setTrust sets who may assume the role.
func (r *role) setTrust(text string) error {
	if err := checkDocument(text, policy.IAMTrust); err != nil {
		return err
	}
	if n := policy.Size([]byte(text)); n > maxTrust {
		return fault.New("", fault.Limit, "Cannot exceed quota for ACLSizePerRole: %d characters that are not white space, this policy has %d.",
			maxTrust, n).Named(iam.LimitExceededException)
	}
	r.Trust = text
	return nil
}

func (r *role) shape() iam.Role {
	return iam.Role{
		RoleName: r.Name, Path: r.Path, RoleId: r.ID, Arn: r.arn(), CreateDate: r.Created,
		AssumeRolePolicyDocument: escapeDocument(r.Trust), Description: r.Description, MaxSessionDuration: &r.MaxSession,
	}
}
