package identity

import (
	"context"

	"telltale/lang/shape/iam"
)

// PutUserPolicy adds an inline policy to a user, or replaces the one of that name. (aws: iam/API_PutUserPolicy)
func (d *Directory) PutUserPolicy(ctx context.Context, in *iam.PutUserPolicyInput) (*iam.PutUserPolicyOutput, error) {
	err := d.changeUser(ctx, "identity.PutUserPolicy", in.UserName, func(u *user) error {
		return u.putInline(in.PolicyName, in.PolicyDocument, maxUserPolicies)
	})
	return &iam.PutUserPolicyOutput{}, err
}

// GetUserPolicy returns an inline policy of a user. (aws: iam/API_GetUserPolicy)
func (d *Directory) GetUserPolicy(ctx context.Context, in *iam.GetUserPolicyInput) (*iam.GetUserPolicyOutput, error) {
	const op = "identity.GetUserPolicy"
	u, err := d.readUser(ctx, op, in.UserName)
	if err != nil {
		return nil, err
	}
	at, found := u.findInline(in.PolicyName)
	if !found {
		return nil, faultOf(op, noUserPolicy(in.PolicyName))
	}
	return &iam.GetUserPolicyOutput{
		UserName: u.Name, PolicyName: in.PolicyName, PolicyDocument: escapeDocument(u.Inline[at].Text),
	}, nil
}

// ListUserPolicies lists the names of a user's inline policies. (aws: iam/API_ListUserPolicies)
func (d *Directory) ListUserPolicies(ctx context.Context, in *iam.ListUserPoliciesInput) (*iam.ListUserPoliciesOutput, error) {
	const op = "identity.ListUserPolicies"
	l, err := newListing(op, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	u, err := d.readUser(ctx, op, in.UserName)
	if err != nil {
		return nil, err
	}
	out := &iam.ListUserPoliciesOutput{PolicyNames: u.inlineNames(l)}
	out.IsTruncated, out.Marker = l.end()
	return out, nil
}

// DeleteUserPolicy removes an inline policy of a user. (aws: iam/API_DeleteUserPolicy)
func (d *Directory) DeleteUserPolicy(ctx context.Context, in *iam.DeleteUserPolicyInput) (*iam.DeleteUserPolicyOutput, error) {
	err := d.changeUser(ctx, "identity.DeleteUserPolicy", in.UserName, func(u *user) error {
		if !u.dropInline(in.PolicyName) {
			return noUserPolicy(in.PolicyName)
		}
		return nil
	})
	return &iam.DeleteUserPolicyOutput{}, err
}

func noUserPolicy(name string) error {
	return noSuchEntity("The user policy with name %s cannot be found.", name)
}
