package api

import (
	"telltale/lang/shape/iot"
	"telltale/lang/shape/iotdata"
	"telltale/lang/wire"
	"telltale/service/broker"
)

// brokerOperations lists what is asked of the broker itself. The last is our own.
func brokerOperations(t *wire.Table, b *broker.Broker) {
	wire.Handle(t, iotdata.Publish, b.PublishMessage)
	wire.HandleRefusals(t, iotdata.Publish, b.PublishRefused)

	wire.Handle(t, iotdata.DeleteConnection, b.DeleteConnection)
	wire.Handle(t, iotdata.GetConnection, b.GetConnection)
	wire.Handle(t, iotdata.GetRetainedMessage, b.GetRetainedMessage)
	wire.Handle(t, iotdata.ListRetainedMessages, b.ListRetainedMessages)
	wire.Handle(t, iotdata.ListSubscriptions, b.ListSubscriptions)
	wire.Handle(t, iotdata.SendDirectMessage, b.SendDirectMessage)

	wire.HandleRefusals(t, iotdata.DeleteConnection, b.DeleteConnectionRefused)
	wire.HandleRefusals(t, iotdata.GetConnection, b.GetConnectionRefused)
	wire.HandleRefusals(t, iotdata.GetRetainedMessage, b.GetRetainedMessageRefused)
	wire.HandleRefusals(t, iotdata.ListRetainedMessages, b.ListRetainedMessagesRefused)
	wire.HandleRefusals(t, iotdata.ListSubscriptions, b.ListSubscriptionsRefused)
	wire.HandleRefusals(t, iotdata.SendDirectMessage, b.SendDirectMessageRefused)

	wire.Handle(t, iot.ExplainAuthorization, b.ExplainAuthorization)
}
