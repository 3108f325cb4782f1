package authorizer

import (
	"context"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// SetDefaultAuthorizer makes an active authorizer the one that is asked where a client names none. Another default is cleared first.
// (aws: iot/API_SetDefaultAuthorizer)
func (a *Authorizers) SetDefaultAuthorizer(ctx context.Context, in *iot.SetDefaultAuthorizerInput) (*iot.SetDefaultAuthorizerOutput, error) {
	var r *record
	err := a.needs.State.Update(ctx, func(tx *state.Tx) (err error) {
		if r, err = find(tx, caller.From(ctx).Scope, in.AuthorizerName); err != nil {
			return err
		}
		name, err := defaultOf(tx, r.Scope)
		switch {
		case err != nil:
			return err
		case !r.Active:
			return invalid("The authorizer %s cannot become the default: it is INACTIVE.", r.Name)
		case name != "" && name != r.Name:
			return refuse(fault.Exists, "The authorizer %s is the default already. Clear that with ClearDefaultAuthorizer.", name).Named(iot.ResourceAlreadyExistsException)
		}
		return defaults.Put(tx, &preset{r.Scope, r.Name})
	})
	if err != nil {
		return nil, blame("SetDefaultAuthorizer", err)
	}
	return &iot.SetDefaultAuthorizerOutput{AuthorizerName: r.Name, AuthorizerArn: r.arn()}, nil
}

// DescribeDefaultAuthorizer tells all about the default authorizer. (aws: iot/API_DescribeDefaultAuthorizer)
func (a *Authorizers) DescribeDefaultAuthorizer(ctx context.Context, _ *iot.DescribeDefaultAuthorizerInput) (*iot.DescribeDefaultAuthorizerOutput, error) {
	var r *record
	err := a.needs.State.View(ctx, func(tx *state.Tx) (err error) {
		r, err = preselected(tx, caller.From(ctx).Scope)
		return err
	})
	if err != nil {
		return nil, blame("DescribeDefaultAuthorizer", err)
	}
	return &iot.DescribeDefaultAuthorizerOutput{AuthorizerDescription: r.describe()}, nil
}

// ClearDefaultAuthorizer leaves the account without a default authorizer. (aws: iot/API_ClearDefaultAuthorizer)
func (a *Authorizers) ClearDefaultAuthorizer(ctx context.Context, _ *iot.ClearDefaultAuthorizerInput) (*iot.ClearDefaultAuthorizerOutput, error) {
	err := a.needs.State.Update(ctx, func(tx *state.Tx) error {
		r, err := preselected(tx, caller.From(ctx).Scope)
		if err != nil {
			return err
		}
		return defaults.Delete(tx, at(r.Scope))
	})
	if err != nil {
		return nil, blame("ClearDefaultAuthorizer", err)
	}
	return &iot.ClearDefaultAuthorizerOutput{}, nil
}

// preselected is the default authorizer, which must exist.
func preselected(tx *state.Tx, s caller.Scope) (*record, error) {
	name, err := defaultOf(tx, s)
	if err == nil && name == "" {
		err = refuse(fault.NotFound, "There is no default authorizer in account %s, region %s.", s.Account, s.Region).Named(iot.ResourceNotFoundException)
	}
	if err != nil {
		return nil, err
	}
	return find(tx, s, name)
}
