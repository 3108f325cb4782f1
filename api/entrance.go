package api

import (
	"telltale/lang/shape/iot"
	"telltale/lang/wire"
	"telltale/service/authorizer"
	"telltale/service/domain"
	"telltale/service/rolealias"
)

// entranceOperations lists what decides who may enter: custom authorizers, domain configurations and role aliases.
func entranceOperations(t *wire.Table, a *authorizer.Authorizers, d *domain.Domains, r *rolealias.Aliases) {
	wire.Handle(t, iot.ClearDefaultAuthorizer, a.ClearDefaultAuthorizer)
	wire.Handle(t, iot.CreateAuthorizer, a.CreateAuthorizer)
	wire.Handle(t, iot.DeleteAuthorizer, a.DeleteAuthorizer)
	wire.Handle(t, iot.DescribeAuthorizer, a.DescribeAuthorizer)
	wire.Handle(t, iot.DescribeDefaultAuthorizer, a.DescribeDefaultAuthorizer)
	wire.Handle(t, iot.ListAuthorizers, a.ListAuthorizers)
	wire.Handle(t, iot.SetDefaultAuthorizer, a.SetDefaultAuthorizer)
	wire.Handle(t, iot.TestInvokeAuthorizer, a.TestInvokeAuthorizer)
	wire.Handle(t, iot.UpdateAuthorizer, a.UpdateAuthorizer)

	wire.Handle(t, iot.CreateDomainConfiguration, d.CreateDomainConfiguration)
	wire.Handle(t, iot.DeleteDomainConfiguration, d.DeleteDomainConfiguration)
	wire.Handle(t, iot.DescribeDomainConfiguration, d.DescribeDomainConfiguration)
	wire.Handle(t, iot.ListDomainConfigurations, d.ListDomainConfigurations)
	wire.Handle(t, iot.UpdateDomainConfiguration, d.UpdateDomainConfiguration)

	wire.Handle(t, iot.CreateRoleAlias, r.CreateRoleAlias)
	wire.Handle(t, iot.DeleteRoleAlias, r.DeleteRoleAlias)
	wire.Handle(t, iot.DescribeRoleAlias, r.DescribeRoleAlias)
	wire.Handle(t, iot.ListRoleAliases, r.ListRoleAliases)
	wire.Handle(t, iot.UpdateRoleAlias, r.UpdateRoleAlias)
}
