package api

import (
	"telltale/lang/shape/cloudtrail"
	"telltale/lang/wire"
	"telltale/service/trail"
)

// cloudtrailOperations lists CloudTrail.
func cloudtrailOperations(t *wire.Table, tr *trail.Trail) {
	wire.Handle(t, cloudtrail.LookupEvents, tr.LookupEvents)
}
