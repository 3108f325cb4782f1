package logs

import (
	"context"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/logs"
	"telltale/store/state"
)

// DeleteLogGroup deletes a group with its streams and events, at once. (aws: logs/API_DeleteLogGroup)
func (l *Logs) DeleteLogGroup(ctx context.Context, in *logs.DeleteLogGroupInput) (*logs.DeleteLogGroupOutput, error) {
	const op = "logs.DeleteLogGroup"
	key := groupKey{caller.From(ctx).Scope, in.LogGroupName}
	l.change.Lock()
	defer l.change.Unlock()
	l.shut(key)
	err := l.alterLocked(ctx, op, func(tx *state.Tx) error {
		g, err := getGroup(tx, op, key.Scope, key.Name)
		if err != nil {
			return err
		}
		if g.Protected {
			return fault.New(op, fault.Invalid, "The log group %s is protected from deletion: turn that off with PutLogGroupDeletionProtection first.",
				g.Name).Named(logs.ValidationException)
		}
		return g.delete(tx)
	})
	return &logs.DeleteLogGroupOutput{}, err
}

// PutLogGroupDeletionProtection says whether a group can be deleted. (aws: logs/API_PutLogGroupDeletionProtection)
func (l *Logs) PutLogGroupDeletionProtection(ctx context.Context, in *logs.PutLogGroupDeletionProtectionInput) (*logs.PutLogGroupDeletionProtectionOutput, error) {
	const op = "logs.PutLogGroupDeletionProtection"
	scope := caller.From(ctx).Scope
	name, err := identifiedGroup(op, scope, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	err = l.alter(ctx, op, func(tx *state.Tx) error {
		g, err := getGroup(tx, op, scope, name)
		if err != nil {
			return err
		}
		g.Protected = in.DeletionProtectionEnabled
		return groupsTable.Put(tx, g)
	})
	return &logs.PutLogGroupDeletionProtectionOutput{}, err
}
