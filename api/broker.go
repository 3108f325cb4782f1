package api

import (
	"telltale/lang/shape/iot"
	"telltale/lang/shape/iotdata"
	"telltale/lang/wire"
	"telltale/service/broker"
)

// brokerOperations lists what is asked of the broker itself. It is our own.
func brokerOperations(t *wire.Table, b *broker.Broker) {
	wire.Handle(t, iot.ExplainAuthorization, b.ExplainAuthorization)
	wire.Handle(t, iotdata.Publish, b.PublishMessage)
	wire.HandleRefusals(t, iotdata.Publish, b.PublishRefused)
}
