package shadow

import (
	"context"
	"time"

	"telltale/base/fault"
	"telltale/lang/shadowdoc"
	"telltale/lang/shape/iotdata"
)

// The following are told of API calls that were refused before they came here: the caller may not make them, or a name is none. They
// record it like every other refusal and return the error to answer with.

// GetRefused is told of a refused GetThingShadow.
func (s *Shadows) GetRefused(ctx context.Context, in *iotdata.GetThingShadowInput, why error) error {
	return s.refused("GetThingShadow", s.newRequest(ctx, get, in.ThingName, in.ShadowName, nil), why)
}

// UpdateRefused is told of a refused UpdateThingShadow.
func (s *Shadows) UpdateRefused(ctx context.Context, in *iotdata.UpdateThingShadowInput, why error) error {
	return s.refused("UpdateThingShadow", s.newRequest(ctx, update, in.ThingName, in.ShadowName, in.Payload), why)
}

// DeleteRefused is told of a refused DeleteThingShadow.
func (s *Shadows) DeleteRefused(ctx context.Context, in *iotdata.DeleteThingShadowInput, why error) error {
	return s.refused("DeleteThingShadow", s.newRequest(ctx, remove, in.ThingName, in.ShadowName, nil), why)
}

// ListRefused is told of a refused ListNamedShadowsForThing, which makes no entry.
func (s *Shadows) ListRefused(_ context.Context, _ *iotdata.ListNamedShadowsForThingInput, why error) error {
	return faultOf("ListNamedShadowsForThing", early(why), shadowdoc.Stamp{Time: time.Now().Unix()})
}

// refused ends a request. The caller is told in AWS's words; the entry tells why.
func (s *Shadows) refused(op string, r *request, why error) error {
	r.err = early(why)
	fact := r.fact()
	if f, ok := why.(*fault.Error); ok {
		fact.Details = f.Message()
	}
	s.needs.Facts.Record(&r.origin, fact)
	return faultOf(op, r.err, r.stamp())
}

// early is the refusal for an error that came from before the service.
func early(why error) error {
	switch f, _ := why.(*fault.Error); {
	case fault.Is(why, fault.Denied):
		return shadowdoc.Forbidden()
	case fault.Is(why, fault.Invalid) && f != nil:
		return &shadowdoc.Refusal{Code: 400, Message: f.Message()}
	}
	return why
}
