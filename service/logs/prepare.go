package logs

import (
	"context"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/store/state"
)

// Prepare makes a group for a service that writes with a role of its customer's, unless the group is there. may asks whether the role
// allows an action: without logs:CreateLogGroup nothing is made and its error is returned; without logs:PutRetentionPolicy the group
// keeps its events for ever, otherwise for Config.Retention days.
func (l *Logs) Prepare(ctx context.Context, s caller.Scope, name string, may func(action string) error) error {
	const op = "logs.Prepare"
	key := groupKey{s, name}
	if _, known := l.open.Load(key); known {
		return nil
	}
	err := l.view(ctx, op, func(tx *state.Tx) error {
		_, err := getGroup(tx, op, s, name)
		return err
	})
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	if err := may("logs:CreateLogGroup"); err != nil {
		return err
	}
	g := &group{Account: s.Account, Region: s.Region, Name: name}
	if may("logs:PutRetentionPolicy") == nil {
		g.Retention = l.cfg.Retention
	}
	if err := checkGroupName(op, name); err != nil {
		return err
	}
	l.change.Lock()
	defer l.change.Unlock()
	return l.alterLocked(ctx, op, func(tx *state.Tx) error {
		if _, err := getGroup(tx, op, s, name); !fault.Is(err, fault.NotFound) {
			return err // made by somebody else, a moment ago
		}
		return g.insert(tx)
	})
}
