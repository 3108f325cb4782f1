package registry

import (
	"context"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// attachment is a principal that stands for a thing.
type attachment struct {
	caller.Scope
	Thing     string
	Principal string // as in principal.text
	Exclusive bool   `json:",omitempty"` // the thing is the principal's only one
}

var attachments = state.Table[attachment]{
	Name: "registry_attachments",
	Key:  func(a *attachment) state.Key { return at(a.Scope, a.Thing, a.Principal) },
	Index: []state.Index[attachment]{
		{Name: "principal", Key: func(a *attachment) []state.Key { return []state.Key{at(a.Scope, a.Principal)} }},
	},
}

func (a *attachment) kind() string {
	if a.Exclusive {
		return iot.ThingPrincipalTypeExclusiveThing
	}
	return iot.ThingPrincipalTypeNonExclusiveThing
}

// AttachThingPrincipal attaches a principal to a thing; attaching again changes whether it is exclusive.
// An exclusive attachment is the only one of its principal. (aws: iot/API_AttachThingPrincipal)
func (r *Registry) AttachThingPrincipal(ctx context.Context, in *iot.AttachThingPrincipalInput) (*iot.AttachThingPrincipalOutput, error) {
	return outcome(&iot.AttachThingPrincipalOutput{}, r.update(ctx, "AttachThingPrincipal", func(tx *state.Tx, s caller.Scope) error {
		p, err := readPrincipal(s, in.Principal)
		if err != nil {
			return err
		}
		t, err := findThing(tx, s, in.ThingName)
		if err != nil {
			return err
		}
		if err := p.mustExist(tx, s); err != nil {
			return err
		}
		a := &attachment{s, t.Name, p.text, in.ThingPrincipalType == iot.ThingPrincipalTypeExclusiveThing}
		if err := a.checkExclusive(tx); err != nil {
			return err
		}
		return attachments.Put(tx, a)
	}))
}

// checkExclusive refuses what would give the principal of an exclusive attachment a second thing.
func (a *attachment) checkExclusive(tx *state.Tx) error {
	for other, err := range attachments.ScanIndex(tx, "principal", at(a.Scope, a.Principal), state.Cursor{}, 2) {
		switch {
		case err != nil:
			return err
		case other.Thing == a.Thing:
		case other.Exclusive:
			return refuse(fault.Invalid, "The principal %s is attached exclusively to the thing %s.", a.Principal, other.Thing)
		case a.Exclusive:
			return refuse(fault.Invalid, "The principal %s cannot be attached exclusively: it is attached to the thing %s too.", a.Principal, other.Thing)
		}
	}
	return nil
}

// DetachThingPrincipal ends an attachment. (aws: iot/API_DetachThingPrincipal)
func (r *Registry) DetachThingPrincipal(ctx context.Context, in *iot.DetachThingPrincipalInput) (*iot.DetachThingPrincipalOutput, error) {
	return outcome(&iot.DetachThingPrincipalOutput{}, r.update(ctx, "DetachThingPrincipal", func(tx *state.Tx, s caller.Scope) error {
		p, err := readPrincipal(s, in.Principal)
		if err != nil {
			return err
		}
		if _, err := findThing(tx, s, in.ThingName); err != nil {
			return err
		}
		err = attachments.Delete(tx, at(s, in.ThingName, p.text))
		if isAbsent(err) {
			return refuse(fault.NotFound, "The principal %s is not attached to the thing %s.", p.text, in.ThingName).Named(iot.ResourceNotFoundException)
		}
		return err
	}))
}

// ListThingPrincipals lists the principals of a thing. (aws: iot/API_ListThingPrincipals)
func (r *Registry) ListThingPrincipals(ctx context.Context, in *iot.ListThingPrincipalsInput) (*iot.ListThingPrincipalsOutput, error) {
	out := &iot.ListThingPrincipalsOutput{}
	return outcome(out, r.view(ctx, "ListThingPrincipals", func(tx *state.Tx, s caller.Scope) (err error) {
		if _, err := findThing(tx, s, in.ThingName); err != nil {
			return err
		}
		out.Principals, out.NextToken, err = scanPage(tx, pages{"ListThingPrincipals", in.NextToken, in.MaxResults},
			&attachments, at(s, in.ThingName), func(a *attachment) string { return a.Principal })
		return err
	}))
}

// ListThingPrincipalsV2 lists the principals of a thing and how they are attached. (aws: iot/API_ListThingPrincipalsV2)
func (r *Registry) ListThingPrincipalsV2(ctx context.Context, in *iot.ListThingPrincipalsV2Input) (*iot.ListThingPrincipalsV2Output, error) {
	out := &iot.ListThingPrincipalsV2Output{}
	return outcome(out, r.view(ctx, "ListThingPrincipalsV2", func(tx *state.Tx, s caller.Scope) (err error) {
		if _, err := findThing(tx, s, in.ThingName); err != nil {
			return err
		}
		list := []iot.ThingPrincipalObject{}
		for a, err := range attachments.Scan(tx, at(s, in.ThingName), state.Key{}, 0) {
			if err != nil {
				return err
			}
			if in.ThingPrincipalType == "" || in.ThingPrincipalType == a.kind() {
				list = append(list, iot.ThingPrincipalObject{Principal: a.Principal, ThingPrincipalType: a.kind()})
			}
		}
		out.ThingPrincipalObjects, out.NextToken, err = listPage(pages{"ListThingPrincipalsV2", in.NextToken, in.MaxResults},
			list, func(o iot.ThingPrincipalObject) string { return o.Principal })
		return err
	}))
}

// ListPrincipalThings lists the things a principal is attached to. (aws: iot/API_ListPrincipalThings)
func (r *Registry) ListPrincipalThings(ctx context.Context, in *iot.ListPrincipalThingsInput) (*iot.ListPrincipalThingsOutput, error) {
	out := &iot.ListPrincipalThingsOutput{}
	return outcome(out, r.view(ctx, "ListPrincipalThings", func(tx *state.Tx, s caller.Scope) (err error) {
		p, err := findPrincipal(tx, s, in.Principal)
		if err != nil {
			return err
		}
		out.Things, out.NextToken, err = indexPage(tx, pages{"ListPrincipalThings", in.NextToken, in.MaxResults},
			&attachments, "principal", at(s, p.text), nil, func(a *attachment) string { return a.Thing })
		return err
	}))
}

// ListPrincipalThingsV2 lists the things a principal is attached to, and how. (aws: iot/API_ListPrincipalThingsV2)
func (r *Registry) ListPrincipalThingsV2(ctx context.Context, in *iot.ListPrincipalThingsV2Input) (*iot.ListPrincipalThingsV2Output, error) {
	out := &iot.ListPrincipalThingsV2Output{}
	return outcome(out, r.view(ctx, "ListPrincipalThingsV2", func(tx *state.Tx, s caller.Scope) (err error) {
		p, err := findPrincipal(tx, s, in.Principal)
		if err != nil {
			return err
		}
		keep := func(a *attachment) bool { return in.ThingPrincipalType == "" || in.ThingPrincipalType == a.kind() }
		out.PrincipalThingObjects, out.NextToken, err = indexPage(tx, pages{"ListPrincipalThingsV2", in.NextToken, in.MaxResults},
			&attachments, "principal", at(s, p.text), keep, func(a *attachment) iot.PrincipalThingObject {
				return iot.PrincipalThingObject{ThingName: a.Thing, ThingPrincipalType: a.kind()}
			})
		return err
	}))
}
