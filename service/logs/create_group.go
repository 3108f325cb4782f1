package logs

import (
	"context"
	"errors"
	"slices"
	"strings"

	"telltale/base/caller"
	"telltale/lang/shape/logs"
	"telltale/store/state"
)

// groupClasses are the classes of groups. The class is kept and answered; all are stored and searched alike.
var groupClasses = []string{logs.LogGroupClassStandard, logs.LogGroupClassInfrequentAccess, logs.LogGroupClassDelivery}

// CreateLogGroup makes a group that keeps its events forever. There is no encryption with customer keys, so kmsKeyId is refused rather
// than ignored. (aws: logs/API_CreateLogGroup)
func (l *Logs) CreateLogGroup(ctx context.Context, in *logs.CreateLogGroupInput) (*logs.CreateLogGroupOutput, error) {
	const op = "logs.CreateLogGroup"
	scope := caller.From(ctx).Scope
	g := &group{Account: scope.Account, Region: scope.Region, Name: in.LogGroupName, Class: in.LogGroupClass, Tags: in.Tags,
		Protected: in.DeletionProtectionEnabled != nil && *in.DeletionProtectionEnabled}
	switch {
	case in.KmsKeyId != "":
		return nil, invalid(op, "A kmsKeyId is not supported: log groups cannot be encrypted with your own key.")
	case g.Class != "" && !slices.Contains(groupClasses, g.Class):
		return nil, invalid(op, "The logGroupClass %q is not known: it must be one of %s.", g.Class, strings.Join(groupClasses, ", "))
	}
	if err := checkGroupName(op, g.Name); err != nil {
		return nil, err
	}
	if err := checkTags(op, g.Tags); err != nil {
		return nil, err
	}
	err := l.alter(ctx, op, func(tx *state.Tx) error {
		err := g.insert(tx)
		if errors.Is(err, state.ErrExists) {
			return groupExists(op)
		}
		return err
	})
	return &logs.CreateLogGroupOutput{}, err
}
