package api

import (
	"telltale/lang/shape/sts"
	"telltale/lang/wire"
	"telltale/service/identity"
)

// stsOperations lists the Security Token Service.
func stsOperations(t *wire.Table, d *identity.Directory) {
	wire.Handle(t, sts.GetCallerIdentity, d.GetCallerIdentity)
}
