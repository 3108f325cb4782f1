package registry

import (
	"fmt"
	"testing"

	"telltale/base/arn"
	"telltale/lang/shape/iot"
)

func TestThingGroups(t *testing.T) {
	f := open(t)
	in := iot.CreateThingGroupInput{ThingGroupName: "house", Tags: []iot.Tag{{Key: "k", Value: "v"}}, ThingGroupProperties: &iot.ThingGroupProperties{
		ThingGroupDescription: "home", AttributePayload: &iot.AttributePayload{Attributes: map[string]string{"city": "Rome"}}}}
	first := do(f, f.CreateThingGroup, in)
	same(t, "made again", *do(f, f.CreateThingGroup, in), *first)
	fails(f, f.CreateThingGroup, iot.CreateThingGroupInput{ThingGroupName: "house"}, exists)
	fails(f, f.CreateThingGroup, iot.CreateThingGroupInput{ThingGroupName: "x", ParentGroupName: "no"}, notFound, "The thing group no")
	fails(f, f.CreateThingGroup, iot.CreateThingGroupInput{ThingGroupName: "x", ThingGroupProperties: &iot.ThingGroupProperties{AttributePayload: attributes(51)}}, invalid, "51 attributes")
	f.groups("kitchen<house", "stove<kitchen")

	d := do(f, f.DescribeThingGroup, iot.DescribeThingGroupInput{ThingGroupName: "stove"})
	same(t, "parent", d.ThingGroupMetadata.ParentGroupName, "kitchen")
	same(t, "line", d.ThingGroupMetadata.RootToParentThingGroups, []iot.GroupNameAndArn{
		{GroupName: "house", GroupArn: arn.IoT(home, "thinggroup", "house")}, {GroupName: "kitchen", GroupArn: arn.IoT(home, "thinggroup", "kitchen")}})

	up := do(f, f.UpdateThingGroup, iot.UpdateThingGroupInput{ThingGroupName: "house", ExpectedVersion: new(int64(1)), ThingGroupProperties: &iot.ThingGroupProperties{
		AttributePayload: &iot.AttributePayload{Merge: new(true), Attributes: map[string]string{"zip": "00100"}}}})
	same(t, "version", *up.Version, 2)
	d = do(f, f.DescribeThingGroup, iot.DescribeThingGroupInput{ThingGroupName: "house"})
	same(t, "properties", fmt.Sprint(d.ThingGroupProperties.ThingGroupDescription, d.ThingGroupProperties.AttributePayload.Attributes), "homemap[city:Rome zip:00100]")
	fails(f, f.UpdateThingGroup, iot.UpdateThingGroupInput{ThingGroupName: "house", ExpectedVersion: new(int64(1))}, iot.VersionConflictException)
	fails(f, f.UpdateThingGroup, iot.UpdateThingGroupInput{ThingGroupName: "no"}, notFound)

	f.policy("all")
	f.attach("all", first.ThingGroupArn)
	f.thing("lamp")
	f.join("lamp", "stove")
	fails(f, f.DeleteThingGroup, iot.DeleteThingGroupInput{ThingGroupName: "kitchen"}, invalid, "it has children, such as stove")
	fails(f, f.DeleteThingGroup, iot.DeleteThingGroupInput{ThingGroupName: "stove", ExpectedVersion: new(int64(9))}, iot.VersionConflictException)
	do(f, f.DeleteThingGroup, iot.DeleteThingGroupInput{ThingGroupName: "stove"})
	do(f, f.DeleteThingGroup, iot.DeleteThingGroupInput{ThingGroupName: "stove"})
	same(t, "groups of lamp", len(do(f, f.ListThingGroupsForThing, iot.ListThingGroupsForThingInput{ThingName: "lamp"}).ThingGroups), 0)
	do(f, f.DeleteThingGroup, iot.DeleteThingGroupInput{ThingGroupName: "kitchen"})
	fails(f, f.DeleteThingGroup, iot.DeleteThingGroupInput{ThingGroupName: "house"}, invalid, "policies are attached to it: all")
	do(f, f.DetachPolicy, iot.DetachPolicyInput{PolicyName: "all", Target: first.ThingGroupArn})
	do(f, f.DeleteThingGroup, iot.DeleteThingGroupInput{ThingGroupName: "house"})
	f.groups("house")
	same(t, "tags of the new group of the old name", len(do(f, f.ListTagsForResource, iot.ListTagsForResourceInput{ResourceArn: first.ThingGroupArn}).Tags), 0)
}

func TestHierarchyLimits(t *testing.T) {
	f := open(t)
	f.groups("l1")
	for i := 2; i <= 7; i++ {
		f.groups(fmt.Sprintf("l%d<l%d", i, i-1))
	}
	fails(f, f.CreateThingGroup, iot.CreateThingGroupInput{ThingGroupName: "l8", ParentGroupName: "l7"}, invalid, "7 levels deep already")
	f.groups("wide")
	for i := range 100 {
		f.groups(fmt.Sprintf("c%d<wide", i))
	}
	fails(f, f.CreateThingGroup, iot.CreateThingGroupInput{ThingGroupName: "c100", ParentGroupName: "wide"}, invalid, "it has 100 already")
}

func TestListThingGroups(t *testing.T) {
	f := open(t)
	f.groups("a", "b", "a1<a", "a2<a", "a11<a1", "a12<a1", "b1<b", "x1<a1")
	check := func(in iot.ListThingGroupsInput, want ...string) {
		t.Helper()
		for _, size := range []int32{1, 2, 250} {
			got := walk(f, size, func(token string, max *int32) (list []string, more string) {
				in := in
				in.NextToken, in.MaxResults = token, max
				out := do(f, f.ListThingGroups, in)
				for _, g := range out.ThingGroups {
					list = append(list, g.GroupName)
				}
				return list, out.NextToken
			})
			same(t, fmt.Sprintf("%+v by %d", in, size), got, want)
		}
	}
	check(iot.ListThingGroupsInput{}, "a", "a1", "a11", "a12", "a2", "b", "b1", "x1")
	check(iot.ListThingGroupsInput{Recursive: new(false)}, "a", "b")
	check(iot.ListThingGroupsInput{NamePrefixFilter: "a1"}, "a1", "a11", "a12")
	check(iot.ListThingGroupsInput{ParentGroup: "a"}, "a1", "a2")
	check(iot.ListThingGroupsInput{ParentGroup: "a", Recursive: new(true)}, "a1", "a11", "a12", "a2", "x1")
	check(iot.ListThingGroupsInput{ParentGroup: "a", Recursive: new(true), NamePrefixFilter: "a1"}, "a1", "a11", "a12")
	check(iot.ListThingGroupsInput{ParentGroup: "x1"})
	fails(f, f.ListThingGroups, iot.ListThingGroupsInput{ParentGroup: "no"}, notFound)
}
