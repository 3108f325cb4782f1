package broker

import (
	"crypto/x509"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"telltale/base/fault"
	"telltale/lang/mqtt"
	"telltale/lang/shape/iot"
	"telltale/service/registry"
)

func (f *fixture) why(in iot.ExplainAuthorizationInput) (*iot.ExplainAuthorizationOutput, explanation) {
	f.t.Helper()
	out, err := f.ExplainAuthorization(as(home), &in)
	if err != nil {
		f.t.Fatalf("%+v: %v", in, err)
	}
	var e explanation
	if err := json.Unmarshal([]byte(out.Authorization), &e); err != nil {
		f.t.Fatalf("%s: %v", out.Authorization, err)
	}
	if e.Decision != out.Decision {
		f.t.Errorf("the decision is %s, and in the explanation %s", out.Decision, e.Decision)
	}
	return out, e
}

// thing makes a thing with these certificates.
func (f *fixture) thing(name string, certificates ...string) {
	f.t.Helper()
	if _, err := f.registry.CreateThing(as(home), &iot.CreateThingInput{ThingName: name}); err != nil {
		f.t.Fatal(err)
	}
	for _, id := range certificates {
		if _, err := f.registry.AttachThingPrincipal(as(home), &iot.AttachThingPrincipalInput{ThingName: name, Principal: "arn:aws:iot:us-east-1:123456789012:cert/" + id}); err != nil {
			f.t.Fatal(err)
		}
	}
}

// A client that is connected is asked about as it is: with its address and its thing.
func TestWhyConnected(t *testing.T) {
	bubble(t, func(f *fixture) {
		doc := `{"Version":"2012-10-17","Statement":[
			{"Sid":"In","Effect":"Allow","Action":"iot:Connect","Resource":"*","Condition":{"Bool":{"iot:Connection.Thing.IsAttached":"true"}}},
			{"Sid":"Own","Effect":"Allow","Action":"iot:Publish","Resource":"` + topicARN(home, "${iot:Connection.Thing.ThingName}/*") + `"},
			{"Sid":"Will","Effect":"Allow","Action":"iot:Receive","Resource":"*","Condition":{"StringLike":{"iot:LastWillTopic":"*"}}},
			{"Sid":"Never","Effect":"Deny","Action":"iot:*","Resource":"` + topicARN(home, "lamp/secret") + `"}]}`
		_, id := f.certificate(home, registry.CertificateActive, doc)
		f.thing("lamp", id)
		f.dialAs(mqtt.V5, home, id).connect(&mqtt.Connect{ClientID: []byte("lamp")})
		ask := func(action, topic, decision, lacked string) explanation {
			t.Helper()
			out, e := f.why(iot.ExplainAuthorizationInput{ClientId: "lamp", Action: action, Topic: topic})
			if out.Decision != decision || !*out.Connected || out.ThingName != "lamp" || out.Note != "" || !strings.Contains(e.Lacked, lacked) {
				t.Errorf("%s %s: got %+v", action, topic, out)
			}
			return e
		}
		if e := ask("PUBLISH", "lamp/on", "ALLOWED", ""); e.Deciding == nil || e.Deciding.Sid != "Own" || e.Lacked != "" || e.Resource != topicARN(home, "lamp/on") || e.Principal != "arn:aws:iot:us-east-1:123456789012:cert/"+id {
			t.Errorf("got %+v", e)
		}
		if e := ask("CONNECT", "", "ALLOWED", ""); e.Deciding.Sid != "In" || e.Resource != "arn:aws:iot:us-east-1:123456789012:client/lamp" {
			t.Errorf("got %+v", e)
		}
		if e := ask("PUBLISH", "other/on", "IMPLICIT_DENY", "other/on does not match"); e.Nearest.Sid != "Own" || !strings.Contains(string(e.Suggestion), "topic/other/on") {
			t.Errorf("got %+v", e)
		}
		if e := ask("PUBLISH", "lamp/secret", "EXPLICIT_DENY", "no Allow can help"); e.Deciding.Sid != "Never" || len(e.Suggestion) != 0 {
			t.Errorf("got %+v", e)
		}
		if e := ask("RECEIVE", "t", "IMPLICIT_DENY", "the request has no value"); strings.Join(e.Missing, " ") != "iot:LastWillTopic" {
			t.Errorf("got %+v", e)
		}
		if e := ask("SUBSCRIBE", "lamp/#", "IMPLICIT_DENY", ""); e.Action != "iot:Subscribe" || e.Resource != "arn:aws:iot:us-east-1:123456789012:topicfilter/lamp/#" {
			t.Errorf("got %+v", e)
		}
		if e := ask("RETAIN", "lamp/on", "IMPLICIT_DENY", ""); e.Action != "iot:RetainPublish" {
			t.Errorf("got %+v", e)
		}
		if e := ask("RETAIN", "other", "IMPLICIT_DENY", ""); e.Action != "iot:Publish" {
			t.Errorf("got %+v", e)
		}
		f.replacePolicy(home, id, everything)
		ask("PUBLISH", "other/on", "ALLOWED", "")
		if out, _ := f.why(iot.ExplainAuthorizationInput{ClientId: "lamp", Action: "PUBLISH", Topic: "$SYS/x"}); out.Decision != "ALLOWED" || !strings.Contains(out.Objection, "is reserved") {
			t.Errorf("got %+v", out)
		}
	})
}

