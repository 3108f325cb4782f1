package identity

import (
	"context"

	"telltale/lang/shape/iam"
)

// Groups and instance profiles cannot be made here, so nobody is in one. Tools ask before they delete a user or role, and would
// stop at an error.

// ListGroupsForUser lists the groups that a user is in: none. (aws: iam/API_ListGroupsForUser)
func (d *Directory) ListGroupsForUser(ctx context.Context, in *iam.ListGroupsForUserInput) (*iam.ListGroupsForUserOutput, error) {
	if _, err := d.readUser(ctx, "identity.ListGroupsForUser", in.UserName); err != nil {
		return nil, err
	}
	more := false
	return &iam.ListGroupsForUserOutput{Groups: []iam.Group{}, IsTruncated: &more}, nil
}

// ListInstanceProfilesForRole lists the instance profiles that hold a role: none. (aws: iam/API_ListInstanceProfilesForRole)
func (d *Directory) ListInstanceProfilesForRole(ctx context.Context, in *iam.ListInstanceProfilesForRoleInput) (*iam.ListInstanceProfilesForRoleOutput, error) {
	if _, err := d.readRole(ctx, "identity.ListInstanceProfilesForRole", in.RoleName); err != nil {
		return nil, err
	}
	more := false
	return &iam.ListInstanceProfilesForRoleOutput{InstanceProfiles: []iam.InstanceProfile{}, IsTruncated: &more}, nil
}
