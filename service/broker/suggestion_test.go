package broker

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"telltale/lang/mqtt"
	"telltale/lang/shape/iot"
	"telltale/service/registry"
)

// dice makes random policies from few words, so that they often meet what is tried.
type dice struct{ *rand.Rand }

func (d dice) pick(words ...string) string { return words[d.IntN(len(words))] }

func (d dice) statement() string {
	s := fmt.Sprintf(`{"Effect":%q,%q:%q,%q:%q`, d.pick("Allow", "Allow", "Allow", "Deny"),
		d.pick("Action", "Action", "Action", "NotAction"), d.pick("iot:Publish", "iot:Receive", "iot:Subscribe", "iot:Connect", "iot:*", "iot:?u*"),
		d.pick("Resource", "Resource", "Resource", "NotResource"),
		d.pick("*", "arn:aws:iot:us-east-1:123456789012:"+d.pick("topic/a*", "topic/${iot:ClientId}", "topic/*", "topic/?", "topicfilter/a/*", "topicfilter/*", "client/dev?", "client/*", "*/a")))
	if d.IntN(3) == 0 {
		s += `,"Condition":` + d.pick(`{"StringEquals":{"iot:ClientId":"dev"}}`, `{"Bool":{"iot:Connection.Thing.IsAttached":"true"}}`,
			`{"StringNotLike":{"iot:Certificate.Subject.CommonName":"dev*"}}`, `{"Null":{"iot:LastWillTopic":"true"}}`)
	}
	return s + "}"
}

// trial is something a client can try.
type trial struct{ action, name string }

