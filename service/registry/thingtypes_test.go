package registry

import (
	"testing"
	"testing/synctest"
	"time"

	"telltale/base/arn"
	"telltale/lang/shape/iot"
)

func TestThingTypes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // five minutes pass
		f := open(t)
		in := iot.CreateThingTypeInput{ThingTypeName: "light", Tags: []iot.Tag{{Key: "k", Value: "v"}}, ThingTypeProperties: &iot.ThingTypeProperties{
			ThingTypeDescription: "shines", SearchableAttributes: []string{"color"},
			Mqtt5Configuration: &iot.Mqtt5Configuration{PropagatingAttributes: []iot.PropagatingAttribute{{UserPropertyKey: "c", ThingAttribute: "color"}}},
		}}
		first := do(f, f.CreateThingType, in)
		same(t, "made again", *do(f, f.CreateThingType, in), *first)
		fails(f, f.CreateThingType, iot.CreateThingTypeInput{ThingTypeName: "light"}, exists)
		fails(f, f.CreateThingType, iot.CreateThingTypeInput{ThingTypeName: "x", ThingTypeProperties: &iot.ThingTypeProperties{SearchableAttributes: []string{"a", "b", "c", "d"}}}, invalid, "4 searchable attributes")
		fails(f, f.CreateThingType, iot.CreateThingTypeInput{ThingTypeName: "x", ThingTypeProperties: &iot.ThingTypeProperties{
			Mqtt5Configuration: &iot.Mqtt5Configuration{PropagatingAttributes: []iot.PropagatingAttribute{{UserPropertyKey: "c"}}}}}, invalid, "either a thingAttribute or a connectionAttribute")

		do(f, f.UpdateThingType, iot.UpdateThingTypeInput{ThingTypeName: "light", ThingTypeProperties: &iot.ThingTypeProperties{ThingTypeDescription: "glows"}})
		d := do(f, f.DescribeThingType, iot.DescribeThingTypeInput{ThingTypeName: "light"})
		same(t, "description", d.ThingTypeProperties.ThingTypeDescription, "glows")
		same(t, "searchable", d.ThingTypeProperties.SearchableAttributes, []string{"color"})
		same(t, "propagating", d.ThingTypeProperties.Mqtt5Configuration.PropagatingAttributes, []iot.PropagatingAttribute{{UserPropertyKey: "c", ThingAttribute: "color"}})
		same(t, "deprecated", *d.ThingTypeMetadata.Deprecated, false)
		fails(f, f.UpdateThingType, iot.UpdateThingTypeInput{ThingTypeName: "no"}, notFound)

		do(f, f.CreateThing, iot.CreateThingInput{ThingName: "lamp", ThingTypeName: "light"})
		remove := iot.DeleteThingTypeInput{ThingTypeName: "light"}
		fails(f, f.DeleteThingType, remove, invalid, "deprecate it")
		do(f, f.DeprecateThingType, iot.DeprecateThingTypeInput{ThingTypeName: "light"})
		fails(f, f.CreateThing, iot.CreateThingInput{ThingName: "fan", ThingTypeName: "light"}, invalid, "deprecated")
		do(f, f.CreateThing, iot.CreateThingInput{ThingName: "lamp", ThingTypeName: "light"}) // it is there already
		do(f, f.DeprecateThingType, iot.DeprecateThingTypeInput{ThingTypeName: "light", UndoDeprecate: new(true)})
		do(f, f.CreateThing, iot.CreateThingInput{ThingName: "fan", ThingTypeName: "light"})
		do(f, f.DeprecateThingType, iot.DeprecateThingTypeInput{ThingTypeName: "light"})
		time.Sleep(2 * time.Minute)
		do(f, f.DeprecateThingType, iot.DeprecateThingTypeInput{ThingTypeName: "light"}) // does not begin anew
		fails(f, f.DeleteThingType, remove, invalid, "wait another 3m0s")
		time.Sleep(3 * time.Minute)
		fails(f, f.DeleteThingType, remove, invalid, "the thing fan still has it")
		do(f, f.UpdateThing, iot.UpdateThingInput{ThingName: "lamp", RemoveThingType: new(true)})
		do(f, f.DeleteThing, iot.DeleteThingInput{ThingName: "fan"})
		do(f, f.DeleteThingType, remove)
		fails(f, f.DeleteThingType, remove, notFound)
		fails(f, f.DeprecateThingType, iot.DeprecateThingTypeInput{ThingTypeName: "light"}, notFound)
		do(f, f.CreateThingType, iot.CreateThingTypeInput{ThingTypeName: "light"})
		same(t, "tags of the new type of the old name", len(do(f, f.ListTagsForResource, iot.ListTagsForResourceInput{ResourceArn: arn.IoT(home, "thingtype", "light")}).Tags), 0)
	})
}

func TestListThingTypes(t *testing.T) {
	f := open(t)
	for _, name := range names("type", 5) {
		do(f, f.CreateThingType, iot.CreateThingTypeInput{ThingTypeName: name})
	}
	got := walk(f, 2, func(token string, max *int32) (list []string, more string) {
		out := do(f, f.ListThingTypes, iot.ListThingTypesInput{NextToken: token, MaxResults: max})
		for _, d := range out.ThingTypes {
			list = append(list, d.ThingTypeName)
		}
		return list, out.NextToken
	})
	same(t, "types", got, names("type", 5))
	one := do(f, f.ListThingTypes, iot.ListThingTypesInput{ThingTypeName: "type03"}).ThingTypes
	if len(one) != 1 || one[0].ThingTypeName != "type03" {
		t.Errorf("got %+v, want type03 only", one)
	}
	same(t, "types named typ", len(do(f, f.ListThingTypes, iot.ListThingTypesInput{ThingTypeName: "typ"}).ThingTypes), 0)
}
