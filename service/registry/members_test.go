package registry

import (
	"testing"

	"telltale/base/arn"
	"telltale/lang/shape/iot"
)

func TestMembers(t *testing.T) {
	f := open(t)
	f.groups("house", "kitchen<house", "stove<kitchen", "bath<house", "fleet")
	f.thing("lamp")
	f.join("lamp", "stove", "fleet")
	same(t, "lines", f.GroupLines(home, "lamp"), [][]string{{"fleet"}, {"stove", "kitchen", "house"}})
	add := func(group string) iot.AddThingToThingGroupInput {
		return iot.AddThingToThingGroupInput{ThingName: "lamp", ThingGroupName: group}
	}
	do(f, f.AddThingToThingGroup, add("stove"))
	for _, group := range []string{"house", "kitchen", "bath"} {
		fails(f, f.AddThingToThingGroup, add(group), invalid, "it is in stove of the same hierarchy (root house)")
	}
	do(f, f.UpdateThingGroupsForThing, iot.UpdateThingGroupsForThingInput{ThingName: "lamp", ThingGroupsToRemove: []string{"stove"}, ThingGroupsToAdd: []string{"bath"}})
	same(t, "lines after moving", f.GroupLines(home, "lamp"), [][]string{{"bath", "house"}, {"fleet"}})
	fails(f, f.UpdateThingGroupsForThing, iot.UpdateThingGroupsForThingInput{ThingName: "lamp", ThingGroupsToRemove: []string{"bath"}, ThingGroupsToAdd: []string{"no"}}, notFound)
	same(t, "lines after a refusal", f.GroupLines(home, "lamp"), [][]string{{"bath", "house"}, {"fleet"}})

	do(f, f.RemoveThingFromThingGroup, iot.RemoveThingFromThingGroupInput{ThingArn: arn.IoT(home, "thing", "lamp"), ThingGroupArn: arn.IoT(home, "thinggroup", "bath")})
	do(f, f.RemoveThingFromThingGroup, iot.RemoveThingFromThingGroupInput{ThingName: "lamp", ThingGroupName: "bath"})
	same(t, "lines after leaving", f.GroupLines(home, "lamp"), [][]string{{"fleet"}})

	fails(f, f.AddThingToThingGroup, iot.AddThingToThingGroupInput{ThingName: "no", ThingGroupName: "fleet"}, notFound, "The thing no")
	fails(f, f.AddThingToThingGroup, add("no"), notFound, "The thing group no")
	fails(f, f.AddThingToThingGroup, add(""), invalid, "Give the name or the ARN of the group")
	fails(f, f.AddThingToThingGroup, iot.AddThingToThingGroupInput{ThingGroupName: "fleet"}, invalid, "Give thingName or thingArn")
	fails(f, f.AddThingToThingGroup, iot.AddThingToThingGroupInput{ThingName: "lamp", ThingArn: arn.IoT(home, "thing", "fan"), ThingGroupName: "fleet"}, invalid, "contradict")
	fails(f, f.AddThingToThingGroup, iot.AddThingToThingGroupInput{ThingArn: arn.IoT(home, "policy", "fan"), ThingGroupName: "fleet"}, invalid, "is the ARN of a policy")
	fails(f, f.AddThingToThingGroup, iot.AddThingToThingGroupInput{ThingArn: arn.IoT(stranger, "thing", "lamp"), ThingGroupName: "fleet"}, invalid, "belongs to account 222222222222")
	fails(f, f.RemoveThingFromThingGroup, iot.RemoveThingFromThingGroupInput{ThingName: "lamp", ThingGroupName: "no"}, notFound)
	fails(f, f.UpdateThingGroupsForThing, iot.UpdateThingGroupsForThingInput{}, invalid)
	fails(f, f.UpdateThingGroupsForThing, iot.UpdateThingGroupsForThingInput{ThingName: "no"}, notFound)
	fails(f, f.ListThingGroupsForThing, iot.ListThingGroupsForThingInput{ThingName: "no"}, notFound)
	fails(f, f.ListThingsInThingGroup, iot.ListThingsInThingGroupInput{ThingGroupName: "no"}, notFound)
}

func TestGroupsPerThing(t *testing.T) {
	f := open(t)
	f.thing("lamp")
	f.groups(names("g", 11)...)
	f.join("lamp", names("g", 10)...)
	fails(f, f.AddThingToThingGroup, iot.AddThingToThingGroupInput{ThingName: "lamp", ThingGroupName: "g10"}, invalid, "in 10 groups already")
	got := walk(f, 3, func(token string, max *int32) (list []string, more string) {
		out := do(f, f.ListThingGroupsForThing, iot.ListThingGroupsForThingInput{ThingName: "lamp", NextToken: token, MaxResults: max})
		for _, g := range out.ThingGroups {
			list = append(list, g.GroupName)
		}
		return list, out.NextToken
	})
	same(t, "groups", got, names("g", 10))
}

func TestListThingsInThingGroup(t *testing.T) {
	f := open(t)
	f.groups("house", "kitchen<house", "stove<kitchen", "bath<house")
	f.thing(names("t", 8)...)
	for i, name := range names("t", 8) {
		f.join(name, []string{"house", "kitchen", "stove", "bath"}[i%4])
	}
	check := func(group string, recursive bool, want ...string) {
		t.Helper()
		got := walk(f, 2, func(token string, max *int32) ([]string, string) {
			out := do(f, f.ListThingsInThingGroup, iot.ListThingsInThingGroupInput{ThingGroupName: group, Recursive: &recursive, NextToken: token, MaxResults: max})
			return out.Things, out.NextToken
		})
		same(t, group, got, want)
	}
	check("house", false, "t00", "t04")
	check("house", true, names("t", 8)...)
	check("kitchen", true, "t01", "t02", "t05", "t06")
	check("stove", true, "t02", "t06")
	check("bath", false, "t03", "t07")
}
