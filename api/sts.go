package api

import (
	"telltale/lang/shape/sts"
	"telltale/lang/wire"
	"telltale/service/identity"
)

// stsOperations lists the Security Token Service.
func stsOperations(t *wire.Table, d *identity.Directory) {
	wire.Handle(t, sts.AssumeRole, d.AssumeRole)
	wire.Handle(t, sts.GetCallerIdentity, d.GetCallerIdentity)
	wire.Handle(t, sts.GetFederationToken, d.GetFederationToken)
	wire.Handle(t, sts.GetSessionToken, d.GetSessionToken)
}
