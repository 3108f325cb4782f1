package identity

import (
	"context"
	"slices"
	"strings"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iam"
	"telltale/store/state"
)

// AttachUserPolicy gives a user the rights of a managed policy. Doing it twice does no harm. (aws: iam/API_AttachUserPolicy)
func (d *Directory) AttachUserPolicy(ctx context.Context, in *iam.AttachUserPolicyInput) (*iam.AttachUserPolicyOutput, error) {
	err := d.update(ctx, "identity.AttachUserPolicy", func(tx *state.Tx) error {
		u, err := findUser(tx, caller.From(ctx).Account, in.UserName)
		if err == nil {
			err = u.attach(tx, in.PolicyArn, "PoliciesPerUser")
		}
		if err != nil {
			return err
		}
		return users.Put(tx, u)
	})
	return &iam.AttachUserPolicyOutput{}, err
}

// DetachUserPolicy takes the rights of a managed policy from a user. (aws: iam/API_DetachUserPolicy)
func (d *Directory) DetachUserPolicy(ctx context.Context, in *iam.DetachUserPolicyInput) (*iam.DetachUserPolicyOutput, error) {
	err := d.changeUser(ctx, "identity.DetachUserPolicy", in.UserName, func(u *user) error { return u.detach(in.PolicyArn) })
	return &iam.DetachUserPolicyOutput{}, err
}

// ListAttachedUserPolicies lists the managed policies of a user by name. (aws: iam/API_ListAttachedUserPolicies)
func (d *Directory) ListAttachedUserPolicies(ctx context.Context, in *iam.ListAttachedUserPoliciesInput) (*iam.ListAttachedUserPoliciesOutput, error) {
	const op = "identity.ListAttachedUserPolicies"
	l, err := newListing(op, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	u, err := d.readUser(ctx, op, in.UserName)
	if err != nil {
		return nil, err
	}
	out := &iam.ListAttachedUserPoliciesOutput{AttachedPolicies: u.attachedPage(l, in.PathPrefix)}
	out.IsTruncated, out.Marker = l.end()
	return out, nil
}

// AttachRolePolicy gives a role the rights of a managed policy. Doing it twice does no harm. (aws: iam/API_AttachRolePolicy)
func (d *Directory) AttachRolePolicy(ctx context.Context, in *iam.AttachRolePolicyInput) (*iam.AttachRolePolicyOutput, error) {
	err := d.update(ctx, "identity.AttachRolePolicy", func(tx *state.Tx) error {
		r, err := findRole(tx, caller.From(ctx).Account, in.RoleName)
		if err == nil {
			err = r.attach(tx, in.PolicyArn, "PoliciesPerRole")
		}
		if err != nil {
			return err
		}
		return roles.Put(tx, r)
	})
	return &iam.AttachRolePolicyOutput{}, err
}

// DetachRolePolicy takes the rights of a managed policy from a role. (aws: iam/API_DetachRolePolicy)
func (d *Directory) DetachRolePolicy(ctx context.Context, in *iam.DetachRolePolicyInput) (*iam.DetachRolePolicyOutput, error) {
	err := d.changeRole(ctx, "identity.DetachRolePolicy", in.RoleName, func(r *role) error { return r.detach(in.PolicyArn) })
	return &iam.DetachRolePolicyOutput{}, err
}

// ListAttachedRolePolicies lists the managed policies of a role by name. (aws: iam/API_ListAttachedRolePolicies)
func (d *Directory) ListAttachedRolePolicies(ctx context.Context, in *iam.ListAttachedRolePoliciesInput) (*iam.ListAttachedRolePoliciesOutput, error) {
	const op = "identity.ListAttachedRolePolicies"
	l, err := newListing(op, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	r, err := d.readRole(ctx, op, in.RoleName)
	if err != nil {
		return nil, err
	}
	out := &iam.ListAttachedRolePoliciesOutput{AttachedPolicies: r.attachedPage(l, in.PathPrefix)}
	out.IsTruncated, out.Marker = l.end()
	return out, nil
}

// attach adds a policy of the holder's account. The quota is named in the error.
func (h *holder) attach(tx *state.Tx, policyARN, quota string) error {
	if _, err := findPolicy(tx, h.Account, policyARN); fault.Is(err, fault.NotFound) {
		return noSuchEntity("Policy %s does not exist or is not attachable.", policyARN)
	} else if err != nil {
		return err
	}
	at, found := h.findAttached(policyARN)
	if found {
		return nil
	}
	if len(h.Attached) >= maxAttached {
		return fault.New("", fault.Limit, "Cannot exceed quota for %s: %d", quota, maxAttached).Named(iam.LimitExceededException)
	}
	h.Attached = slices.Insert(h.Attached, at, policyARN)
	return nil
}

func (h *holder) detach(policyARN string) error {
	at, found := h.findAttached(policyARN)
	if !found || h.Attached[at] != policyARN {
		return noSuchEntity("Policy %s was not found.", policyARN)
	}
	h.Attached = slices.Delete(h.Attached, at, at+1)
	return nil
}

// findAttached finds a policy by its name, which is unique in the account.
func (h *holder) findAttached(policyARN string) (at int, found bool) {
	return slices.BinarySearchFunc(h.Attached, policyARN, func(a, b string) int { return strings.Compare(nameOf(a), nameOf(b)) })
}

// attachedPage lists the policies whose path begins with a prefix.
func (h *holder) attachedPage(l *listing, prefix string) []iam.AttachedPolicy {
	list := []iam.AttachedPolicy{}
	wanted := slices.DeleteFunc(slices.Clone(h.Attached), func(arn string) bool { return !strings.HasPrefix(pathOf(arn), prefix) })
	for _, arn := range pageOf(l, wanted, func(arn *string) string { return nameOf(*arn) }) {
		list = append(list, iam.AttachedPolicy{PolicyArn: *arn, PolicyName: nameOf(*arn)})
	}
	return list
}

// An ARN such as arn:aws:iam::account:policy/path/name tells path and name, which never change.

func nameOf(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

func pathOf(arn string) string {
	_, resource, _ := strings.Cut(arn, ":policy")
	return resource[:strings.LastIndexByte(resource, '/')+1]
}
