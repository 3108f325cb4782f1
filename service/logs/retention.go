package logs

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"telltale/base/caller"
	"telltale/lang/shape/logs"
	"telltale/store/state"
)

// retentionDays are the numbers of days that a retention can have. (aws: logs/API_PutRetentionPolicy)
var retentionDays = []int32{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

func validRetention(days int32) bool { return slices.Contains(retentionDays, days) }

// retentionWords lists the allowed numbers.
func retentionWords() string {
	return strings.Trim(strings.Join(strings.Fields(fmt.Sprint(retentionDays)), ", "), "[]")
}

// PutRetentionPolicy sets how many days a group keeps its events. Older ones are hidden at once. (aws: logs/API_PutRetentionPolicy)
func (l *Logs) PutRetentionPolicy(ctx context.Context, in *logs.PutRetentionPolicyInput) (*logs.PutRetentionPolicyOutput, error) {
	const op = "logs.PutRetentionPolicy"
	if !validRetention(in.RetentionInDays) {
		return nil, invalid(op, "The retentionInDays %d is not allowed: it must be one of %s.", in.RetentionInDays, retentionWords())
	}
	return &logs.PutRetentionPolicyOutput{}, l.setRetention(ctx, op, in.LogGroupName, in.RetentionInDays)
}

// DeleteRetentionPolicy lets a group keep its events forever. What has expired may be gone already. (aws: logs/API_DeleteRetentionPolicy)
func (l *Logs) DeleteRetentionPolicy(ctx context.Context, in *logs.DeleteRetentionPolicyInput) (*logs.DeleteRetentionPolicyOutput, error) {
	return &logs.DeleteRetentionPolicyOutput{}, l.setRetention(ctx, "logs.DeleteRetentionPolicy", in.LogGroupName, 0)
}

func (l *Logs) setRetention(ctx context.Context, op, name string, days int32) error {
	scope := caller.From(ctx).Scope
	l.change.Lock()
	defer l.change.Unlock()
	err := l.alterLocked(ctx, op, func(tx *state.Tx) error {
		g, err := getGroup(tx, op, scope, name)
		if err != nil {
			return err
		}
		g.Retention = days
		if err := tx.Outbox(chores, chore{Group: g.ID, Days: days}); err != nil {
			return err
		}
		return groupsTable.Put(tx, g)
	})
	if v, ok := l.open.Load(groupKey{scope, name}); ok && err == nil {
		v.(*openGroup).retention.Store(days)
	}
	return err
}
