package rules

import (
	"context"

	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// DeleteTopicRule deletes a rule; one that does not exist is deleted already. What waits for its actions is still done.
// (aws: iot/API_DeleteTopicRule)
func (e *Engine) DeleteTopicRule(ctx context.Context, in *iot.DeleteTopicRuleInput) (*iot.DeleteTopicRuleOutput, error) {
	row := &record{Scope: scopeOf(ctx), Name: in.RuleName}
	e.change.Lock()
	defer e.change.Unlock()
	err := e.needs.State.Update(ctx, func(tx *state.Tx) error {
		if err := stored.Delete(tx, stored.Key(row)); err != nil && !isAbsent(err) {
			return err
		}
		return e.needs.Registry.DropTags(tx, row.Scope, row.resource())
	})
	if err != nil {
		return nil, blame("DeleteTopicRule", err)
	}
	e.book(row.Scope).remove(row.Name).retire()
	e.generation.Add(1)
	return &iot.DeleteTopicRuleOutput{}, nil
}
