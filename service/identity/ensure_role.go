package identity

import (
	"context"
	"errors"
	"regexp"

	"telltale/base/fault"
	"telltale/lang/policy"
	"telltale/store/state"
)

var roleNameForm = regexp.MustCompile(`^[0-9A-Za-z_+=,.@-]{1,64}$`)

// EnsureRole makes a role with a trust policy and one inline policy of the same name as the role, unless the account has a role of
// that name: then it is left as it is, for its owner may have changed it. It returns the role's ARN. An empty inline makes none.
func (d *Directory) EnsureRole(ctx context.Context, account, name, trust, inline string) (string, error) {
	const op = "identity.EnsureRole"
	if !accountForm.MatchString(account) {
		return "", fault.New(op, fault.Invalid, "account %q: want 12 digits", account)
	}
	if !roleNameForm.MatchString(name) {
		return "", fault.New(op, fault.Invalid, "role name %q: want 1 to 64 letters, digits and any of _+=,.@-", name)
	}
	if err := checkDocument(trust, policy.IAMTrust); err != nil {
		return "", faultOf(op, err)
	}
	r := &role{holder: holder{entity: newEntity(account, roleID, name, "")}, Trust: trust, MaxSession: defaultSession}
	if inline != "" {
		if err := r.putInline(name, inline, maxRolePolicies); err != nil {
			return "", faultOf(op, err)
		}
	}
	err := d.view(ctx, op, func(tx *state.Tx) error { return r.reload(tx) })
	if err == nil || !fault.Is(err, fault.NotFound) {
		return r.arn(), err
	}
	err = d.update(ctx, op, func(tx *state.Tx) error {
		err := roles.Insert(tx, r)
		if errors.Is(err, state.ErrExists) {
			return r.reload(tx) // somebody was faster
		}
		return err
	})
	return r.arn(), err
}

// reload makes r the stored role of its name; NotFound if there is none.
func (r *role) reload(tx *state.Tx) error {
	stored, err := roles.Get(tx, roles.Key(r))
	if errors.Is(err, state.ErrNotFound) {
		return fault.New("", fault.NotFound, "Role %s does not exist.", r.Name)
	}
	if err == nil {
		*r = *stored
	}
	return err
}
