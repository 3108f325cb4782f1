package registry

import (
	"context"
	"reflect"
	"time"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

const (
	searchableMax = 3               // searchable attributes of a type
	deprecatedFor = 5 * time.Minute // how long a type must be deprecated before it can be deleted
)

// thingType is what things of one kind have in common.
type thingType struct {
	caller.Scope
	Name, ID   string
	Properties typeProperties
	Created    time.Time
	Deprecated time.Time `json:",omitzero"` // since when
}

type typeProperties struct {
	Description string        `json:",omitempty"`
	Searchable  []string      `json:",omitempty"`
	Propagating []propagation `json:",omitempty"`
}

// propagation is an attribute that things of the type add to their messages as an MQTT 5 user property.
type propagation struct{ UserProperty, ThingAttribute, ConnectionAttribute string }

var thingTypes = state.Table[thingType]{
	Name: "registry_thing_types",
	Key:  func(t *thingType) state.Key { return at(t.Scope, t.Name) },
}

func findType(tx *state.Tx, s caller.Scope, name string) (*thingType, error) {
	return find(tx, &thingTypes, s, "thing type", name)
}

// checkUsableType refuses to give a thing a type that does not exist or is deprecated; no type is fine.
func checkUsableType(tx *state.Tx, s caller.Scope, name string) error {
	if name == "" {
		return nil
	}
	t, err := findType(tx, s, name)
	if err != nil {
		return err
	}
	if !t.Deprecated.IsZero() {
		return refuse(fault.Invalid, "The thing type %s is deprecated: no further thing can have it.", name)
	}
	return nil
}

// CreateThingType makes a type. Making it again exactly as it is succeeds. (aws: iot/API_CreateThingType)
func (r *Registry) CreateThingType(ctx context.Context, in *iot.CreateThingTypeInput) (*iot.CreateThingTypeOutput, error) {
	var t *thingType
	err := r.update(ctx, "CreateThingType", func(tx *state.Tx, s caller.Scope) error {
		properties, err := readTypeProperties(in.ThingTypeProperties)
		if err != nil {
			return err
		}
		t, err = findType(tx, s, in.ThingTypeName)
		switch {
		case err == nil && reflect.DeepEqual(t.Properties, properties):
			return nil
		case err == nil:
			return taken(s, "thing type", "thingtype", t.Name, t.ID)
		case !fault.Is(err, fault.NotFound):
			return err
		}
		t = &thingType{Scope: s, Name: in.ThingTypeName, ID: newID(), Properties: properties, Created: now()}
		if err := putTags(tx, s, "thingtype/"+t.Name, in.Tags); err != nil {
			return err
		}
		return thingTypes.Insert(tx, t)
	})
	if err != nil {
		return nil, err
	}
	return &iot.CreateThingTypeOutput{ThingTypeName: t.Name, ThingTypeArn: t.arn(), ThingTypeId: t.ID}, nil
}

func readTypeProperties(in *iot.ThingTypeProperties) (p typeProperties, err error) {
	if in == nil {
		return p, nil
	}
	p.Description = in.ThingTypeDescription
	if n := len(in.SearchableAttributes); n > searchableMax {
		return p, refuse(fault.Invalid, "The thing type would have %d searchable attributes; allowed are %d.", n, searchableMax)
	} else if n > 0 {
		p.Searchable = in.SearchableAttributes
	}
	if in.Mqtt5Configuration == nil {
		return p, nil
	}
	for _, a := range in.Mqtt5Configuration.PropagatingAttributes {
		if a.UserPropertyKey == "" || (a.ThingAttribute == "") == (a.ConnectionAttribute == "") {
			return p, refuse(fault.Invalid, "A propagating attribute needs a userPropertyKey and either a thingAttribute or a connectionAttribute.")
		}
		p.Propagating = append(p.Propagating, propagation{a.UserPropertyKey, a.ThingAttribute, a.ConnectionAttribute})
	}
	return p, nil
}

func (t *thingType) arn() string { return arn.IoT(t.Scope, "thingtype", t.Name) }

func (t *thingType) properties() *iot.ThingTypeProperties {
	p := &iot.ThingTypeProperties{ThingTypeDescription: t.Properties.Description, SearchableAttributes: t.Properties.Searchable}
	if len(t.Properties.Propagating) > 0 {
		p.Mqtt5Configuration = &iot.Mqtt5Configuration{}
	}
	for _, a := range t.Properties.Propagating {
		p.Mqtt5Configuration.PropagatingAttributes = append(p.Mqtt5Configuration.PropagatingAttributes,
			iot.PropagatingAttribute{UserPropertyKey: a.UserProperty, ThingAttribute: a.ThingAttribute, ConnectionAttribute: a.ConnectionAttribute})
	}
	return p
}

func (t *thingType) metadata() *iot.ThingTypeMetadata {
	deprecated := !t.Deprecated.IsZero()
	return &iot.ThingTypeMetadata{Deprecated: &deprecated, DeprecationDate: t.Deprecated, CreationDate: t.Created}
}

// DescribeThingType tells all about a type. (aws: iot/API_DescribeThingType)
func (r *Registry) DescribeThingType(ctx context.Context, in *iot.DescribeThingTypeInput) (*iot.DescribeThingTypeOutput, error) {
	var t *thingType
	err := r.view(ctx, "DescribeThingType", func(tx *state.Tx, s caller.Scope) (err error) {
		t, err = findType(tx, s, in.ThingTypeName)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &iot.DescribeThingTypeOutput{
		ThingTypeName: t.Name, ThingTypeId: t.ID, ThingTypeArn: t.arn(), ThingTypeProperties: t.properties(), ThingTypeMetadata: t.metadata(),
	}, nil
}

// UpdateThingType changes those properties of a type that are given. (aws: iot/API_UpdateThingType)
func (r *Registry) UpdateThingType(ctx context.Context, in *iot.UpdateThingTypeInput) (*iot.UpdateThingTypeOutput, error) {
	return outcome(&iot.UpdateThingTypeOutput{}, r.update(ctx, "UpdateThingType", func(tx *state.Tx, s caller.Scope) error {
		t, err := findType(tx, s, in.ThingTypeName)
		if err != nil {
			return err
		}
		given, err := readTypeProperties(in.ThingTypeProperties)
		if err != nil {
			return err
		}
		if given.Description != "" {
			t.Properties.Description = given.Description
		}
		if given.Searchable != nil {
			t.Properties.Searchable = given.Searchable
		}
		if p := in.ThingTypeProperties; p != nil && p.Mqtt5Configuration != nil {
			t.Properties.Propagating = given.Propagating
		}
		return thingTypes.Put(tx, t)
	}))
}

// DeprecateThingType keeps further things from having a type, or lets them again. (aws: iot/API_DeprecateThingType)
func (r *Registry) DeprecateThingType(ctx context.Context, in *iot.DeprecateThingTypeInput) (*iot.DeprecateThingTypeOutput, error) {
	return outcome(&iot.DeprecateThingTypeOutput{}, r.update(ctx, "DeprecateThingType", func(tx *state.Tx, s caller.Scope) error {
		t, err := findType(tx, s, in.ThingTypeName)
		if err != nil {
			return err
		}
		switch {
		case isTrue(in.UndoDeprecate):
			t.Deprecated = time.Time{}
		case t.Deprecated.IsZero():
			t.Deprecated = now()
		}
		return thingTypes.Put(tx, t)
	}))
}

// DeleteThingType removes a type that no thing has and that has been deprecated for five minutes. (aws: iot/API_DeleteThingType)
func (r *Registry) DeleteThingType(ctx context.Context, in *iot.DeleteThingTypeInput) (*iot.DeleteThingTypeOutput, error) {
	return outcome(&iot.DeleteThingTypeOutput{}, r.update(ctx, "DeleteThingType", func(tx *state.Tx, s caller.Scope) error {
		t, err := findType(tx, s, in.ThingTypeName)
		if err != nil {
			return err
		}
		if t.Deprecated.IsZero() {
			return refuse(fault.Invalid, "The thing type %s cannot be deleted: deprecate it with DeprecateThingType and wait five minutes.", t.Name)
		}
		if wait := time.Until(t.Deprecated.Add(deprecatedFor)); wait > 0 {
			return refuse(fault.Invalid, "The thing type %s cannot be deleted before it has been deprecated for five minutes: wait another %s.", t.Name, wait.Round(time.Second))
		}
		if one, err := things.Find(tx, "type", at(s, t.Name)); err == nil {
			return refuse(fault.Invalid, "The thing type %s cannot be deleted: the thing %s still has it.", t.Name, one.Name)
		} else if !isAbsent(err) {
			return err
		}
		if err := dropTags(tx, s, "thingtype/"+t.Name); err != nil {
			return err
		}
		return thingTypes.Delete(tx, thingTypes.Key(t))
	}))
}

// ListThingTypes lists the types, or the one that is named. (aws: iot/API_ListThingTypes)
func (r *Registry) ListThingTypes(ctx context.Context, in *iot.ListThingTypesInput) (*iot.ListThingTypesOutput, error) {
	out := &iot.ListThingTypesOutput{}
	return outcome(out, r.view(ctx, "ListThingTypes", func(tx *state.Tx, s caller.Scope) (err error) {
		prefix := at(s)
		if in.ThingTypeName != "" {
			prefix = at(s, in.ThingTypeName)
		}
		out.ThingTypes, out.NextToken, err = scanPage(tx, pages{"ListThingTypes", in.NextToken, in.MaxResults}, &thingTypes, prefix, func(t *thingType) iot.ThingTypeDefinition {
			return iot.ThingTypeDefinition{ThingTypeName: t.Name, ThingTypeArn: t.arn(), ThingTypeProperties: t.properties(), ThingTypeMetadata: t.metadata()}
		})
		return err
	}))
}
