package authorizer

import (
	"context"
	"errors"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// How many authorizers an account may have in a region, and how many of them may be active. (aws: general/iot-core#security-limits)
const (
	most       = 100
	mostActive = 32
)

// CreateAuthorizer makes an authorizer. (aws: iot/API_CreateAuthorizer)
func (a *Authorizers) CreateAuthorizer(ctx context.Context, in *iot.CreateAuthorizerInput) (*iot.CreateAuthorizerOutput, error) {
	const op = "CreateAuthorizer"
	r := &record{
		Scope: caller.From(ctx).Scope, Name: in.AuthorizerName, Function: in.AuthorizerFunctionArn, TokenKey: in.TokenKeyName, Keys: in.TokenSigningPublicKeys,
		Unsigned: isTrue(in.SigningDisabled), Active: in.Status != iot.AuthorizerStatusInactive, CacheHTTP: isTrue(in.EnableCachingForHttp), Created: now(),
	}
	r.Modified = r.Created
	if err := a.check(r); err != nil {
		return nil, blame(op, err)
	}
	err := a.needs.State.Update(ctx, func(tx *state.Tx) error {
		if err := stored.Insert(tx, r); errors.Is(err, state.ErrExists) {
			return refuse(fault.Exists, "The authorizer %s already exists in account %s, region %s.", r.Name, r.Account, r.Region).
				Named(iot.ResourceAlreadyExistsException).With("resourceId", r.Name).With("resourceArn", r.arn())
		} else if err != nil {
			return err
		}
		if err := a.needs.Registry.PutTags(tx, r.Scope, kind+"/"+r.Name, in.Tags); err != nil {
			return err
		}
		return checkCount(tx, r.Scope)
	})
	if err != nil {
		return nil, blame(op, err)
	}
	return &iot.CreateAuthorizerOutput{AuthorizerName: r.Name, AuthorizerArn: r.arn()}, nil
}

// UpdateAuthorizer changes what is given of an authorizer. Whether tokens are signed cannot be changed. (aws: iot/API_UpdateAuthorizer)
func (a *Authorizers) UpdateAuthorizer(ctx context.Context, in *iot.UpdateAuthorizerInput) (*iot.UpdateAuthorizerOutput, error) {
	var r *record
	err := a.needs.State.Update(ctx, func(tx *state.Tx) (err error) {
		if r, err = find(tx, caller.From(ctx).Scope, in.AuthorizerName); err != nil {
			return err
		}
		r.change(in)
		if err := a.check(r); err != nil {
			return err
		}
		name, err := defaultOf(tx, r.Scope)
		switch {
		case err != nil:
			return err
		case name == r.Name && !r.Active:
			return invalid("The authorizer %s cannot be made INACTIVE: it is the default authorizer. Clear that with ClearDefaultAuthorizer.", r.Name)
		}
		if err := stored.Put(tx, r); err != nil {
			return err
		}
		return checkCount(tx, r.Scope)
	})
	if err != nil {
		return nil, blame("UpdateAuthorizer", err)
	}
	return &iot.UpdateAuthorizerOutput{AuthorizerName: r.Name, AuthorizerArn: r.arn()}, nil
}

func (r *record) change(in *iot.UpdateAuthorizerInput) {
	if in.AuthorizerFunctionArn != "" {
		r.Function = in.AuthorizerFunctionArn
	}
	if in.TokenKeyName != "" {
		r.TokenKey = in.TokenKeyName
	}
	if in.TokenSigningPublicKeys != nil {
		r.Keys = in.TokenSigningPublicKeys
	}
	if in.Status != "" {
		r.Active = in.Status == iot.AuthorizerStatusActive
	}
	if in.EnableCachingForHttp != nil {
		r.CacheHTTP = *in.EnableCachingForHttp
	}
	r.Modified = now()
}

// check refuses an authorizer that could never let anybody in.
func (a *Authorizers) check(r *record) error {
	for name, text := range r.Keys {
		if _, err := readKey(text); err != nil {
			return invalid("The public key %s of tokenSigningPublicKeys %s.", name, err)
		}
	}
	switch {
	case !a.needs.Functions.Knows(r.Function):
		return invalid("The function %q of authorizerFunctionArn is not configured: start telltale with --function NAME=URL or --function NAME=exec:PROGRAM, "+
			"where NAME is the name of the function or its whole ARN.", r.Function)
	case !r.Unsigned && r.TokenKey == "":
		return invalid("The tokenKeyName is missing: tokens are signed unless signingDisabled is true.")
	case !r.Unsigned && len(r.Keys) == 0:
		return invalid("The tokenSigningPublicKeys are missing: tokens are signed unless signingDisabled is true.")
	}
	return nil
}

// checkCount refuses too many authorizers.
func checkCount(tx *state.Tx, s caller.Scope) error {
	list, err := all(tx, s)
	active := 0
	for _, r := range list {
		if r.Active {
			active++
		}
	}
	switch {
	case err != nil:
		return err
	case len(list) > most:
		return refuse(fault.Limit, "There would be %d authorizers in account %s, region %s; allowed are %d.", len(list), s.Account, s.Region, most).Named(iot.LimitExceededException)
	case active > mostActive:
		return refuse(fault.Limit, "There would be %d active authorizers in account %s, region %s; allowed are %d.", active, s.Account, s.Region, mostActive).
			Named(iot.LimitExceededException)
	}
	return nil
}

func isTrue(b *bool) bool { return b != nil && *b }
