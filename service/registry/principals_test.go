package registry

import (
	"fmt"
	"testing"

	"telltale/base/arn"
	"telltale/lang/shape/iot"
)

const identity = "us-east-1:12345678-1234-1234-1234-123456789abc"

func TestAttachThingPrincipal(t *testing.T) {
	f := open(t)
	f.thing("lamp", "fan")
	_, first := f.certificate()
	_, second := f.certificate()
	attach := func(thing, principal, kind string) iot.AttachThingPrincipalInput {
		return iot.AttachThingPrincipalInput{ThingName: thing, Principal: principal, ThingPrincipalType: kind}
	}
	const exclusive = iot.ThingPrincipalTypeExclusiveThing
	do(f, f.AttachThingPrincipal, attach("lamp", first, ""))
	do(f, f.AttachThingPrincipal, attach("lamp", first, ""))
	do(f, f.AttachThingPrincipal, attach("lamp", identity, ""))
	do(f, f.AttachThingPrincipal, attach("lamp", first, exclusive))
	fails(f, f.AttachThingPrincipal, attach("fan", first, ""), invalid, "attached exclusively to the thing lamp")
	do(f, f.AttachThingPrincipal, attach("lamp", first, ""))
	do(f, f.AttachThingPrincipal, attach("fan", first, ""))
	fails(f, f.AttachThingPrincipal, attach("lamp", first, exclusive), invalid, "attached to the thing fan too")
	do(f, f.AttachThingPrincipal, attach("fan", second, exclusive))

	fails(f, f.AttachThingPrincipal, attach("no", first, ""), notFound, "The thing no")
	fails(f, f.AttachThingPrincipal, attach("lamp", arn.IoT(home, "cert", "00"), ""), notFound, "The certificate 00")
	fails(f, f.AttachThingPrincipal, attach("lamp", "somebody", ""), invalid, `"somebody" is not a principal`, "allowed are")
	fails(f, f.AttachThingPrincipal, attach("lamp", "arn:aws:iam::111111111111:user/x", ""), invalid, "not the ARN of an IoT resource")
	fails(f, f.AttachThingPrincipal, attach("lamp", "arn:nonsense", ""), invalid, "is not an ARN")
	fails(f, f.AttachThingPrincipal, attach("lamp", arn.IoT(home, "thinggroup", "g"), ""), invalid, "is a thing group")
	fails(f, f.AttachThingPrincipal, attach("lamp", arn.IoT(home, "policy", "p"), ""), invalid, "is not a principal")

	same(t, "principals of lamp", len(do(f, f.ListThingPrincipals, iot.ListThingPrincipalsInput{ThingName: "lamp"}).Principals), 2)
	same(t, "things of first", do(f, f.ListPrincipalThings, iot.ListPrincipalThingsInput{Principal: first}).Things, []string{"fan", "lamp"})
	same(t, "exclusive principals of fan", do(f, f.ListThingPrincipalsV2, iot.ListThingPrincipalsV2Input{ThingName: "fan", ThingPrincipalType: exclusive}).ThingPrincipalObjects,
		[]iot.ThingPrincipalObject{{Principal: second, ThingPrincipalType: exclusive}})
	same(t, "things of second", do(f, f.ListPrincipalThingsV2, iot.ListPrincipalThingsV2Input{Principal: second}).PrincipalThingObjects,
		[]iot.PrincipalThingObject{{ThingName: "fan", ThingPrincipalType: exclusive}})
	same(t, "non-exclusive things of second", len(do(f, f.ListPrincipalThingsV2, iot.ListPrincipalThingsV2Input{Principal: second, ThingPrincipalType: "NON_EXCLUSIVE_THING"}).PrincipalThingObjects), 0)

	do(f, f.DetachThingPrincipal, iot.DetachThingPrincipalInput{ThingName: "lamp", Principal: identity})
	fails(f, f.DetachThingPrincipal, iot.DetachThingPrincipalInput{ThingName: "lamp", Principal: identity}, notFound, "is not attached to the thing lamp")
	fails(f, f.DetachThingPrincipal, iot.DetachThingPrincipalInput{ThingName: "no", Principal: first}, notFound, "The thing no")
	fails(f, f.ListThingPrincipals, iot.ListThingPrincipalsInput{ThingName: "no"}, notFound)
	fails(f, f.ListThingPrincipalsV2, iot.ListThingPrincipalsV2Input{ThingName: "no"}, notFound)
	fails(f, f.ListPrincipalThingsV2, iot.ListPrincipalThingsV2Input{Principal: "somebody"}, invalid)
}

func TestPrincipalsPage(t *testing.T) {
	f := open(t)
	f.thing("hub")
	f.thing(names("t", 7)...)
	var principals []string
	for i := range 7 {
		principals = append(principals, fmt.Sprintf("us-east-1:%08d-0000-0000-0000-000000000000", i))
		f.own("hub", principals[i], false)
		f.own(fmt.Sprintf("t%02d", i), identity, false)
	}
	got := walk(f, 3, func(token string, max *int32) ([]string, string) {
		out := do(f, f.ListThingPrincipals, iot.ListThingPrincipalsInput{ThingName: "hub", NextToken: token, MaxResults: max})
		return out.Principals, out.NextToken
	})
	same(t, "principals", got, principals)
	v2 := walk(f, 3, func(token string, max *int32) ([]iot.ThingPrincipalObject, string) {
		out := do(f, f.ListThingPrincipalsV2, iot.ListThingPrincipalsV2Input{ThingName: "hub", NextToken: token, MaxResults: max})
		return out.ThingPrincipalObjects, out.NextToken
	})
	same(t, "number of principals", len(v2), 7)
	things := walk(f, 3, func(token string, max *int32) ([]string, string) {
		out := do(f, f.ListPrincipalThings, iot.ListPrincipalThingsInput{Principal: identity, NextToken: token, MaxResults: max})
		return out.Things, out.NextToken
	})
	same(t, "things", things, names("t", 7))
}
