package destination

import (
	"context"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// UpdateTopicRuleDestination enables or disables a destination that was confirmed, or asks once more to confirm one.
// (aws: iot/API_UpdateTopicRuleDestination)
func (d *Destinations) UpdateTopicRuleDestination(ctx context.Context, in *iot.UpdateTopicRuleDestinationInput) (*iot.UpdateTopicRuleDestinationOutput, error) {
	err := d.update(ctx, func(tx *state.Tx) error {
		r, err := find(tx, caller.From(ctx).Scope, in.Arn)
		if err != nil {
			return err
		}
		now := time.Now()
		switch in.Status {
		case iot.TopicRuleDestinationStatusInProgress:
			r.ask(now)
		case iot.TopicRuleDestinationStatusEnabled, iot.TopicRuleDestinationStatusDisabled:
			if !r.Confirmed {
				return refuse(fault.Invalid, "The topic rule destination is %s: it can be set to %s once it was confirmed. Set it to IN_PROGRESS to have a new token sent.",
					r.condition(), in.Status)
			}
			r.set(in.Status, "", now)
		default:
			return refuse(fault.Invalid, "The status cannot be set to %s; allowed are ENABLED, DISABLED and IN_PROGRESS.", in.Status)
		}
		return records.Put(tx, r)
	})
	if err != nil {
		return nil, err
	}
	d.hurry()
	return &iot.UpdateTopicRuleDestinationOutput{}, nil
}

// ConfirmTopicRuleDestination confirms the destination that a token was sent to, and enables it. Whoever has the token may do it: that it
// came back shows that it was received. Confirming twice changes nothing. (aws: iot/API_ConfirmTopicRuleDestination)
func (d *Destinations) ConfirmTopicRuleDestination(ctx context.Context, in *iot.ConfirmTopicRuleDestinationInput) (*iot.ConfirmTopicRuleDestinationOutput, error) {
	return &iot.ConfirmTopicRuleDestinationOutput{}, d.update(ctx, func(tx *state.Tx) error {
		unknown := refuse(fault.Invalid, "The confirmation token is unknown or has expired.")
		if len(in.ConfirmationToken) > tokenLength {
			return unknown
		}
		r, err := records.Find(tx, "token", state.K(in.ConfirmationToken))
		now := time.Now()
		switch {
		case isAbsent(err):
			return unknown
		case err != nil || r.Confirmed:
			return err
		case now.UnixMilli() >= r.Expires:
			return unknown
		}
		r.Confirmed = true
		r.set(iot.TopicRuleDestinationStatusEnabled, "", now)
		return records.Put(tx, r)
	})
}

// tokenLength is that of the tokens we make: 32 bytes in base64.
const tokenLength = 43

// DeleteTopicRuleDestination deletes a destination. Actions that post to it fail from then on. (aws: iot/API_DeleteTopicRuleDestination)
func (d *Destinations) DeleteTopicRuleDestination(ctx context.Context, in *iot.DeleteTopicRuleDestinationInput) (*iot.DeleteTopicRuleDestinationOutput, error) {
	return &iot.DeleteTopicRuleDestinationOutput{}, d.update(ctx, func(tx *state.Tx) error {
		r, err := find(tx, caller.From(ctx).Scope, in.Arn)
		if err != nil {
			return err
		}
		return records.Delete(tx, r.key())
	})
}

func (d *Destinations) update(ctx context.Context, f func(*state.Tx) error) error {
	err := d.needs.State.Update(ctx, f)
	return fault.Wrap("destination", fault.KindOf(err), err)
}

func (d *Destinations) view(ctx context.Context, f func(*state.Tx) error) error {
	err := d.needs.State.View(ctx, f)
	return fault.Wrap("destination", fault.KindOf(err), err)
}

func refuse(kind fault.Kind, format string, args ...any) *fault.Error {
	return fault.New("destination", kind, format, args...)
}
