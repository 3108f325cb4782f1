package rules

import (
	"time"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// record is a rule as it is stored. It holds the document that its author gave, for that is what GetTopicRule returns.
type record struct {
	caller.Scope
	Name     string
	Created  time.Time
	Disabled bool
	Document iot.TopicRulePayload
}

var stored = state.Table[record]{
	Name: "rules_rules",
	Key:  func(r *record) state.Key { return at(r.Scope, r.Name) },
}

// at is the key of what belongs to a scope.
func at(s caller.Scope, parts ...any) state.Key { return state.K(s.Account, s.Region).With(parts...) }

func (r *record) arn() string { return arn.IoT(r.Scope, "rule", r.Name) }

// resource is what the registry calls the rule, to keep its tags.
func (r *record) resource() string { return "rule/" + r.Name }

// exists reports whether there is a rule.
func (e *Engine) exists(tx *state.Tx, s caller.Scope, name string) (bool, error) {
	return stored.Has(tx, at(s, name))
}
