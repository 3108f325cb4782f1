package registry

import (
	"fmt"
	"maps"
	"testing"

	"telltale/base/fault"
	"telltale/lang/shape/iot"
)

func attributes(n int) *iot.AttributePayload {
	p := &iot.AttributePayload{Attributes: map[string]string{}}
	for i := range n {
		p.Attributes[fmt.Sprintf("a%d", i)] = "v"
	}
	return p
}

func TestCreateThing(t *testing.T) {
	f := open(t)
	in := iot.CreateThingInput{ThingName: "lamp", AttributePayload: &iot.AttributePayload{Attributes: map[string]string{"color": "red", "none": ""}}}
	first := do(f, f.CreateThing, in)
	same(t, "ARN", first.ThingArn, "arn:aws:iot:us-east-1:111111111111:thing/lamp")
	if again := do(f, f.CreateThing, in); *again != *first {
		t.Errorf("made again: got %+v, want %+v", again, first)
	}
	fails(f, f.CreateThing, iot.CreateThingInput{ThingName: "lamp"}, exists, "The thing lamp already exists")
	_, err := f.CreateThing(f.ctx, &iot.CreateThingInput{ThingName: "lamp"})
	same(t, "members", iot.Service.ErrorFor(err).Members, map[string]any{"resourceArn": first.ThingArn, "resourceId": first.ThingId})

	d := do(f, f.DescribeThing, iot.DescribeThingInput{ThingName: "lamp"})
	same(t, "description", fmt.Sprint(d.DefaultClientId, d.ThingId == first.ThingId, d.Attributes, *d.Version), fmt.Sprint("lamp", true, map[string]string{"color": "red"}, 1))

	fails(f, f.CreateThing, iot.CreateThingInput{ThingName: "x", ThingTypeName: "no"}, notFound, "The thing type no does not exist")
	fails(f, f.CreateThing, iot.CreateThingInput{ThingName: "x", BillingGroupName: "no"}, notFound, "The billing group no does not exist")
	fails(f, f.CreateThing, iot.CreateThingInput{ThingName: "x", AttributePayload: attributes(4)}, invalid, "4 attributes", "may have 3")
	do(f, f.CreateThingType, iot.CreateThingTypeInput{ThingTypeName: "light"})
	fails(f, f.CreateThing, iot.CreateThingInput{ThingName: "x", ThingTypeName: "light", AttributePayload: attributes(51)}, invalid, "51 attributes", "allowed are 50")
	do(f, f.CreateThing, iot.CreateThingInput{ThingName: "x", ThingTypeName: "light", AttributePayload: attributes(50)})
}

func TestUpdateThing(t *testing.T) {
	f := open(t)
	do(f, f.CreateThingType, iot.CreateThingTypeInput{ThingTypeName: "light"})
	do(f, f.CreateThingType, iot.CreateThingTypeInput{ThingTypeName: "old"})
	do(f, f.DeprecateThingType, iot.DeprecateThingTypeInput{ThingTypeName: "old"})
	do(f, f.CreateThing, iot.CreateThingInput{ThingName: "lamp", AttributePayload: &iot.AttributePayload{Attributes: map[string]string{"a": "1", "b": "2"}}})
	version := int64(1)
	payload := func(merge bool, pairs ...string) *iot.AttributePayload {
		p := &iot.AttributePayload{Attributes: map[string]string{}, Merge: &merge}
		for i := 0; i < len(pairs); i += 2 {
			p.Attributes[pairs[i]] = pairs[i+1]
		}
		return p
	}
	check := func(in iot.UpdateThingInput, typeName string, want map[string]string) {
		t.Helper()
		in.ThingName, in.ExpectedVersion = "lamp", new(version)
		do(f, f.UpdateThing, in)
		version++
		d := do(f, f.DescribeThing, iot.DescribeThingInput{ThingName: "lamp"})
		if d.ThingTypeName != typeName || !maps.Equal(d.Attributes, want) || *d.Version != version {
			t.Errorf("%+v: got type %q, attributes %v, version %d; want %q, %v, %d", in, d.ThingTypeName, d.Attributes, *d.Version, typeName, want, version)
		}
	}
	check(iot.UpdateThingInput{AttributePayload: payload(true, "b", "", "c", "3")}, "", map[string]string{"a": "1", "c": "3"})
	check(iot.UpdateThingInput{AttributePayload: payload(false, "d", "4")}, "", map[string]string{"d": "4"})
	check(iot.UpdateThingInput{AttributePayload: &iot.AttributePayload{Attributes: map[string]string{"e": "5"}}}, "", map[string]string{"e": "5"})
	check(iot.UpdateThingInput{ThingTypeName: "light"}, "light", map[string]string{"e": "5"})
	check(iot.UpdateThingInput{AttributePayload: payload(true, "f", "6", "g", "7", "h", "8")}, "light", map[string]string{"e": "5", "f": "6", "g": "7", "h": "8"})
	fails(f, f.UpdateThing, iot.UpdateThingInput{ThingName: "lamp", RemoveThingType: new(true)}, invalid, "without a type may have 3")
	check(iot.UpdateThingInput{AttributePayload: payload(true, "e", "")}, "light", map[string]string{"f": "6", "g": "7", "h": "8"})
	check(iot.UpdateThingInput{RemoveThingType: new(true)}, "", map[string]string{"f": "6", "g": "7", "h": "8"})

	fails(f, f.UpdateThing, iot.UpdateThingInput{ThingName: "lamp", ExpectedVersion: new(int64(1))}, iot.VersionConflictException, fmt.Sprintf("version %d, not the expected version 1", version))
	fails(f, f.UpdateThing, iot.UpdateThingInput{ThingName: "lamp", ThingTypeName: "light", RemoveThingType: new(true)}, invalid, "exclude each other")
	fails(f, f.UpdateThing, iot.UpdateThingInput{ThingName: "lamp", ThingTypeName: "old"}, invalid, "deprecated")
	fails(f, f.UpdateThing, iot.UpdateThingInput{ThingName: "no"}, notFound)
}

