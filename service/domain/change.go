package domain

import (
	"context"

	"telltale/base/caller"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// UpdateDomainConfiguration changes what is given of a configuration, iot:Data-ATS included. Connections that are open stay.
// (aws: iot/API_UpdateDomainConfiguration)
func (d *Domains) UpdateDomainConfiguration(ctx context.Context, in *iot.UpdateDomainConfigurationInput) (*iot.UpdateDomainConfigurationOutput, error) {
	var r *record
	err := d.update(ctx, func(tx *state.Tx) (err error) {
		if r, err = find(tx, caller.From(ctx).Scope, in.DomainConfigurationName); err != nil {
			return err
		}
		if err := r.change(in); err != nil {
			return err
		}
		if err := d.check(tx, r); err != nil {
			return err
		}
		return stored.Put(tx, r)
	})
	if err != nil {
		return nil, blame("UpdateDomainConfiguration", err)
	}
	return &iot.UpdateDomainConfigurationOutput{DomainConfigurationName: r.Name, DomainConfigurationArn: r.arn()}, nil
}

func (r *record) change(in *iot.UpdateDomainConfigurationInput) error {
	if err := checkOffered(in.ServerCertificateConfig, in.ClientCertificateConfig); err != nil {
		return err
	}
	disable := in.DomainConfigurationStatus == iot.DomainConfigurationStatusDisabled
	switch {
	case isTrue(in.RemoveAuthorizerConfig) && in.AuthorizerConfig != nil:
		return invalid("There is an authorizerConfig, and removeAuthorizerConfig is true: one excludes the other.")
	case disable && r.Name == Default:
		return invalid("The domain configuration %s cannot be disabled: it is that of the default endpoint.", Default)
	case in.DomainConfigurationStatus != "" && disable != r.Disabled:
		r.Disabled, r.Changed = disable, now()
	}
	if isTrue(in.RemoveAuthorizerConfig) {
		r.HasAuthorizer, r.Authorizer, r.AllowOverride = false, "", false
	}
	r.setAuthorizer(in.AuthorizerConfig)
	r.setTLS(in.TlsConfig)
	if in.AuthenticationType != "" {
		r.Authentication = in.AuthenticationType
	}
	if in.ApplicationProtocol != "" {
		r.Protocol = in.ApplicationProtocol
	}
	return nil
}

// DeleteDomainConfiguration removes a configuration that is disabled. (aws: iot/API_DeleteDomainConfiguration)
func (d *Domains) DeleteDomainConfiguration(ctx context.Context, in *iot.DeleteDomainConfigurationInput) (*iot.DeleteDomainConfigurationOutput, error) {
	err := d.update(ctx, func(tx *state.Tx) error {
		r, err := find(tx, caller.From(ctx).Scope, in.DomainConfigurationName)
		switch {
		case err != nil:
			return err
		case r.Name == Default:
			return invalid("The domain configuration %s cannot be deleted: it is that of the default endpoint.", Default)
		case !r.Disabled:
			return invalid("The domain configuration %s cannot be deleted: it is ENABLED. Set it to DISABLED with UpdateDomainConfiguration.", r.Name)
		}
		if err := d.needs.Registry.DropTags(tx, r.Scope, r.resource()); err != nil {
			return err
		}
		return stored.Delete(tx, stored.Key(r))
	})
	if err != nil {
		return nil, blame("DeleteDomainConfiguration", err)
	}
	return &iot.DeleteDomainConfigurationOutput{}, nil
}

// update changes the database, and then what handshakes see.
func (d *Domains) update(ctx context.Context, f func(*state.Tx) error) error {
	if err := d.needs.State.Update(ctx, f); err != nil {
		return err
	}
	return d.reload(context.WithoutCancel(ctx))
}
