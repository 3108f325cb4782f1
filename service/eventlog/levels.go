package eventlog

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/base/fault"
	"telltale/base/page"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// SetV2LoggingLevel sets the level of a resource. (aws: iot/API_SetV2LoggingLevel)
func (l *Log) SetV2LoggingLevel(ctx context.Context, in *iot.SetV2LoggingLevelInput) (*iot.SetV2LoggingLevelOutput, error) {
	const op = "eventlog.SetV2LoggingLevel"
	t := target{in.LogTarget.TargetType, in.LogTarget.TargetName}
	if err := checkTarget(op, t); err != nil {
		return nil, err
	}
	scope := caller.From(ctx).Scope
	err := l.update(ctx, scope, func(tx *state.Tx, o *options) error {
		if !o.Configured {
			return notConfigured(op)
		}
		if t.Type == targetDefault {
			o.Level = in.LogLevel
			return nil
		}
		return l.putLevel(tx, &resourceLevel{scope.Account, scope.Region, t.Type, t.Name, in.LogLevel})
	})
	return &iot.SetV2LoggingLevelOutput{}, err
}

func (l *Log) putLevel(tx *state.Tx, r *resourceLevel) error {
	const op = "eventlog.SetV2LoggingLevel"
	key := levelsTable.Key(r)
	if have, err := levelsTable.Has(tx, key); err != nil || have {
		return errors.Join(err, levelsTable.Put(tx, r))
	}
	n, err := levelsTable.Count(tx, state.K(r.Account, r.Region))
	if err != nil {
		return err
	}
	if n >= l.cfg.MaxTargets {
		return fault.New(op, fault.Limit, "There are levels for %d resources already; at most %d are allowed.", n, l.cfg.MaxTargets).Named(iot.LimitExceededException)
	}
	return levelsTable.Put(tx, r)
}

func checkTarget(op string, t target) error {
	switch {
	case t.Type == targetDefault && t.Name != "":
		return fault.New(op, fault.Invalid, "The target type DEFAULT takes no targetName.")
	case t.Type != targetDefault && t.Name == "":
		return fault.New(op, fault.Invalid, "The target type %s needs a targetName.", t.Type)
	}
	if _, err := netip.ParseAddr(t.Name); t.Type == targetSource && err != nil {
		return fault.New(op, fault.Invalid, "The targetName %q is not an IP address.", t.Name)
	}
	return nil
}

// DeleteV2LoggingLevel removes the level of a resource; one that is not there is no error. (aws: iot/API_DeleteV2LoggingLevel)
func (l *Log) DeleteV2LoggingLevel(ctx context.Context, in *iot.DeleteV2LoggingLevelInput) (*iot.DeleteV2LoggingLevelOutput, error) {
	const op = "eventlog.DeleteV2LoggingLevel"
	t := target{in.TargetType, in.TargetName}
	if t.Type == targetDefault {
		return nil, fault.New(op, fault.Invalid, "The default level cannot be deleted; set it with SetV2LoggingOptions.")
	}
	if err := checkTarget(op, t); err != nil {
		return nil, err
	}
	scope := caller.From(ctx).Scope
	err := l.update(ctx, scope, func(tx *state.Tx, _ *options) error {
		err := levelsTable.Delete(tx, state.K(scope.Account, scope.Region, t.Type, t.Name))
		if errors.Is(err, state.ErrNotFound) {
			return nil
		}
		return err
	})
	return &iot.DeleteV2LoggingLevelOutput{}, err
}

// levelsPage is where a listing continues: after this target. The zero value is the beginning; then comes the default level.
type levelsPage struct{ Type, Name string }

func (t target) place() levelsPage { return levelsPage(t) }

func (p levelsPage) compare(q levelsPage) int {
	return cmp.Or(cmp.Compare(p.rank(), q.rank()), strings.Compare(p.Type, q.Type), strings.Compare(p.Name, q.Name))
}

func (p levelsPage) rank() int {
	switch p.Type {
	case "":
		return 0
	case targetDefault:
		return 1
	}
	return 2
}

