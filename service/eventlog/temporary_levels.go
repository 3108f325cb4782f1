package eventlog

import (
	"context"

	"telltale/lang/shape/iot"
)

// SetTemporaryLoggingLevel sets the level of a resource for some time, beyond AWS. While it lasts it stands in front of the level that
// SetV2LoggingLevel gave the resource, which comes back when it ends.
func (l *Log) SetTemporaryLoggingLevel(ctx context.Context, in *iot.SetTemporaryLoggingLevelInput) (*iot.SetTemporaryLoggingLevelOutput, error) {
	const op = "eventlog.SetTemporaryLoggingLevel"
	t, err := newTemporary(ctx, op, temporaryLevel, in.LogTarget, in.DurationSeconds)
	if err != nil {
		return nil, err
	}
	t.Level = in.LogLevel
	disabled, err := l.setTemporary(ctx, op, t)
	return &iot.SetTemporaryLoggingLevelOutput{ExpiresAt: t.Until, AllLogsDisabled: &disabled}, err
}

// DeleteTemporaryLoggingLevel ends a temporary level before its time; one that is not there is no error.
func (l *Log) DeleteTemporaryLoggingLevel(ctx context.Context, in *iot.DeleteTemporaryLoggingLevelInput) (*iot.DeleteTemporaryLoggingLevelOutput, error) {
	err := l.deleteTemporary(ctx, "eventlog.DeleteTemporaryLoggingLevel", temporaryLevel, target{in.TargetType, in.TargetName})
	return &iot.DeleteTemporaryLoggingLevelOutput{}, err
}