func TestDeleteThing(t *testing.T) {
	f := open(t)
	id, certificate := f.certificate()
	f.thing("lamp")
	f.groups("house")
	f.join("lamp", "house")
	f.own("lamp", certificate, false)
	fails(f, f.DeleteThing, iot.DeleteThingInput{ThingName: "lamp"}, invalid, "attached to 1 principals")
	do(f, f.DetachThingPrincipal, iot.DetachThingPrincipalInput{ThingName: "lamp", Principal: certificate})
	fails(f, f.DeleteThing, iot.DeleteThingInput{ThingName: "lamp", ExpectedVersion: new(int64(7))}, iot.VersionConflictException)
	do(f, f.DeleteThing, iot.DeleteThingInput{ThingName: "lamp", ExpectedVersion: new(int64(1))})
	do(f, f.DeleteThing, iot.DeleteThingInput{ThingName: "lamp"})
	fails(f, f.DescribeThing, iot.DescribeThingInput{ThingName: "lamp"}, notFound)
	same(t, "things of the group", len(do(f, f.ListThingsInThingGroup, iot.ListThingsInThingGroupInput{ThingGroupName: "house"}).Things), 0)
	f.thing("lamp")
	if b, err := f.Bind(f.ctx, home, id, "lamp"); err != nil || b.Attached {
		t.Errorf("the new thing of the old name is bound: %+v, %v", b, err)
	}
	same(t, "lines of the new thing", f.GroupLines(home, "lamp"), nil)
}

func TestListThings(t *testing.T) {
	f := open(t)
	do(f, f.CreateThingType, iot.CreateThingTypeInput{ThingTypeName: "even"})
	for i, name := range names("t", 10) {
		in := iot.CreateThingInput{ThingName: name, AttributePayload: &iot.AttributePayload{Attributes: map[string]string{"floor": fmt.Sprintf("f%d-%d", i%3, i)}}}
		if i%2 == 0 {
			in.ThingTypeName = "even"
		}
		if i < 4 {
			in.AttributePayload.Attributes["wet"] = "yes"
		}
		do(f, f.CreateThing, in)
	}
	check := func(in iot.ListThingsInput, want ...string) {
		t.Helper()
		for _, size := range []int32{1, 2, 250} {
			got := walk(f, size, func(token string, max *int32) (list []string, more string) {
				in := in
				in.NextToken, in.MaxResults = token, max
				out := do(f, f.ListThings, in)
				for _, thing := range out.Things {
					list = append(list, thing.ThingName)
				}
				return list, out.NextToken
			})
			same(t, fmt.Sprintf("%+v by %d", in, size), got, want)
		}
	}
	check(iot.ListThingsInput{}, names("t", 10)...)
	check(iot.ListThingsInput{ThingTypeName: "even"}, "t00", "t02", "t04", "t06", "t08")
	check(iot.ListThingsInput{ThingTypeName: "odd"})
	check(iot.ListThingsInput{AttributeName: "wet", AttributeValue: "yes"}, "t00", "t01", "t02", "t03")
	check(iot.ListThingsInput{AttributeName: "wet"}, "t00", "t01", "t02", "t03")
	check(iot.ListThingsInput{AttributeName: "wet", AttributeValue: "ye"})
	check(iot.ListThingsInput{AttributeName: "wet", AttributeValue: "yes", ThingTypeName: "even"}, "t00", "t02")
	check(iot.ListThingsInput{AttributeName: "floor", AttributeValue: "f1-", UsePrefixAttributeValue: new(true)}, "t01", "t04", "t07")
	check(iot.ListThingsInput{AttributeName: "floor", AttributeValue: "f0", UsePrefixAttributeValue: new(true), ThingTypeName: "even"}, "t00", "t06")
	check(iot.ListThingsInput{AttributeName: "floor", AttributeValue: "f1"})

	fails(f, f.ListThings, iot.ListThingsInput{AttributeValue: "yes"}, invalid, "need an attributeName")
	fails(f, f.ListThings, iot.ListThingsInput{NextToken: "garbage"}, invalid, "nextToken is invalid")
	fails(f, f.ListThings, iot.ListThingsInput{MaxResults: new(int32(0))}, invalid, "1 to 250")
	fails(f, f.ListThings, iot.ListThingsInput{MaxResults: new(int32(251))}, invalid, "1 to 250")
	token := do(f, f.ListThings, iot.ListThingsInput{MaxResults: new(int32(1))}).NextToken
	fails(f, f.ListThingTypes, iot.ListThingTypesInput{NextToken: token}, invalid, "not returned by ListThingTypes")
	o := f.as(stranger)
	same(t, "things with a stolen token", len(do(o, o.ListThings, iot.ListThingsInput{NextToken: token}).Things), 0)
}

func TestFaultKinds(t *testing.T) {
	f := open(t)
	_, err := f.DescribeThing(f.ctx, &iot.DescribeThingInput{ThingName: "no"})
	same(t, "kind", fault.KindOf(err), fault.NotFound)
	same(t, "diary", err.Error(), "registry.DescribeThing: The thing no does not exist in account 111111111111, region us-east-1.")
}
