// Package announce sends the event messages $aws/events/… of those accounts that have switched them on.
//
// (aws: iot/iot-events)
package announce

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"telltale/base/caller"
	"telltale/base/message"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// Needs is what the service is built on.
type Needs struct {
	State     *state.DB
	Publisher message.Publisher
	Diary     *slog.Logger // nil: slog.Default()
}

// Announcements is the service. Its methods may be called by any number of goroutines.
type Announcements struct{ needs Needs }

// New returns the service over a database, which it makes know its tables.
func New(ctx context.Context, needs Needs) (*Announcements, error) {
	if needs.State == nil || needs.Publisher == nil {
		return nil, fmt.Errorf("announce: Needs.State or Needs.Publisher is missing")
	}
	if needs.Diary == nil {
		needs.Diary = slog.Default()
	}
	if err := needs.State.Use(ctx, Tables()...); err != nil {
		return nil, fmt.Errorf("announce: %w", err)
	}
	return &Announcements{needs}, nil
}

// Tables are the tables the service keeps.
func Tables() []state.Schema { return []state.Schema{&switches} }

// eventTypes are those that can be switched, and whether any service sends such messages.
var eventTypes = map[string]bool{
	iot.EventTypeThing: false, iot.EventTypeThingGroup: false, iot.EventTypeThingType: false, iot.EventTypeThingGroupMembership: false,
	iot.EventTypeThingGroupHierarchy: false, iot.EventTypeThingTypeAssociation: false, iot.EventTypeJob: true, iot.EventTypeJobExecution: true,
	iot.EventTypePolicy: false, iot.EventTypeCertificate: false, iot.EventTypeCaCertificate: false,
}

// Announce sends an event message if the account has switched its type on. An error says that it should be tried again.
func (a *Announcements) Announce(ctx context.Context, s caller.Scope, eventType, topic string, payload []byte) error {
	var row *switchboard
	err := a.needs.State.View(ctx, func(tx *state.Tx) (err error) {
		row, err = find(tx, s)
		return err
	})
	if err != nil || !row.On[eventType] {
		return err
	}
	origin := caller.Origin{Scope: s, Trace: caller.NewTrace()}
	if err := a.needs.Publisher.Publish(ctx, &message.Message{Origin: origin, Topic: topic, Payload: payload, QoS: 1}); err != nil {
		a.needs.Diary.Error("an event message was not published", "topic", topic, "trace", origin.Trace, "error", err)
	}
	return nil
}

// find returns the switches of a scope; before they were ever set all are off.
func find(tx *state.Tx, s caller.Scope) (*switchboard, error) {
	row, err := switches.Get(tx, switches.Key(&switchboard{Scope: s}))
	if errors.Is(err, state.ErrNotFound) {
		return &switchboard{Scope: s, On: map[string]bool{}}, nil
	}
	return row, err
}
