package identity

import (
	"context"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/store/state"
)

// UserARN is the resource that policies know a user by. A user that does not exist has the path given, "" for the root path; without
// a name it is the caller's own user.
func (d *Directory) UserARN(ctx context.Context, c *caller.Caller, name, path string) string {
	if name == "" && c.Kind == caller.User {
		return c.ARN
	}
	if name == "" {
		return "*"
	}
	found := arn.IAM(c.Account, "user"+orRoot(path)+name)
	_ = d.view(ctx, "identity.UserARN", func(tx *state.Tx) error { // one that cannot be read is named as if it did not exist
		u, err := findUser(tx, c.Account, name)
		if err == nil {
			found = u.arn()
		}
		return err
	})
	return found
}

// RoleARN is the same for a role.
func (d *Directory) RoleARN(ctx context.Context, c *caller.Caller, name, path string) string {
	found := arn.IAM(c.Account, "role"+orRoot(path)+name)
	_ = d.view(ctx, "identity.RoleARN", func(tx *state.Tx) error {
		r, err := findRole(tx, c.Account, name)
		if err == nil {
			found = r.arn()
		}
		return err
	})
	return found
}

func orRoot(path string) string {
	if path == "" {
		return "/"
	}
	return path
}
