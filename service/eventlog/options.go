package eventlog

import (
	"context"
	"slices"
	"strings"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/base/event"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// options is how an account and region logs by default: the V2 options, and the old V1 ones.
type options struct {
	Account, Region string
	Configured      bool // V2 was set
	Role            string
	Level           string
	Disabled        bool
	Events          []eventOption `json:",omitempty"`

	V1Role  string `json:",omitempty"`
	V1Level string `json:",omitempty"`
}

// eventOption is the level and destination of one event type; either may be "".
type eventOption struct{ Type, Level, Destination string }

// resourceLevel is the level of one thing group, client, address or principal.
type resourceLevel struct{ Account, Region, Type, Name, Level string }

var optionsTable = state.Table[options]{
	Name: "eventlog_options",
	Key:  func(o *options) state.Key { return state.K(o.Account, o.Region) },
}

var levelsTable = state.Table[resourceLevel]{
	Name: "eventlog_levels",
	Key:  func(r *resourceLevel) state.Key { return state.K(r.Account, r.Region, r.Type, r.Name) },
}

// Tables lists what the event log keeps.
func Tables() []state.Schema { return []state.Schema{&optionsTable, &levelsTable, &temporaryTable} }

// SetV2LoggingOptions sets role, default level, kill switch and event types. What is left out is kept, except the kill switch,
// which a call without it releases. (aws: iot/API_SetV2LoggingOptions)
func (l *Log) SetV2LoggingOptions(ctx context.Context, in *iot.SetV2LoggingOptionsInput) (*iot.SetV2LoggingOptionsOutput, error) {
	const op = "eventlog.SetV2LoggingOptions"
	scope := caller.From(ctx).Scope
	if err := checkRole(op, in.RoleArn); err != nil {
		return nil, err
	}
	err := l.update(ctx, scope, func(tx *state.Tx, o *options) error {
		if in.RoleArn != "" {
			o.Role = in.RoleArn
		}
		if in.DefaultLogLevel != "" {
			o.Level = in.DefaultLogLevel
		}
		if o.Role == "" || o.Level == "" {
			return fault.New(op, fault.Invalid, "The first call must give both roleArn and defaultLogLevel.")
		}
		o.Configured, o.Disabled = true, in.DisableAllLogs != nil && *in.DisableAllLogs
		return o.setEvents(op, in.EventConfigurations)
	})
	return &iot.SetV2LoggingOptionsOutput{}, err
}

// setEvents changes the event types given: one without level and destination loses its override.
func (o *options) setEvents(op string, given []iot.LogEventConfiguration) error {
	seen := map[string]bool{}
	for _, e := range given {
		if !slices.Contains(eventTypes, e.EventType) {
			return fault.New(op, fault.Invalid, "The event type %q is not known. The event types are %s.", e.EventType, strings.Join(eventTypes, ", "))
		}
		if seen[entryName(e.EventType)] {
			return fault.New(op, fault.Invalid, "The event type %s is given twice.", e.EventType)
		}
		if strings.HasPrefix(e.LogDestination, "aws/") {
			return fault.New(op, fault.Invalid, "The logDestination %q begins with aws/, which is reserved.", e.LogDestination)
		}
		seen[entryName(e.EventType)] = true
		o.Events = slices.DeleteFunc(o.Events, func(have eventOption) bool { return entryName(have.Type) == entryName(e.EventType) })
		if e.LogLevel != "" || e.LogDestination != "" {
			o.Events = append(o.Events, eventOption{e.EventType, e.LogLevel, e.LogDestination})
		}
	}
	slices.SortFunc(o.Events, func(a, b eventOption) int { return strings.Compare(a.Type, b.Type) })
	return nil
}

// GetV2LoggingOptions answers the options, with every event type if verbose. (aws: iot/API_GetV2LoggingOptions)
func (l *Log) GetV2LoggingOptions(ctx context.Context, in *iot.GetV2LoggingOptionsInput) (*iot.GetV2LoggingOptionsOutput, error) {
	o, err := l.options(ctx, caller.From(ctx).Scope)
	if err != nil {
		return nil, err
	}
	if !o.Configured {
		return nil, notConfigured("eventlog.GetV2LoggingOptions")
	}
	out := &iot.GetV2LoggingOptionsOutput{RoleArn: o.Role, DefaultLogLevel: o.Level, DisableAllLogs: &o.Disabled}
	for _, e := range o.Events {
		out.EventConfigurations = append(out.EventConfigurations, iot.LogEventConfiguration{EventType: e.Type, LogLevel: e.Level, LogDestination: e.Destination})
	}
	if in.Verbose != nil && *in.Verbose {
		out.EventConfigurations = o.everyEvent()
	}
	return out, nil
}

// everyEvent is the effective configuration of all event types.
func (o *options) everyEvent() (all []iot.LogEventConfiguration) {
	for _, name := range eventTypes {
		c := iot.LogEventConfiguration{EventType: name, LogLevel: o.Level, LogDestination: DefaultGroup}
		if slices.Contains(optInTypes, name) {
			c.LogLevel = event.Disabled.String()
		}
		if i := slices.IndexFunc(o.Events, func(e eventOption) bool { return entryName(e.Type) == entryName(name) }); i >= 0 {
			if o.Events[i].Level != "" {
				c.LogLevel = o.Events[i].Level
			}
			if o.Events[i].Destination != "" {
				c.LogDestination = o.Events[i].Destination
			}
		}
		all = append(all, c)
	}
	return all
}

// SetLoggingOptions sets the V1 options. They are kept and answered; entries follow V2. (aws: iot/API_SetLoggingOptions)
func (l *Log) SetLoggingOptions(ctx context.Context, in *iot.SetLoggingOptionsInput) (*iot.SetLoggingOptionsOutput, error) {
	const op = "eventlog.SetLoggingOptions"
	p := in.LoggingOptionsPayload
	if err := checkRole(op, p.RoleArn); err != nil {
		return nil, err
	}
	err := l.update(ctx, caller.From(ctx).Scope, func(_ *state.Tx, o *options) error {
		if !o.Configured {
			return fault.New(op, fault.Unimplemented, "The plain-text logs of V1 are not offered: set V2 logging with SetV2LoggingOptions first.")
		}
		o.V1Role, o.V1Level = p.RoleArn, p.LogLevel
		return nil
	})
	return &iot.SetLoggingOptionsOutput{}, err
}

// GetLoggingOptions answers the V1 options. (aws: iot/API_GetLoggingOptions)
func (l *Log) GetLoggingOptions(ctx context.Context, _ *iot.GetLoggingOptionsInput) (*iot.GetLoggingOptionsOutput, error) {
	o, err := l.options(ctx, caller.From(ctx).Scope)
	if err != nil {
		return nil, err
	}
	out := &iot.GetLoggingOptionsOutput{RoleArn: o.V1Role, LogLevel: o.V1Level}
	if out.LogLevel == "" {
		out.LogLevel = event.Disabled.String()
	}
	return out, nil
}

func checkRole(op, role string) error {
	if role == "" {
		return nil
	}
	if a, err := arn.Parse(role); err != nil || a.Service != "iam" || !strings.HasPrefix(a.Resource, "role/") {
		return fault.New(op, fault.Invalid, "The roleArn %q is not the ARN of a role: want arn:aws:iam::ACCOUNT:role/NAME.", role)
	}
	return nil
}

func notConfigured(op string) error {
	return fault.New(op, fault.NotFound, "Logging is not configured for this account and region: call SetV2LoggingOptions first.").Named(iot.NotConfiguredException)
}
