package api

import (
	"telltale/lang/shape/iot"
	"telltale/lang/wire"
	"telltale/service/rules"
	"telltale/service/rules/destination"
)

// ruleOperations lists what the AWS IoT control plane says of topic rules.
func ruleOperations(t *wire.Table, e *rules.Engine, d *destination.Destinations) {
	wire.Handle(t, iot.CreateTopicRule, e.CreateTopicRule)
	wire.Handle(t, iot.DeleteTopicRule, e.DeleteTopicRule)
	wire.Handle(t, iot.DisableTopicRule, e.DisableTopicRule)
	wire.Handle(t, iot.EnableTopicRule, e.EnableTopicRule)
	wire.Handle(t, iot.GetTopicRule, e.GetTopicRule)
	wire.Handle(t, iot.ListTopicRules, e.ListTopicRules)
	wire.Handle(t, iot.ReplaceTopicRule, e.ReplaceTopicRule)

	wire.HandleOpen(t, iot.ConfirmTopicRuleDestination, d.ConfirmTopicRuleDestination)
	wire.Handle(t, iot.CreateTopicRuleDestination, d.CreateTopicRuleDestination)
	wire.Handle(t, iot.DeleteTopicRuleDestination, d.DeleteTopicRuleDestination)
	wire.Handle(t, iot.GetTopicRuleDestination, d.GetTopicRuleDestination)
	wire.Handle(t, iot.ListTopicRuleDestinations, d.ListTopicRuleDestinations)
	wire.Handle(t, iot.UpdateTopicRuleDestination, d.UpdateTopicRuleDestination)
}