// About a client that is not connected something can be said if its certificate is known.
func TestWhyNotConnected(t *testing.T) {
	bubble(t, func(f *fixture) {
		doc := document(pick{"Allow", "iot:Connect", allowConnect}, pick{"Allow", "iot:Publish", topicARN(home, "${iot:Connection.Thing.ThingName}/${iot:Certificate.Subject.CommonName}")})
		_, id := f.certificate(home, registry.CertificateActive, doc)
		_, second := f.certificate(home, registry.CertificateActive, everything)
		_, inactive := f.certificate(home, registry.CertificateInactive, everything)
		f.thing("lamp", id)
		f.thing("two", id, second)
		f.thing("bare")
		const imagined = "The answer is for a connection made now, from an address that is not known, without a last will."
		ask := func(in iot.ExplainAuthorizationInput, decision, thing, note string) explanation {
			t.Helper()
			in.Action, in.Topic = "PUBLISH", "lamp/device"
			out, e := f.why(in)
			if out.Decision != decision || *out.Connected || out.ThingName != thing || out.Note != note {
				t.Errorf("%+v: got %+v", in, out)
			}
			return e
		}
		ask(iot.ExplainAuthorizationInput{ClientId: "lamp", CertificateId: id}, "ALLOWED", "lamp", imagined)
		ask(iot.ExplainAuthorizationInput{ClientId: "lamp"}, "ALLOWED", "lamp", imagined)
		ask(iot.ExplainAuthorizationInput{ThingName: "lamp"}, "ALLOWED", "lamp", imagined)
		e := ask(iot.ExplainAuthorizationInput{ClientId: "other", ThingName: "lamp"}, "IMPLICIT_DENY", "", imagined)
		if strings.Join(e.Missing, " ") != "iot:Connection.Thing.ThingName" || !strings.Contains(e.Lacked, "variable ${iot:Connection.Thing.ThingName} has no value") {
			t.Errorf("got %+v", e)
		}
		e = ask(iot.ExplainAuthorizationInput{ClientId: "x", CertificateId: inactive}, "IMPLICIT_DENY", "", imagined)
		if e.Lacked != "the certificate is INACTIVE; no policy counts until it is ACTIVE" || len(e.Suggestion) != 0 {
			t.Errorf("got %+v", e)
		}
		_, expired := f.certificate(home, registry.CertificateActive, everything, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
		for id, want := range map[string]string{inactive: "Device certificate is not active", expired: "The credentials provided could not be authenticated: the certificate is valid from"} {
			if out, _ := f.why(iot.ExplainAuthorizationInput{ClientId: "x", CertificateId: id, Action: "CONNECT"}); !strings.HasPrefix(out.Objection, want) {
				t.Errorf("got %+v, want %s", out, want)
			}
		}

		f.dialAs(mqtt.V5, home, id).connect(&mqtt.Connect{ClientID: []byte("lamp")})
		ask(iot.ExplainAuthorizationInput{ClientId: "lamp", CertificateId: second}, "ALLOWED", "lamp", "The client is connected, but not with this certificate or thing. "+imagined)
		f.connect(mqtt.V311, "anyone")
		out, e := f.why(iot.ExplainAuthorizationInput{ClientId: "anyone", Action: "CONNECT"})
		if out.Decision != "ALLOWED" || !*out.Connected || e.Principal != "anonymous" || out.Note != "Anonymous clients of the plain listener may do everything." {
			t.Errorf("got %+v", out)
		}

		refused := func(in iot.ExplainAuthorizationInput, kind fault.Kind, text string) {
			t.Helper()
			if _, err := f.ExplainAuthorization(as(home), &in); fault.KindOf(err) != kind || !strings.Contains(err.Error(), text) {
				t.Errorf("%+v: got %v, want %s", in, err, text)
			}
		}
		at := func(client, thing, certificate string) iot.ExplainAuthorizationInput {
			return iot.ExplainAuthorizationInput{ClientId: client, ThingName: thing, CertificateId: certificate, Action: "PUBLISH", Topic: "t"}
		}
		refused(at("", "", ""), fault.Invalid, "Give the clientId, or the thingName")
		refused(at("nobody", "", ""), fault.NotFound, "The client nobody is not connected, and no thing has its name: give a certificateId or a thingName.")
		refused(at("bare", "", ""), fault.NotFound, "no certificate is attached to the thing bare: give a certificateId.")
		refused(at("", "two", ""), fault.Invalid, "Several certificates are attached to the thing two: give the certificateId of one of ")
		refused(at("x", "nothing", ""), fault.NotFound, "nothing")
		refused(at("x", "", strings.Repeat("0", 64)), fault.NotFound, strings.Repeat("0", 64))
		refused(iot.ExplainAuthorizationInput{ClientId: "lamp", Action: "PUBLISH"}, fault.Invalid, "The action PUBLISH needs a topic.")
		refused(iot.ExplainAuthorizationInput{ClientId: "lamp", Action: "CONNECT", Topic: "t"}, fault.Invalid, "The action CONNECT takes no topic.")
		refused(iot.ExplainAuthorizationInput{ClientId: "lamp", Action: "DANCE", Topic: "t"}, fault.Invalid, `The action "DANCE" cannot be asked about; allowed are CONNECT, PUBLISH, RETAIN, SUBSCRIBE and RECEIVE.`)
	})
}

func TestWhyPermissive(t *testing.T) {
	bubble(t, func(f *fixture) {
		c, _ := f.member(mqtt.V5, "a", document(pick{"Allow", "iot:Connect", "*"}))
		out, _ := f.why(iot.ExplainAuthorizationInput{ClientId: "a", Action: "PUBLISH", Topic: "t"})
		if out.Decision != "IMPLICIT_DENY" || out.Note != "It is let through all the same, because of --permissive." || c.closed() {
			t.Errorf("got %+v", out)
		}
	}, func(cfg *Config) { cfg.Permissive = true })
}
