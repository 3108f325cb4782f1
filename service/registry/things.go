package registry

import (
	"context"
	"maps"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// thing is a registered device.
type thing struct {
	caller.Scope
	Name, ID     string
	Type         string            `json:",omitempty"`
	BillingGroup string            `json:",omitempty"`
	Attributes   map[string]string `json:",omitempty"`
	Version      int64
}

var things = state.Table[thing]{
	Name: "registry_things",
	Key:  func(t *thing) state.Key { return at(t.Scope, t.Name) },
	Index: []state.Index[thing]{
		{Name: "type", Key: func(t *thing) []state.Key { return entry(t.Scope, t.Type) }},
		{Name: "billing", Key: func(t *thing) []state.Key { return entry(t.Scope, t.BillingGroup) }},
		{Name: "attribute", Key: func(t *thing) (keys []state.Key) {
			for name, value := range t.Attributes {
				keys = append(keys, at(t.Scope, name, value))
			}
			return keys
		}},
	},
}

// entry is the index entry of a row under a name it refers to, or none.
func entry(s caller.Scope, name string) []state.Key {
	if name == "" {
		return nil
	}
	return []state.Key{at(s, name)}
}

func findThing(tx *state.Tx, s caller.Scope, name string) (*thing, error) {
	return find(tx, &things, s, "thing", name)
}

// CreateThing registers a thing. Making it again exactly as it is succeeds and changes nothing. (aws: iot/API_CreateThing)
func (r *Registry) CreateThing(ctx context.Context, in *iot.CreateThingInput) (*iot.CreateThingOutput, error) {
	var t *thing
	err := r.update(ctx, "CreateThing", func(tx *state.Tx, s caller.Scope) error {
		t = &thing{Scope: s, Name: in.ThingName, ID: newID(), Type: in.ThingTypeName, BillingGroup: in.BillingGroupName, Version: 1}
		if in.AttributePayload != nil {
			t.Attributes = mergeAttributes(nil, in.AttributePayload)
		}
		if has, err := things.Has(tx, things.Key(t)); err != nil {
			return err
		} else if has {
			return t.again(tx)
		}
		if err := checkUsableType(tx, s, t.Type); err != nil {
			return err
		}
		if t.BillingGroup != "" {
			if _, err := findBillingGroup(tx, s, t.BillingGroup); err != nil {
				return err
			}
		}
		if err := t.checkAttributes(); err != nil {
			return err
		}
		return things.Insert(tx, t)
	})
	if err != nil {
		return nil, err
	}
	return &iot.CreateThingOutput{ThingName: t.Name, ThingArn: t.arn(), ThingId: t.ID}, nil
}

// again becomes the stored thing of the same name, if that has the same properties.
func (t *thing) again(tx *state.Tx) error {
	old, err := findThing(tx, t.Scope, t.Name)
	if err != nil {
		return err
	}
	if old.Type != t.Type || old.BillingGroup != t.BillingGroup || !maps.Equal(old.Attributes, t.Attributes) {
		return taken(t.Scope, "thing", "thing", old.Name, old.ID)
	}
	*t = *old
	return nil
}

func (t *thing) arn() string { return arn.IoT(t.Scope, "thing", t.Name) }

// DescribeThing tells all about a thing. (aws: iot/API_DescribeThing)
func (r *Registry) DescribeThing(ctx context.Context, in *iot.DescribeThingInput) (*iot.DescribeThingOutput, error) {
	var t *thing
	err := r.view(ctx, "DescribeThing", func(tx *state.Tx, s caller.Scope) (err error) {
		t, err = findThing(tx, s, in.ThingName)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &iot.DescribeThingOutput{
		DefaultClientId: t.Name, ThingName: t.Name, ThingId: t.ID, ThingArn: t.arn(), ThingTypeName: t.Type,
		Attributes: notNil(t.Attributes), Version: &t.Version, BillingGroupName: t.BillingGroup,
	}, nil
}

// UpdateThing changes the type or the attributes of a thing and raises its version. (aws: iot/API_UpdateThing)
func (r *Registry) UpdateThing(ctx context.Context, in *iot.UpdateThingInput) (*iot.UpdateThingOutput, error) {
	removeType := isTrue(in.RemoveThingType)
	return outcome(&iot.UpdateThingOutput{}, r.update(ctx, "UpdateThing", func(tx *state.Tx, s caller.Scope) error {
		t, err := findThing(tx, s, in.ThingName)
		if err != nil {
			return err
		}
		if err := checkVersion("thing", t.Name, t.Version, in.ExpectedVersion); err != nil {
			return err
		}
		switch {
		case removeType && in.ThingTypeName != "":
			return refuse(fault.Invalid, "removeThingType and thingTypeName exclude each other: give the new type only, or remove the old one.")
		case removeType:
			t.Type = ""
		case in.ThingTypeName != "" && in.ThingTypeName != t.Type:
			if err := checkUsableType(tx, s, in.ThingTypeName); err != nil {
				return err
			}
			t.Type = in.ThingTypeName
		}
		if in.AttributePayload != nil {
			t.Attributes = mergeAttributes(t.Attributes, in.AttributePayload)
		}
		if err := t.checkAttributes(); err != nil {
			return err
		}
		t.Version++
		return things.Put(tx, t)
	}))
}

// DeleteThing removes a thing, its memberships in groups included. Its principals must be detached first. One that does not exist
// is deleted already. (aws: iot/API_DeleteThing)
func (r *Registry) DeleteThing(ctx context.Context, in *iot.DeleteThingInput) (*iot.DeleteThingOutput, error) {
	return outcome(&iot.DeleteThingOutput{}, r.update(ctx, "DeleteThing", func(tx *state.Tx, s caller.Scope) error {
		t, err := findThing(tx, s, in.ThingName)
		if fault.Is(err, fault.NotFound) {
			return nil
		} else if err != nil {
			return err
		}
		if err := checkVersion("thing", t.Name, t.Version, in.ExpectedVersion); err != nil {
			return err
		}
		n, err := attachments.Count(tx, at(s, t.Name))
		if err != nil {
			return err
		}
		if n > 0 {
			return refuse(fault.Invalid, "The thing %s cannot be deleted: it is still attached to %d principals. Detach them with DetachThingPrincipal.", t.Name, n)
		}
		if err := leaveAllGroups(tx, s, t.Name); err != nil {
			return err
		}
		if err := tellMembers(tx, &Membership{Scope: s, Thing: t.Name, Deleted: true}); err != nil {
			return err
		}
		return things.Delete(tx, things.Key(t))
	}))
}

func isTrue(b *bool) bool { return b != nil && *b }
