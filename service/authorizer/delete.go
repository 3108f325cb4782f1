package authorizer

import (
	"context"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// DeleteAuthorizer removes an authorizer that is inactive and not the default one. (aws: iot/API_DeleteAuthorizer)
func (a *Authorizers) DeleteAuthorizer(ctx context.Context, in *iot.DeleteAuthorizerInput) (*iot.DeleteAuthorizerOutput, error) {
	err := a.needs.State.Update(ctx, func(tx *state.Tx) error {
		s := caller.From(ctx).Scope
		r, err := find(tx, s, in.AuthorizerName)
		if err != nil {
			return err
		}
		name, err := defaultOf(tx, s)
		switch {
		case err != nil:
			return err
		case name == r.Name:
			return refuse(fault.Conflict, "The authorizer %s cannot be deleted: it is the default authorizer. Clear that with ClearDefaultAuthorizer.", r.Name).
				Named(iot.DeleteConflictException)
		case r.Active:
			return refuse(fault.Conflict, "The authorizer %s cannot be deleted: it is ACTIVE. Set it to INACTIVE with UpdateAuthorizer.", r.Name).Named(iot.DeleteConflictException)
		}
		if err := a.needs.Registry.DropTags(tx, s, kind+"/"+r.Name); err != nil {
			return err
		}
		return stored.Delete(tx, stored.Key(r))
	})
	if err != nil {
		return nil, blame("DeleteAuthorizer", err)
	}
	return &iot.DeleteAuthorizerOutput{}, nil
}
