package registry

import (
	"testing"

	"telltale/lang/shape/iot"
)

func TestBind(t *testing.T) {
	f := open(t)
	do(f, f.CreateThingType, iot.CreateThingTypeInput{ThingTypeName: "light"})
	do(f, f.CreateThing, iot.CreateThingInput{ThingName: "lamp", ThingTypeName: "light", AttributePayload: &iot.AttributePayload{Attributes: map[string]string{"color": "red"}}})
	f.thing("fan", "pump")
	id, certificate := f.certificate()
	only, exclusive := f.certificate()
	f.own("lamp", certificate, false)
	f.own("pump", exclusive, true)
	check := func(certificateID, clientID string, want Binding) {
		t.Helper()
		b, err := f.Bind(t.Context(), home, certificateID, clientID)
		if err != nil {
			t.Fatalf("Bind(%q, %q): %v", certificateID, clientID, err)
		}
		same(t, certificateID+" as "+clientID, *b, want)
	}
	check(id, "lamp", Binding{Thing: "lamp", Attached: true, TypeName: "light", Attributes: map[string]string{"color": "red"}})
	check(id, "fan", Binding{Thing: "fan"})
	check(id, "nobody", Binding{})
	check("", "lamp", Binding{Thing: "lamp"})
	check("", "nobody", Binding{})
	check(only, "pump", Binding{Thing: "pump", Attached: true, Exclusive: true})
	check(only, "nobody", Binding{Thing: "pump", Attached: true, Exclusive: true})
	check(only, "fan", Binding{Thing: "fan"})
	check("00", "lamp", Binding{Thing: "lamp"})
	do(f, f.DetachThingPrincipal, iot.DetachThingPrincipalInput{ThingName: "lamp", Principal: certificate})
	check(id, "lamp", Binding{Thing: "lamp"})
	do(f, f.DetachThingPrincipal, iot.DetachThingPrincipalInput{ThingName: "pump", Principal: exclusive})
	check(only, "nobody", Binding{})
}

func TestGroupLines(t *testing.T) {
	f := open(t)
	f.thing("lamp")
	f.groups("house", "kitchen<house", "stove<kitchen", "fleet")
	for range 2 {
		same(t, "in none", f.GroupLines(home, "lamp"), nil)
		same(t, "no thing", f.GroupLines(home, "no"), nil)
	}
	f.join("lamp", "stove", "fleet")
	for range 2 {
		same(t, "in two", f.GroupLines(home, "lamp"), [][]string{{"fleet"}, {"stove", "kitchen", "house"}})
	}
	do(f, f.DeleteThingGroup, iot.DeleteThingGroupInput{ThingGroupName: "stove"})
	same(t, "in one", f.GroupLines(home, "lamp"), [][]string{{"fleet"}})
	allocs := testing.AllocsPerRun(100, func() { f.GroupLines(home, "lamp") })
	if allocs > 1 { // the function that loads
		t.Errorf("a remembered answer costs %v allocations", allocs)
	}
}
