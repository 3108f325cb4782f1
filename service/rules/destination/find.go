package destination

import (
	"context"
	"fmt"
	"strings"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/base/page"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// GetTopicRuleDestination describes a destination. (aws: iot/API_GetTopicRuleDestination)
func (d *Destinations) GetTopicRuleDestination(ctx context.Context, in *iot.GetTopicRuleDestinationInput) (*iot.GetTopicRuleDestinationOutput, error) {
	out := &iot.GetTopicRuleDestinationOutput{}
	return out, d.view(ctx, func(tx *state.Tx) error {
		r, err := find(tx, caller.From(ctx).Scope, in.Arn)
		if err == nil {
			out.TopicRuleDestination = r.shape()
		}
		return err
	})
}

// defaultPage is the size of a page that nobody asked for.
const defaultPage = 100

// ListTopicRuleDestinations lists the destinations of the caller's account and region. (aws: iot/API_ListTopicRuleDestinations)
func (d *Destinations) ListTopicRuleDestinations(ctx context.Context, in *iot.ListTopicRuleDestinationsInput) (*iot.ListTopicRuleDestinationsOutput, error) {
	const op = "ListTopicRuleDestinations"
	s, size, last := caller.From(ctx).Scope, defaultPage, ""
	if in.MaxResults != nil {
		size = int(*in.MaxResults)
	}
	if err := page.Parse(op, in.NextToken, &last); err != nil {
		return nil, refuse(fault.Invalid, "The nextToken is invalid: it was not returned by %s.", op)
	}
	var after state.Key
	if last != "" {
		after = at(s, last)
	}
	out := &iot.ListTopicRuleDestinationsOutput{DestinationSummaries: []iot.TopicRuleDestinationSummary{}}
	return out, d.view(ctx, func(tx *state.Tx) error {
		rows, next, err := records.Page(tx, state.K(s.Account, s.Region), after, size)
		for _, r := range rows {
			out.DestinationSummaries = append(out.DestinationSummaries, r.summary())
		}
		if err == nil && !next.IsZero() {
			out.NextToken = page.Token(op, rows[len(rows)-1].ID)
		}
		return err
	})
}

// find reads an ARN and the destination it names. The model has no error for one that is not there, so it is none of the caller's.
func find(tx *state.Tx, s caller.Scope, text string) (*record, error) {
	a, err := arn.Parse(text)
	id, ok := strings.CutPrefix(a.Resource, "ruledestination/http/")
	if err != nil || !ok || a.Service != "iot" {
		return nil, refuse(fault.Invalid, "%q is not the ARN of a topic rule destination, such as arn:aws:iot:%s:%s:ruledestination/http/UUID.", text, s.Region, s.Account)
	}
	r, err := records.Get(tx, at(s, id))
	if isAbsent(err) || err == nil && text != r.arn() {
		return nil, refuse(fault.NotFound, "There is no topic rule destination %s.", text).Named(iot.UnauthorizedException)
	}
	return r, err
}

// Enabled reports whether the destination with a confirmation URL is enabled. The error says in which state it is, or that there is none.
func (d *Destinations) Enabled(s caller.Scope, confirmationURL string) error {
	return d.view(context.Background(), func(tx *state.Tx) error {
		r, err := records.Find(tx, "url", urlKey(s, confirmationURL))
		switch {
		case isAbsent(err):
			return refuse(fault.NotFound, "there is no topic rule destination for %s", confirmationURL)
		case err == nil && r.Status != iot.TopicRuleDestinationStatusEnabled:
			return refuse(fault.Conflict, "the topic rule destination for %s is not ENABLED but %s", confirmationURL, r.condition())
		}
		return err
	})
}

// condition is the status with its reason.
func (r *record) condition() string {
	if r.Reason == "" {
		return r.Status
	}
	return fmt.Sprintf("%s (%s)", r.Status, r.Reason)
}
