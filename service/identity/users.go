package identity

import (
	"context"
	"errors"
	"strings"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iam"
	"telltale/store/state"
)

// CreateUser makes a user that may do nothing yet. (aws: iam/API_CreateUser)
func (d *Directory) CreateUser(ctx context.Context, in *iam.CreateUserInput) (*iam.CreateUserOutput, error) {
	const op = "identity.CreateUser"
	if err := refuseBoundary(op, in.PermissionsBoundary); err != nil {
		return nil, err
	}
	u := &user{holder{entity: newEntity(caller.From(ctx).Account, userID, in.UserName, in.Path)}}
	if err := u.setTags(in.Tags); err != nil {
		return nil, faultOf(op, err)
	}
	err := d.update(ctx, op, func(tx *state.Tx) error {
		err := users.Insert(tx, u)
		if errors.Is(err, state.ErrExists) {
			return userExists(in.UserName)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out := u.shape()
	out.Tags = u.tagShapes()
	return &iam.CreateUserOutput{User: &out}, nil
}

// GetUser returns a user, by default the caller, which may be root. (aws: iam/API_GetUser)
func (d *Directory) GetUser(ctx context.Context, in *iam.GetUserInput) (*iam.GetUserOutput, error) {
	who, out := caller.From(ctx), iam.User{}
	if in.UserName == "" && who.Kind == caller.Root {
		out = iam.User{UserName: rootName, Path: "/", UserId: who.Account, Arn: rootARN(who.Account), CreateDate: time.Unix(0, 0).UTC()}
		return &iam.GetUserOutput{User: &out}, nil
	}
	err := d.view(ctx, "identity.GetUser", func(tx *state.Tx) error {
		u, err := userOrCaller(tx, who, in.UserName)
		if err == nil {
			out = u.shape()
			out.Tags = u.tagShapes()
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &iam.GetUserOutput{User: &out}, nil
}

// ListUsers lists the account's users whose path begins with a prefix, without their tags. (aws: iam/API_ListUsers)
func (d *Directory) ListUsers(ctx context.Context, in *iam.ListUsersInput) (*iam.ListUsersOutput, error) {
	const op = "identity.ListUsers"
	l, err := newListing(op, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out, account := &iam.ListUsersOutput{Users: []iam.User{}}, caller.From(ctx).Account
	err = d.view(ctx, op, func(tx *state.Tx) error {
		rows := users.Scan(tx, state.K(account), l.position(account), 0)
		list, err := take(l, rows, func(u *user) string { return u.Name }, func(u *user) bool { return strings.HasPrefix(u.Path, in.PathPrefix) })
		for _, u := range list {
			out.Users = append(out.Users, u.shape())
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out.IsTruncated, out.Marker = l.end()
	return out, nil
}

// UpdateUser gives a user another name or path. Its id, policies and keys stay. (aws: iam/API_UpdateUser)
func (d *Directory) UpdateUser(ctx context.Context, in *iam.UpdateUserInput) (*iam.UpdateUserOutput, error) {
	err := d.update(ctx, "identity.UpdateUser", func(tx *state.Tx) error {
		u, err := findUser(tx, caller.From(ctx).Account, in.UserName)
		if err != nil {
			return err
		}
		if err := users.Delete(tx, users.Key(u)); err != nil { // the name is the key
			return err
		}
		if in.NewPath != "" {
			u.Path = in.NewPath
		}
		if in.NewUserName != "" {
			u.Name = in.NewUserName
		}
		err = users.Insert(tx, u)
		if errors.Is(err, state.ErrExists) {
			return userExists(in.NewUserName)
		}
		return err
	})
	return &iam.UpdateUserOutput{}, err
}

// DeleteUser removes a user that has neither policies nor keys any more. (aws: iam/API_DeleteUser)
func (d *Directory) DeleteUser(ctx context.Context, in *iam.DeleteUserInput) (*iam.DeleteUserOutput, error) {
	err := d.update(ctx, "identity.DeleteUser", func(tx *state.Tx) error {
		u, err := findUser(tx, caller.From(ctx).Account, in.UserName)
		if err != nil {
			return err
		}
		if err := u.empty(); err != nil {
			return err
		}
		keys, err := accessKeys.CountIndex(tx, "owner", state.K(u.Account, u.ID))
		if err != nil {
			return err
		}
		if keys > 0 {
			return deleteConflict("delete access keys")
		}
		return users.Delete(tx, users.Key(u))
	})
	return &iam.DeleteUserOutput{}, err
}

// changeUser changes a stored user.
func (d *Directory) changeUser(ctx context.Context, op, name string, change func(*user) error) error {
	return d.update(ctx, op, func(tx *state.Tx) error {
		u, err := findUser(tx, caller.From(ctx).Account, name)
		if err != nil {
			return err
		}
		if err := change(u); err != nil {
			return err
		}
		return users.Put(tx, u)
	})
}

// readUser reads a stored user.
func (d *Directory) readUser(ctx context.Context, op, name string) (u *user, err error) {
	err = d.view(ctx, op, func(tx *state.Tx) (err error) {
		u, err = findUser(tx, caller.From(ctx).Account, name)
		return err
	})
	return u, err
}

func findUser(tx *state.Tx, account, name string) (*user, error) {
	u, err := users.Get(tx, nameKey(account, name))
	if errors.Is(err, state.ErrNotFound) || err == nil && u.Name != name {
		return nil, noSuchEntity("The user with name %s cannot be found.", name)
	}
	return u, err
}

// userOrCaller is the named user, or the one who calls.
func userOrCaller(tx *state.Tx, who *caller.Caller, name string) (*user, error) {
	switch {
	case name != "":
		return findUser(tx, who.Account, name)
	case who.Kind != caller.User:
		return nil, fault.New("", fault.Invalid, "Must specify userName when calling with non-User credentials.").Named(validationError)
	}
	u, err := users.Find(tx, "id", state.K(who.Account, who.PrincipalID))
	if errors.Is(err, state.ErrNotFound) {
		return nil, noSuchEntity("The user with id %s cannot be found.", who.PrincipalID)
	}
	return u, err
}

func (u *user) shape() iam.User {
	return iam.User{UserName: u.Name, Path: u.Path, UserId: u.ID, Arn: u.arn(), CreateDate: u.Created}
}

func userExists(name string) error {
	return fault.New("", fault.Exists, "User with name %s already exists.", name).Named(iam.EntityAlreadyExistsException)
}

func noSuchEntity(format string, args ...any) error {
	return fault.New("", fault.NotFound, format, args...).Named(iam.NoSuchEntityException)
}

// empty refuses a holder that still has policies.
func (h *holder) empty() error {
	switch {
	case len(h.Attached) > 0:
		return deleteConflict("detach all policies")
	case len(h.Inline) > 0:
		return deleteConflict("delete policies")
	}
	return nil
}

func deleteConflict(before string) error {
	return fault.New("", fault.Conflict, "Cannot delete entity, must %s first.", before).Named(iam.DeleteConflictException)
}

// refuseBoundary refuses a permissions boundary: to accept one and not enforce it would allow what its author meant to forbid.
func refuseBoundary(op, boundary string) error {
	if boundary == "" {
		return nil
	}
	return fault.New(op, fault.Unimplemented, "PermissionsBoundary is not supported.")
}
