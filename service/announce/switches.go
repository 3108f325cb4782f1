package announce

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// switchboard is which event messages an account wants in a region.
type switchboard struct {
	caller.Scope
	On                map[string]bool // by event type
	Created, Modified time.Time
}

var switches = state.Table[switchboard]{
	Name: "announce_switches",
	Key:  func(s *switchboard) state.Key { return state.K(s.Account, s.Region) },
}

// UpdateEventConfigurations switches types of event messages on and off; those that are not named stay as they are.
// (aws: iot/API_UpdateEventConfigurations)
func (a *Announcements) UpdateEventConfigurations(ctx context.Context, in *iot.UpdateEventConfigurationsInput) (*iot.UpdateEventConfigurationsOutput, error) {
	const op = "announce.UpdateEventConfigurations"
	for _, name := range slices.Sorted(maps.Keys(in.EventConfigurations)) {
		sent, known := eventTypes[name]
		wanted := isOn(in.EventConfigurations[name])
		switch {
		case !known:
			return nil, fault.New(op, fault.Invalid, "The event type %q is not known; there are %s.", name, strings.Join(slices.Sorted(maps.Keys(eventTypes)), ", ")).
				Named(iot.InvalidRequestException)
		case wanted && !sent:
			return nil, fault.New(op, fault.Invalid, "The event type %s cannot be switched on: this server sends no such messages. It sends those of JOB and JOB_EXECUTION.", name).
				Named(iot.InvalidRequestException)
		}
	}
	err := a.needs.State.Update(ctx, func(tx *state.Tx) error {
		row, err := find(tx, caller.From(ctx).Scope)
		if err != nil {
			return err
		}
		row.Modified = time.Now().UTC().Truncate(time.Millisecond)
		if row.Created.IsZero() {
			row.Created = row.Modified
		}
		for name, c := range in.EventConfigurations {
			row.On[name] = isOn(c)
		}
		return switches.Put(tx, row)
	})
	if err != nil {
		return nil, fault.Wrap(op, fault.KindOf(err), err)
	}
	return &iot.UpdateEventConfigurationsOutput{}, nil
}

func isOn(c iot.Configuration) bool { return c.Enabled != nil && *c.Enabled }

// DescribeEventConfigurations tells which types of event messages are on. (aws: iot/API_DescribeEventConfigurations)
func (a *Announcements) DescribeEventConfigurations(ctx context.Context, _ *iot.DescribeEventConfigurationsInput) (*iot.DescribeEventConfigurationsOutput, error) {
	var row *switchboard
	err := a.needs.State.View(ctx, func(tx *state.Tx) (err error) {
		row, err = find(tx, caller.From(ctx).Scope)
		return err
	})
	if err != nil {
		return nil, fault.Wrap("announce.DescribeEventConfigurations", fault.KindOf(err), err)
	}
	out := &iot.DescribeEventConfigurationsOutput{EventConfigurations: map[string]iot.Configuration{}, CreationDate: row.Created, LastModifiedDate: row.Modified}
	for name := range eventTypes {
		on := row.On[name]
		out.EventConfigurations[name] = iot.Configuration{Enabled: &on}
	}
	return out, nil
}
