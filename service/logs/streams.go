package logs

import (
	"context"
	"errors"

	"telltale/base/caller"
	"telltale/lang/shape/logs"
	"telltale/store/state"
)

// CreateLogStream makes an empty stream in a group. (aws: logs/API_CreateLogStream)
func (l *Logs) CreateLogStream(ctx context.Context, in *logs.CreateLogStreamInput) (*logs.CreateLogStreamOutput, error) {
	const op = "logs.CreateLogStream"
	if err := checkStreamName(op, in.LogStreamName); err != nil {
		return nil, err
	}
	scope := caller.From(ctx).Scope
	err := l.alter(ctx, op, func(tx *state.Tx) error {
		g, err := getGroup(tx, op, scope, in.LogGroupName)
		if err != nil {
			return err
		}
		s := &stream{Group: g.ID, Name: in.LogStreamName}
		err = s.insert(tx)
		if errors.Is(err, state.ErrExists) {
			return streamExists(op)
		}
		return err
	})
	return &logs.CreateLogStreamOutput{}, err
}

// DeleteLogStream deletes a stream and its events, at once. (aws: logs/API_DeleteLogStream)
func (l *Logs) DeleteLogStream(ctx context.Context, in *logs.DeleteLogStreamInput) (*logs.DeleteLogStreamOutput, error) {
	const op = "logs.DeleteLogStream"
	key := groupKey{caller.From(ctx).Scope, in.LogGroupName}
	l.change.Lock()
	defer l.change.Unlock()
	l.shutStream(key, in.LogStreamName)
	err := l.alterLocked(ctx, op, func(tx *state.Tx) error {
		g, err := getGroup(tx, op, key.Scope, key.Name)
		if err != nil {
			return err
		}
		s, err := getStream(tx, op, g.ID, in.LogStreamName)
		if err != nil {
			return err
		}
		if err := tx.Outbox(chores, chore{Group: g.ID, Stream: s.ID, Drop: true}); err != nil {
			return err
		}
		return streamsTable.Delete(tx, streamsTable.Key(s))
	})
	return &logs.DeleteLogStreamOutput{}, err
}
