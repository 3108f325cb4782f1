package policy

import (
	"fmt"
	"testing"
)

const fleet = `{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": "iot:Connect", "Resource": "arn:aws:iot:eu-west-1:123456789012:client/${iot:ClientId}",
     "Condition": {"Bool": {"iot:Connection.Thing.IsAttached": "true"}}},
    {"Effect": "Allow", "Action": ["iot:Subscribe", "iot:Receive"],
     "Resource": ["arn:aws:iot:eu-west-1:123456789012:topicfilter/cmd/${iot:ClientId}/*",
                  "arn:aws:iot:eu-west-1:123456789012:topic/cmd/${iot:ClientId}/*"]},
    {"Effect": "Deny", "Action": "iot:Publish", "Resource": "arn:aws:iot:*:123456789012:topic/*/admin/${iot:ClientId}"},
    {"Effect": "Allow", "Action": ["iot:Publish", "iot:RetainPublish"],
     "Resource": "arn:aws:iot:eu-west-1:123456789012:topic/dt/${iot:Connection.Thing.ThingName}/*",
     "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}, "StringLike": {"iot:ClientId": "lamp-*"}}}
  ]
}`

func fleetRequest(t testing.TB) ([]Policy, *Request) {
	t.Helper()
	doc, err := Parse([]byte(fleet), IoT)
	if err != nil {
		t.Fatal(err)
	}
	keys := &Keys{}
	keys.Set("iot:ClientId", "lamp-7")
	keys.Set("iot:Connection.Thing.ThingName", "lamp-7")
	keys.Set("aws:SourceIp", "10.2.3.4")
	return []Policy{{Name: "fleet", Doc: doc}}, &Request{
		Action:   "iot:Publish",
		Resource: "arn:aws:iot:eu-west-1:123456789012:topic/dt/lamp-7/temperature",
		Context:  keys,
	}
}

func TestEvaluateDoesNotAllocate(t *testing.T) {
	policies, req := fleetRequest(t)
	f := func(resource string, want Effect) {
		t.Helper()
		r := *req
		r.Resource = resource
		var got Decision
		allocs := testing.AllocsPerRun(100, func() { got = EvaluateIAM(policies, &policies[0], policies, &r) })
		if got.Effect != want || got.Allowed() != (want == Allowed) || allocs != 0 {
			t.Errorf("%s: got %v with %v allocations, want %v with none", resource, got.Effect, allocs, want)
		}
	}
	f(req.Resource, Allowed)
	f("arn:aws:iot:eu-west-1:123456789012:topic/dt/lamp-8/temperature", ImplicitDeny)
	f("arn:aws:iot:eu-west-1:123456789012:topic/dt/lamp-7/admin/lamp-7", ExplicitDeny)
}

func TestEvaluateWithoutDocumentsAndContext(t *testing.T) {
	policies, req := fleetRequest(t)
	var none *Keys
	for _, ctx := range []Context{nil, none, &Keys{}} {
		r := *req
		r.Context = ctx
		if got := Evaluate(append(policies, Policy{Name: "empty"}), &r).Effect; got != ImplicitDeny {
			t.Errorf("context %v: got %v, want %v", ctx, got, ImplicitDeny)
		}
		if got := Explain([]Policy{{Name: "empty"}}, &r); got.Effect != ImplicitDeny || len(got.Considered) != 1 {
			t.Errorf("context %v: got %+v, want one policy that denies implicitly", ctx, got)
		}
	}
}

func TestEmptySessionAllowsNothing(t *testing.T) {
	policies, req := fleetRequest(t)
	f := func(session []Policy, want Effect) {
		t.Helper()
		if got := EvaluateIAM(policies, nil, session, req).Effect; got != want {
			t.Errorf("session %v: got %v, want %v", session, got, want)
		}
	}
	f(nil, Allowed)
	f([]Policy{}, ImplicitDeny)
}

func TestConsidered(t *testing.T) {
	policies, req := fleetRequest(t)
	deny, err := Parse([]byte(`{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`), IoT)
	if err != nil {
		t.Fatal(err)
	}
	policies = append(policies,
		Policy{Name: "fence", Version: "3", Source: "thing group lamps", Doc: deny}, Policy{Name: "none"})
	got := Explain(policies, req)
	want := "[{fleet   ALLOWED} {fence 3 thing group lamps EXPLICIT_DENY} {none   IMPLICIT_DENY}]"
	if s := fmt.Sprint(got.Considered); s != want {
		t.Errorf("got %s, want %s", s, want)
	}
	if s := got.Deciding.String(); s != "statement 1 of policy fence version 3 from thing group lamps" {
		t.Errorf("deciding: got %s", s)
	}
	if s := got.Deciding.Text; s != `{"Effect":"Deny","Action":"*","Resource":"*"}` {
		t.Errorf("text: got %s", s)
	}
}

func BenchmarkEvaluate(b *testing.B) {
	policies, req := fleetRequest(b)
	b.ReportAllocs()
	for b.Loop() {
		if !Evaluate(policies, req).Allowed() {
			b.Fatal("denied")
		}
	}
}

func BenchmarkExplain(b *testing.B) {
	policies, req := fleetRequest(b)
	r := *req
	r.Action = "iot:Subscribe"
	b.ReportAllocs()
	for b.Loop() {
		if Explain(policies, &r).Effect != ImplicitDeny {
			b.Fatal("not denied implicitly")
		}
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse([]byte(fleet), IoT); err != nil {
			b.Fatal(err)
		}
	}
}
