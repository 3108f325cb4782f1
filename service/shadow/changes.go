package shadow

import (
	"context"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iotdata"
)

// ListThingShadowChanges tells who changed a shadow, the newest change first. It is an operation of our own, beyond AWS.
func (s *Shadows) ListThingShadowChanges(ctx context.Context, in *iotdata.ListThingShadowChangesInput) (*iotdata.ListThingShadowChangesOutput, error) {
	limit, before := 100, int64(0)
	if in.MaxResults != nil {
		limit = int(*in.MaxResults)
	}
	if in.Before != nil {
		before = *in.Before
	}
	changes, err := s.Log(ctx, caller.From(ctx).Scope, in.ThingName, in.ShadowName, before, limit)
	if err != nil {
		return nil, err
	}
	out := &iotdata.ListThingShadowChangesOutput{Changes: []iotdata.ThingShadowChange{}}
	for i := range changes {
		out.Changes = append(out.Changes, changes[i].shape())
	}
	return out, nil
}

// GetThingShadowAt answers a shadow as it was at a time, in milliseconds since the epoch. It is an operation of our own, beyond AWS.
func (s *Shadows) GetThingShadowAt(ctx context.Context, in *iotdata.GetThingShadowAtInput) (*iotdata.GetThingShadowAtOutput, error) {
	if in.At < 0 {
		return nil, fault.New("shadow.GetThingShadowAt", fault.Invalid, "The time %d is before 1970.", in.At)
	}
	m, err := s.At(ctx, caller.From(ctx).Scope, in.ThingName, in.ShadowName, time.UnixMilli(in.At))
	if err != nil {
		return nil, err
	}
	change := m.shape()
	return &iotdata.GetThingShadowAtOutput{Change: &change, Document: string(m.Document)}, nil
}

func (c *Change) shape() iotdata.ThingShadowChange {
	return iotdata.ThingShadowChange{Sequence: &c.Seq, Time: new(c.Time.UnixMilli()), Version: &c.Version, Deleted: &c.Deleted,
		Protocol: c.Protocol, ClientId: c.ClientID, PrincipalId: c.PrincipalID, SourceIp: c.SourceIP, TraceId: c.Trace, Request: string(c.Request)}
}
