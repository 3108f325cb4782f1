package destination

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// maxDestinations is how many destinations an account may have in a region. (aws: general/iot-core#http-action-limits)
const maxDestinations = 1000

// CreateTopicRuleDestination makes a destination and asks its owner to confirm it. (aws: iot/API_CreateTopicRuleDestination)
func (d *Destinations) CreateTopicRuleDestination(ctx context.Context, in *iot.CreateTopicRuleDestinationInput) (*iot.CreateTopicRuleDestinationOutput, error) {
	c := in.DestinationConfiguration
	switch {
	case c.VpcConfiguration != nil:
		return nil, refuse(fault.Unimplemented, "telltale has no virtual private clouds: a vpcConfiguration cannot be used. The kafka action needs no destination here.")
	case c.HttpUrlConfiguration == nil:
		return nil, refuse(fault.Invalid, "The destinationConfiguration must have a httpUrlConfiguration.")
	}
	var made *record
	err := d.update(ctx, func(tx *state.Tx) (err error) {
		made, err = d.make(tx, caller.From(ctx).Scope, c.HttpUrlConfiguration.ConfirmationUrl)
		return err
	})
	if err != nil {
		return nil, err
	}
	d.hurry()
	return &iot.CreateTopicRuleDestinationOutput{TopicRuleDestination: made.shape()}, nil
}

func (d *Destinations) make(tx *state.Tx, s caller.Scope, url string) (*record, error) {
	if err := CheckURL(url, d.cfg.PlainHTTP); err != nil {
		return nil, refuse(fault.Invalid, "The confirmationUrl is not allowed: %s.", err)
	}
	n, err := records.Count(tx, state.K(s.Account, s.Region))
	switch {
	case err != nil:
		return nil, err
	case n >= maxDestinations:
		return nil, refuse(fault.Limit, "There are %d topic rule destinations already; allowed are %d.", n, maxDestinations).Named(iot.LimitExceededException)
	}
	now := time.Now()
	r := &record{Scope: s, ID: uuid.NewString(), URL: url, Created: now.UnixMilli()}
	r.ask(now)
	err = records.Insert(tx, r)
	if errors.Is(err, state.ErrNotUnique) {
		return nil, refuse(fault.Exists, "A topic rule destination for %s exists already.", url).Named(iot.ResourceAlreadyExistsException)
	}
	return r, err
}

// Ensure makes a destination, and asks its owner to confirm it, unless there is one.
func (d *Destinations) Ensure(ctx context.Context, s caller.Scope, confirmationURL string) error {
	err := d.update(ctx, func(tx *state.Tx) error {
		_, err := records.Find(tx, "url", urlKey(s, confirmationURL))
		if isAbsent(err) {
			_, err = d.make(tx, s, confirmationURL)
		}
		return err
	})
	if err == nil {
		d.hurry()
	}
	return err
}
