package registry

import (
	"fmt"
	"testing"

	"telltale/base/arn"
	"telltale/lang/shape/iot"
)

func TestTags(t *testing.T) {
	f := open(t)
	tags := []iot.Tag{{Key: "b", Value: "2"}, {Key: "a", Value: "1"}}
	do(f, f.CreateThingType, iot.CreateThingTypeInput{ThingTypeName: "light", Tags: tags})
	do(f, f.CreateThingGroup, iot.CreateThingGroupInput{ThingGroupName: "house", Tags: tags})
	do(f, f.CreateBillingGroup, iot.CreateBillingGroupInput{BillingGroupName: "bill", Tags: tags})
	do(f, f.CreatePolicy, iot.CreatePolicyInput{PolicyName: "p", PolicyDocument: allowAll, Tags: tags})
	_, certificate := f.certificate()
	do(f, f.TagResource, iot.TagResourceInput{ResourceArn: certificate, Tags: tags})
	check := func(resource string, want ...iot.Tag) {
		t.Helper()
		same(t, resource, do(f, f.ListTagsForResource, iot.ListTagsForResourceInput{ResourceArn: resource}).Tags, want)
	}
	for _, resource := range []string{arn.IoT(home, "thingtype", "light"), arn.IoT(home, "thinggroup", "house"), arn.IoT(home, "billinggroup", "bill"), arn.IoT(home, "policy", "p"), certificate} {
		check(resource, iot.Tag{Key: "a", Value: "1"}, iot.Tag{Key: "b", Value: "2"})
		do(f, f.TagResource, iot.TagResourceInput{ResourceArn: resource, Tags: []iot.Tag{{Key: "a", Value: "3"}}})
		do(f, f.UntagResource, iot.UntagResourceInput{ResourceArn: resource, TagKeys: []string{"b", "no"}})
		check(resource, iot.Tag{Key: "a", Value: "3"})
		do(f, f.UntagResource, iot.UntagResourceInput{ResourceArn: resource, TagKeys: []string{"a"}})
		do(f, f.UntagResource, iot.UntagResourceInput{ResourceArn: resource, TagKeys: []string{"a"}})
		check(resource)
	}

	f.thing("lamp")
	tag := func(resource string, tags ...iot.Tag) iot.TagResourceInput {
		return iot.TagResourceInput{ResourceArn: resource, Tags: tags}
	}
	fails(f, f.TagResource, tag(arn.IoT(home, "thing", "lamp")), invalid, "A thing cannot have tags here")
	fails(f, f.TagResource, tag(arn.IoT(home, "policy", "no")), notFound)
	fails(f, f.TagResource, tag("nonsense"), invalid, "is not an ARN")
	fails(f, f.TagResource, tag(certificate, iot.Tag{Key: "AWS:x"}), invalid, "reserved")
	fails(f, f.UntagResource, iot.UntagResourceInput{ResourceArn: arn.IoT(home, "thinggroup", "no")}, notFound)
	fails(f, f.ListTagsForResource, iot.ListTagsForResourceInput{ResourceArn: arn.IoT(home, "thingtype", "no")}, notFound)
	fails(f, f.ListTagsForResource, iot.ListTagsForResourceInput{ResourceArn: certificate, NextToken: "x"}, invalid, "nextToken")
	var many []iot.Tag
	for i := range 51 {
		many = append(many, iot.Tag{Key: fmt.Sprint(i)})
	}
	fails(f, f.TagResource, tag(certificate, many...), iot.LimitExceededException, "51 tags")
	fails(f, f.CreatePolicy, iot.CreatePolicyInput{PolicyName: "q", PolicyDocument: allowAll, Tags: many}, iot.LimitExceededException)
	do(f, f.TagResource, tag(certificate, many[:50]...))
}
