package api

import (
	"telltale/lang/shape/iotdata"
	"telltale/lang/wire"
	"telltale/service/shadow"
)

// iotdataOperations lists the AWS IoT data plane. The last two are our own.
func iotdataOperations(t *wire.Table, s *shadow.Shadows) {
	wire.Handle(t, iotdata.DeleteThingShadow, s.DeleteThingShadow)
	wire.Handle(t, iotdata.GetThingShadow, s.GetThingShadow)
	wire.Handle(t, iotdata.ListNamedShadowsForThing, s.ListNamedShadowsForThing)
	wire.Handle(t, iotdata.UpdateThingShadow, s.UpdateThingShadow)

	wire.HandleRefusals(t, iotdata.DeleteThingShadow, s.DeleteRefused)
	wire.HandleRefusals(t, iotdata.GetThingShadow, s.GetRefused)
	wire.HandleRefusals(t, iotdata.ListNamedShadowsForThing, s.ListRefused)
	wire.HandleRefusals(t, iotdata.UpdateThingShadow, s.UpdateRefused)

	wire.Handle(t, iotdata.GetThingShadowAt, s.GetThingShadowAt)
	wire.Handle(t, iotdata.ListThingShadowChanges, s.ListThingShadowChanges)
}