var trials = func() (list []trial) {
	for _, name := range []string{"a", "b", "a/b", "dev", "a*", "a?", "*", "a${iot:ClientId}", "a${*}", "a:b", "ü", `"\`, "<&>"} {
		list = append(list, trial{"PUBLISH", name}, trial{"RECEIVE", name}, trial{"SUBSCRIBE", name})
	}
	for _, filter := range []string{"a/#", "+/b", "#", "a/+"} {
		list = append(list, trial{"SUBSCRIBE", filter})
	}
	for _, id := range []string{"dev1", "dev*", "dev?", "dev${iot:ClientId}", "a", "*"} {
		list = append(list, trial{"CONNECT", id})
	}
	return list
}()

// device tries things with real packets.
type device struct {
	*fixture
	c, other    *client
	certificate string
}

// try reports whether the broker allows it.
func (d *device) try(x trial) bool {
	d.t.Helper()
	switch x.action {
	case "PUBLISH":
		d.c.send(publish(x.name, "", 1, 1))
		for _, p := range d.c.take() {
			if a, ok := p.(*mqtt.Puback); ok {
				return a.Reason == mqtt.Success
			}
		}
	case "RECEIVE":
		d.other.send(publish(x.name, "", 0, 0))
		return len(d.c.take()) == 1
	case "SUBSCRIBE":
		d.c.send(filters(x.name))
		suback, ok := final(d.c.take()).(*mqtt.Suback)
		if ok && x.name != "#" { // by which it receives
			d.c.send(&mqtt.Unsubscribe{ID: 8, Filters: [][]byte{[]byte(x.name)}})
			d.c.take()
		}
		return ok && suback.Reasons[0] == 0
	case "CONNECT":
		c := d.dialAs(mqtt.V5, home, d.certificate)
		defer c.close()
		c.send(&mqtt.Connect{Version: mqtt.V5, CleanStart: true, ClientID: []byte(x.name)})
		connack, ok := final(c.take()).(*mqtt.Connack)
		return ok && connack.Reason == mqtt.Success
	}
	d.t.Fatalf("%+v was not answered", x)
	return false
}

// explain asks why.
func (d *device) explain(x trial) explanation {
	d.t.Helper()
	in := iot.ExplainAuthorizationInput{ClientId: "dev", CertificateId: d.certificate, Action: x.action, Topic: x.name}
	if x.action == "CONNECT" {
		in.ClientId, in.Topic = x.name, ""
	}
	_, e := d.why(in)
	return e
}

// Whatever the policies, what is explained is what happens to real packets; and the statement suggested for a denial turns it into an
// allow, and allows nothing else that is tried.
func TestSuggestionsWork(t *testing.T) {
	bubble(t, func(f *fixture) {
		defer f.stop() // also when it fails
		d := &device{fixture: f, other: f.connect(mqtt.V5, "other")}
		_, d.certificate = f.certificate(home, registry.CertificateActive, everything)
		d.c = f.dialAs(mqtt.V5, home, d.certificate).connect(&mqtt.Connect{ClientID: []byte("dev")})
		d.c.subscribe("#", 0)
		roll := dice{rand.New(rand.NewPCG(4, 2))}
		suggested := map[string]int{}
		for round := range 150 {
			var list []string
			for range 1 + roll.IntN(3) {
				list = append(list, roll.statement())
			}
			doc := `{"Version":"2012-10-17","Statement":[` + strings.Join(list, ",") + `]}`
			d.setPolicy(doc)
			before := map[trial]bool{}
			var denied []trial
			for _, x := range trials {
				before[x] = d.try(x)
				e := d.explain(x)
				if (e.Decision == allowed) != before[x] {
					t.Fatalf("%s\n%+v: the broker says %v, and explains %+v", doc, x, before[x], e)
				}
				if e.Decision == "IMPLICIT_DENY" {
					denied = append(denied, x)
				}
			}
			if len(denied) == 0 {
				continue
			}
			x := denied[roll.IntN(len(denied))]
			e := d.explain(x)
			f.policy(home, fmt.Sprint("suggested", round), `{"Version":"2012-10-17","Statement":[`+string(e.Suggestion)+`]}`)
			d.attach(fmt.Sprint("suggested", round))
			suggested[x.action]++
			for _, y := range trials {
				if got := d.try(y); got != (before[y] || y == x) {
					t.Fatalf("%s\nwith %s, suggested for %+v, %+v is %v; before it was %v", doc, e.Suggestion, x, y, got, before[y])
				}
			}
			d.detach(fmt.Sprint("suggested", round))
			f.facts.take()
		}
		for _, action := range []string{"PUBLISH", "RECEIVE", "SUBSCRIBE", "CONNECT"} {
			if suggested[action] < 3 {
				t.Errorf("suggestions were tried %v times; want each action at least 3 times", suggested)
			}
		}
	})
}

// setPolicy makes doc the one version of the device's policy.
func (d *device) setPolicy(doc string) {
	d.t.Helper()
	name := "p" + d.certificate[:8]
	d.replacePolicy(home, d.certificate, doc)
	out, err := d.registry.ListPolicyVersions(as(home), &iot.ListPolicyVersionsInput{PolicyName: name})
	if err != nil {
		d.t.Fatal(err)
	}
	for _, v := range out.PolicyVersions {
		if v.IsDefaultVersion != nil && *v.IsDefaultVersion {
			continue
		}
		if _, err := d.registry.DeletePolicyVersion(as(home), &iot.DeletePolicyVersionInput{PolicyName: name, PolicyVersionId: v.VersionId}); err != nil {
			d.t.Fatal(err)
		}
	}
}

func (d *device) attach(policy string) {
	d.t.Helper()
	if _, err := d.registry.AttachPolicy(as(home), &iot.AttachPolicyInput{PolicyName: policy, Target: "arn:aws:iot:us-east-1:123456789012:cert/" + d.certificate}); err != nil {
		d.t.Fatal(err)
	}
}

func (d *device) detach(policy string) {
	d.t.Helper()
	if _, err := d.registry.DetachPolicy(as(home), &iot.DetachPolicyInput{PolicyName: policy, Target: "arn:aws:iot:us-east-1:123456789012:cert/" + d.certificate}); err != nil {
		d.t.Fatal(err)
	}
}
