package registry

import (
	"testing"

	"telltale/base/arn"
	"telltale/lang/shape/iot"
)

func TestBillingGroups(t *testing.T) {
	f := open(t)
	in := iot.CreateBillingGroupInput{BillingGroupName: "bill", BillingGroupProperties: &iot.BillingGroupProperties{BillingGroupDescription: "mine"}}
	first := do(f, f.CreateBillingGroup, in)
	same(t, "made again", *do(f, f.CreateBillingGroup, in), *first)
	fails(f, f.CreateBillingGroup, iot.CreateBillingGroupInput{BillingGroupName: "bill"}, exists)
	update := iot.UpdateBillingGroupInput{BillingGroupName: "bill", ExpectedVersion: new(int64(1)), BillingGroupProperties: &iot.BillingGroupProperties{BillingGroupDescription: "yours"}}
	same(t, "version", *do(f, f.UpdateBillingGroup, update).Version, 2)
	fails(f, f.UpdateBillingGroup, update, iot.VersionConflictException)
	fails(f, f.UpdateBillingGroup, iot.UpdateBillingGroupInput{BillingGroupName: "no"}, notFound)
	d := do(f, f.DescribeBillingGroup, iot.DescribeBillingGroupInput{BillingGroupName: "bill"})
	same(t, "description", d.BillingGroupProperties.BillingGroupDescription, "yours")

	do(f, f.CreateBillingGroup, iot.CreateBillingGroupInput{BillingGroupName: "other"})
	do(f, f.CreateThing, iot.CreateThingInput{ThingName: "lamp", BillingGroupName: "bill"})
	f.thing("fan")
	do(f, f.AddThingToBillingGroup, iot.AddThingToBillingGroupInput{ThingArn: arn.IoT(home, "thing", "fan"), BillingGroupArn: first.BillingGroupArn})
	same(t, "things", do(f, f.ListThingsInBillingGroup, iot.ListThingsInBillingGroupInput{BillingGroupName: "bill"}).Things, []string{"fan", "lamp"})
	do(f, f.AddThingToBillingGroup, iot.AddThingToBillingGroupInput{ThingName: "fan", BillingGroupName: "other"})
	do(f, f.RemoveThingFromBillingGroup, iot.RemoveThingFromBillingGroupInput{ThingName: "fan", BillingGroupName: "bill"})
	same(t, "group of fan", do(f, f.DescribeThing, iot.DescribeThingInput{ThingName: "fan"}).BillingGroupName, "other")
	fails(f, f.AddThingToBillingGroup, iot.AddThingToBillingGroupInput{ThingName: "fan", BillingGroupName: "no"}, notFound)
	fails(f, f.DeleteBillingGroup, iot.DeleteBillingGroupInput{BillingGroupName: "bill"}, invalid, "it has things, such as lamp")
	do(f, f.RemoveThingFromBillingGroup, iot.RemoveThingFromBillingGroupInput{ThingName: "lamp", BillingGroupName: "bill"})
	fails(f, f.DeleteBillingGroup, iot.DeleteBillingGroupInput{BillingGroupName: "bill", ExpectedVersion: new(int64(1))}, iot.VersionConflictException)
	do(f, f.DeleteBillingGroup, iot.DeleteBillingGroupInput{BillingGroupName: "bill"})
	do(f, f.DeleteBillingGroup, iot.DeleteBillingGroupInput{BillingGroupName: "bill"})
	fails(f, f.ListThingsInBillingGroup, iot.ListThingsInBillingGroupInput{BillingGroupName: "bill"}, notFound)
}

func TestBillingGroupsPage(t *testing.T) {
	f := open(t)
	for _, name := range append(names("b", 7), "x") {
		do(f, f.CreateBillingGroup, iot.CreateBillingGroupInput{BillingGroupName: name})
	}
	got := walk(f, 3, func(token string, max *int32) (list []string, more string) {
		out := do(f, f.ListBillingGroups, iot.ListBillingGroupsInput{NamePrefixFilter: "b", NextToken: token, MaxResults: max})
		for _, g := range out.BillingGroups {
			list = append(list, g.GroupName)
		}
		return list, out.NextToken
	})
	same(t, "billing groups", got, names("b", 7))
}
