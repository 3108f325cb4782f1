package shadow

import (
	"context"
	"time"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/base/fault"
	"telltale/base/page"
	"telltale/lang/shadowdoc"
	"telltale/lang/shape/iotdata"
	"telltale/store/state"
)

// GetThingShadow returns the document of a shadow. (aws: iot/API_iotdata_GetThingShadow)
func (s *Shadows) GetThingShadow(ctx context.Context, in *iotdata.GetThingShadowInput) (*iotdata.GetThingShadowOutput, error) {
	r := s.newRequest(ctx, get, in.ThingName, in.ShadowName, nil)
	r.at = time.Now()
	err := s.needs.State.View(ctx, func(tx *state.Tx) error {
		s.do(tx, new(heads), r)
		return nil
	})
	if err != nil {
		r.Fail(err)
	}
	s.needs.Facts.Record(&r.origin, r.fact())
	if r.err != nil {
		return nil, faultOf("GetThingShadow", r.err, r.stamp())
	}
	return &iotdata.GetThingShadowOutput{Payload: r.answer()}, nil
}

// UpdateThingShadow changes a shadow, or makes it. (aws: iot/API_iotdata_UpdateThingShadow)
func (s *Shadows) UpdateThingShadow(ctx context.Context, in *iotdata.UpdateThingShadowInput) (*iotdata.UpdateThingShadowOutput, error) {
	payload, err := s.ask(ctx, "UpdateThingShadow", s.newRequest(ctx, update, in.ThingName, in.ShadowName, in.Payload))
	if err != nil {
		return nil, err
	}
	return &iotdata.UpdateThingShadowOutput{Payload: payload}, nil
}

// DeleteThingShadow deletes a shadow. Its version is remembered for 48 hours. (aws: iot/API_iotdata_DeleteThingShadow)
func (s *Shadows) DeleteThingShadow(ctx context.Context, in *iotdata.DeleteThingShadowInput) (*iotdata.DeleteThingShadowOutput, error) {
	payload, err := s.ask(ctx, "DeleteThingShadow", s.newRequest(ctx, remove, in.ThingName, in.ShadowName, nil))
	if err != nil {
		return nil, err
	}
	return &iotdata.DeleteThingShadowOutput{Payload: payload}, nil
}

// newRequest is the request of an API caller.
func (s *Shadows) newRequest(ctx context.Context, v *verb, thing, name string, payload []byte) *request {
	who := caller.From(ctx)
	r := &request{verb: v, shadow: key{who.Scope, thing, name}, done: make(chan struct{}), origin: caller.Origin{
		Scope: who.Scope, PrincipalID: who.PrincipalID, SourceIP: who.SourceIP, SourcePort: uint16(who.SourcePort), Protocol: protocolHTTP,
	}}
	r.topic = r.shadow.topic() + v.name
	s.read(r, payload)
	return r
}

// ask lets a request be served and returns the answer. If ctx ends first, the change may happen all the same.
func (s *Shadows) ask(ctx context.Context, op string, r *request) ([]byte, error) {
	if err := s.lanes.Add(r); err != nil {
		r.Fail(err)
		s.needs.Facts.Record(&r.origin, r.fact())
		return nil, faultOf(op, r.err, r.stamp())
	}
	select {
	case <-r.done:
	case <-ctx.Done():
		return nil, fault.Wrap("shadow."+op, fault.Unavailable, ctx.Err())
	}
	if r.err != nil {
		return nil, faultOf(op, r.err, r.stamp())
	}
	return r.answer(), nil
}

// The sizes of a page of names. (aws: iot/API_iotdata_ListNamedShadowsForThing)
const (
	defaultPage = 25
	maxPage     = 100
)

// ListNamedShadowsForThing lists the names of a thing's shadows in alphabetical order, without the unnamed one. The thing need not
// exist. (aws: iot/API_iotdata_ListNamedShadowsForThing)
func (s *Shadows) ListNamedShadowsForThing(ctx context.Context, in *iotdata.ListNamedShadowsForThingInput) (*iotdata.ListNamedShadowsForThingOutput, error) {
	who := caller.From(ctx)
	origin := caller.Origin{Scope: who.Scope, Trace: caller.NewTrace(), PrincipalID: who.PrincipalID, SourceIP: who.SourceIP, SourcePort: uint16(who.SourcePort), Protocol: protocolHTTP}
	now := time.Now().Unix()
	out := &iotdata.ListNamedShadowsForThingOutput{Results: []string{}, Timestamp: &now}
	err := s.list(ctx, in, out)
	fact := &ListThingShadow{}
	if err != nil {
		fact.Failure = event.Failure{Outcome: event.ClientError}
		if fault.Is(err, fault.Internal) {
			fact.Failure.Outcome = event.ServerError
		}
	}
	s.needs.Facts.Record(&origin, fact)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (s *Shadows) list(ctx context.Context, in *iotdata.ListNamedShadowsForThingInput, out *iotdata.ListNamedShadowsForThingOutput) error {
	const op = "ListNamedShadowsForThing"
	k, size := key{scope: caller.From(ctx).Scope, thing: in.ThingName}, int32(defaultPage)
	stamp := shadowdoc.Stamp{Time: *out.Timestamp}
	if err := k.check(); err != nil {
		return faultOf(op, err, stamp)
	}
	if in.PageSize != nil {
		size = *in.PageSize
	}
	if size < 1 || size > maxPage {
		return fault.New("shadow."+op, fault.Invalid, "The pageSize %d is not allowed: it must be 1 to %d.", size, maxPage).Named(iotdata.InvalidRequestException)
	}
	if err := page.Parse(op, in.NextToken, &k.name); err != nil {
		return fault.New("shadow."+op, fault.Invalid, "The nextToken is invalid: it was not returned by %s.", op).Named(iotdata.InvalidRequestException)
	}
	return faultOf(op, s.needs.State.View(ctx, func(tx *state.Tx) error {
		for {
			r, err := nextShadow(tx, k)
			switch {
			case err != nil:
				return err
			case r == nil:
				return nil
			case r.deleted():
			case len(out.Results) == int(size):
				out.NextToken = page.Token(op, out.Results[size-1])
				return nil
			default:
				out.Results = append(out.Results, r.Name)
			}
			k.name = r.Name
		}
	}), stamp)
}

// nextShadow returns the newest revision of the shadow of the same thing whose name follows that of k, nil if there is none.
func nextShadow(tx *state.Tx, k key) (*revision, error) {
	for r, err := range revisions.Scan(tx, state.K(k.scope.Account, k.scope.Region, k.thing), k.revision(0), 1) {
		return r, err
	}
	return nil, nil
}