// ListV2LoggingLevels lists the default level and those of resources. (aws: iot/API_ListV2LoggingLevels)
func (l *Log) ListV2LoggingLevels(ctx context.Context, in *iot.ListV2LoggingLevelsInput) (*iot.ListV2LoggingLevelsOutput, error) {
	const op = "eventlog.ListV2LoggingLevels"
	scope := caller.From(ctx).Scope
	o, err := l.options(ctx, scope)
	if err != nil {
		return nil, err
	}
	if !o.Configured {
		return nil, notConfigured(op)
	}
	var from levelsPage
	if err := page.Parse("ListV2LoggingLevels", in.NextToken, &from); err != nil {
		return nil, err
	}
	limit := 250
	if in.MaxResults != nil {
		limit = int(*in.MaxResults)
	}
	all, err := l.listLevels(ctx, scope, o, in.TargetType, from)
	if err != nil {
		return nil, fault.Wrap(op, fault.Internal, err)
	}
	out := &iot.ListV2LoggingLevelsOutput{LogTargetConfigurations: all}
	if len(all) > limit {
		last := all[limit-1].LogTarget
		out.LogTargetConfigurations = all[:limit]
		out.NextToken = page.Token("ListV2LoggingLevels", levelsPage{last.TargetType, last.TargetName})
	}
	return out, nil
}

// listLevels lists every level in force after a place: those set, and in front of them those that are temporary. There are few: the
// quotas are small.
func (l *Log) listLevels(ctx context.Context, s caller.Scope, o *options, only string, from levelsPage) (list []iot.LogTargetConfiguration, err error) {
	inForce := map[target]iot.LogTargetConfiguration{{Type: targetDefault}: {LogLevel: o.Level}}
	err = l.needs.State.View(ctx, func(tx *state.Tx) error {
		for r, err := range levelsTable.Scan(tx, state.K(s.Account, s.Region), state.Key{}, 0) {
			if err != nil {
				return err
			}
			inForce[target{r.Type, r.Name}] = iot.LogTargetConfiguration{LogLevel: r.Level}
		}
		list, err := lasting(tx, s, temporaryLevel)
		for _, t := range list {
			inForce[t.target()] = iot.LogTargetConfiguration{LogLevel: t.Level, ExpiresAt: t.Until}
		}
		return err
	})
	for t, c := range inForce {
		if t.place().compare(from) > 0 && (only == "" || only == t.Type) {
			c.LogTarget = &iot.LogTarget{TargetType: t.Type, TargetName: t.Name}
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b iot.LogTargetConfiguration) int {
		return target{a.LogTarget.TargetType, a.LogTarget.TargetName}.place().compare(target{b.LogTarget.TargetType, b.LogTarget.TargetName}.place())
	})
	return list, err
}

// eventTypes are the event types that can be configured: every documented entry, and TlsHandshake, which is our own. optInTypes are off by default.
var (
	eventTypes = []string{
		"AddThingToDynamicThingGroupsFailed", "Connect", "Connection.AuthNError", "DeleteConnection", "DeleteThingShadow",
		"DescribeJobExecution", "Disconnect", "FunctionExecution", "GetConnection", "GetDeviceCredentials", "GetPendingJobExecution",
		"GetRetainedMessage", "GetThingShadow", "IndexingCustomFieldFailed", "ListRetainedMessage", "ListSubscriptions",
		"NamedShadowCountForDynamicGroupQueryLimitExceeded", "Ping", "ProvisionDevice", "Publish-In", "Publish-Out", "Queued",
		"ReportFinalJobExecutionCount", "RetrieveOCSPStapleData", "RuleEvaluation", "RuleExecution", "RuleExecutionThrottled",
		"RuleMatch", "RuleMessageThrottled", "RuleNotFound", "SendDirectMessage", "StartNextPendingJobExecution",
		"StartingRuleExecution", "Subscribe", "TlsHandshake", "Unsubscribe", "UpdateJobExecution", "UpdateThingShadow",
	}
	optInTypes = []string{"Connection.AuthNError", "Ping"}
)

// entryName is the name that entries of an event type bear. One type has two names, of an older and a newer edition of the documents, and
// may be configured under either.
func entryName(eventType string) string {
	if eventType == "RuleExecutionThrottled" {
		return "RuleMessageThrottled"
	}
	return eventType
}

var _ event.Sink = (*Log)(nil)
