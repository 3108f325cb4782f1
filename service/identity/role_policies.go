package identity

import (
	"context"

	"telltale/lang/shape/iam"
)

// PutRolePolicy adds an inline policy to a role, or replaces the one of that name. (aws: iam/API_PutRolePolicy)
func (d *Directory) PutRolePolicy(ctx context.Context, in *iam.PutRolePolicyInput) (*iam.PutRolePolicyOutput, error) {
	err := d.changeRole(ctx, "identity.PutRolePolicy", in.RoleName, func(r *role) error {
		return r.putInline(in.PolicyName, in.PolicyDocument, maxRolePolicies)
	})
	return &iam.PutRolePolicyOutput{}, err
}

// GetRolePolicy returns an inline policy of a role. (aws: iam/API_GetRolePolicy)
func (d *Directory) GetRolePolicy(ctx context.Context, in *iam.GetRolePolicyInput) (*iam.GetRolePolicyOutput, error) {
	const op = "identity.GetRolePolicy"
	r, err := d.readRole(ctx, op, in.RoleName)
	if err != nil {
		return nil, err
	}
	at, found := r.findInline(in.PolicyName)
	if !found {
		return nil, faultOf(op, noRolePolicy(in.PolicyName))
	}
	return &iam.GetRolePolicyOutput{
		RoleName: r.Name, PolicyName: in.PolicyName, PolicyDocument: escapeDocument(r.Inline[at].Text),
	}, nil
}

// ListRolePolicies lists the names of a role's inline policies. (aws: iam/API_ListRolePolicies)
func (d *Directory) ListRolePolicies(ctx context.Context, in *iam.ListRolePoliciesInput) (*iam.ListRolePoliciesOutput, error) {
	const op = "identity.ListRolePolicies"
	l, err := newListing(op, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	r, err := d.readRole(ctx, op, in.RoleName)
	if err != nil {
		return nil, err
	}
	out := &iam.ListRolePoliciesOutput{PolicyNames: r.inlineNames(l)}
	out.IsTruncated, out.Marker = l.end()
	return out, nil
}

// DeleteRolePolicy removes an inline policy of a role. (aws: iam/API_DeleteRolePolicy)
func (d *Directory) DeleteRolePolicy(ctx context.Context, in *iam.DeleteRolePolicyInput) (*iam.DeleteRolePolicyOutput, error) {
	err := d.changeRole(ctx, "identity.DeleteRolePolicy", in.RoleName, func(r *role) error {
		if !r.dropInline(in.PolicyName) {
			return noRolePolicy(in.PolicyName)
		}
		return nil
	})
	return &iam.DeleteRolePolicyOutput{}, err
}

func noRolePolicy(name string) error {
	return noSuchEntity("The role policy with name %s cannot be found.", name)
}
