package rules

import (
	"context"

	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// EnableTopicRule lets a rule run again. (aws: iot/API_EnableTopicRule)
func (e *Engine) EnableTopicRule(ctx context.Context, in *iot.EnableTopicRuleInput) (*iot.EnableTopicRuleOutput, error) {
	if err := e.disable(ctx, "EnableTopicRule", in.RuleName, false); err != nil {
		return nil, err
	}
	return &iot.EnableTopicRuleOutput{}, nil
}

// DisableTopicRule keeps a rule from running. (aws: iot/API_DisableTopicRule)
func (e *Engine) DisableTopicRule(ctx context.Context, in *iot.DisableTopicRuleInput) (*iot.DisableTopicRuleOutput, error) {
	if err := e.disable(ctx, "DisableTopicRule", in.RuleName, true); err != nil {
		return nil, err
	}
	return &iot.DisableTopicRuleOutput{}, nil
}

func (e *Engine) disable(ctx context.Context, op, name string, disabled bool) error {
	e.change.Lock()
	defer e.change.Unlock()
	var row *record
	err := e.needs.State.Update(ctx, func(tx *state.Tx) (err error) {
		if row, err = e.get(tx, op, scopeOf(ctx), name); err != nil {
			return err
		}
		row.Disabled, row.Document.RuleDisabled = disabled, &disabled
		return stored.Put(tx, row)
	})
	if err != nil {
		return blame(op, err)
	}
	e.book(row.Scope).put(e.build(row)).retire()
	e.generation.Add(1)
	return nil
}
