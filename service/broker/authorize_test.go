package broker

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"telltale/lang/mqtt"
	"telltale/lang/shape/iot"
	"telltale/service/registry"
)

const allowConnect = "arn:aws:iot:us-east-1:123456789012:client/${iot:ClientId}"

// member connects a client whose certificate has a policy.
func (f *fixture) member(v mqtt.Version, id, doc string) (*client, string) {
	f.t.Helper()
	_, certificate := f.certificate(home, registry.CertificateActive, doc)
	return f.dialAs(v, home, certificate).connect(&mqtt.Connect{ClientID: []byte(id)}), certificate
}

// reason reads the explanation of a denial.
func reason(t *testing.T, x told) (e explanation) {
	t.Helper()
	if err := json.Unmarshal([]byte(x.why), &e); err != nil {
		t.Fatalf("%s: the explanation %q cannot be read: %v", x.text, x.why, err)
	}
	return e
}

const denial = " reason=AUTHORIZATION_FAILURE details=Authorization Failure"

func TestConnectDenied(t *testing.T) {
	f := func(v mqtt.Version, doc string, code mqtt.ReasonCode, decision, lacked string) {
		t.Helper()
		bubble(t, func(f *fixture) {
			_, id := f.certificate(home, registry.CertificateActive, doc)
			c := f.dialAs(v, home, id)
			c.send(&mqtt.Connect{Version: v, CleanStart: true, ClientID: []byte("a")})
			c.wantClosed(&mqtt.Connack{Reason: code, Properties: text("Authorization Failure")})
			facts := f.facts.want(t, "Connect AuthError clientId=a"+denial)
			if want := "protocol clientId principalId reason details authorization "; facts[0].fields != want {
				t.Errorf("fields %q, want %q", facts[0].fields, want)
			}
			e := reason(t, facts[0])
			if e.Action != "iot:Connect" || e.Resource != "arn:aws:iot:us-east-1:123456789012:client/a" || e.Principal != "arn:aws:iot:us-east-1:123456789012:cert/"+id ||
				e.Decision != decision || !strings.Contains(e.Lacked, lacked) {
				t.Errorf("explanation %+v", e)
			}
		})
	}
	f(mqtt.V311, "", 7, "IMPLICIT_DENY", "no policy is attached")
	f(mqtt.V5, document(pick{"Allow", "iot:Connect", "arn:aws:iot:us-east-1:123456789012:client/b"}), mqtt.NotAuthorized, "IMPLICIT_DENY", "client/b")
	f(mqtt.V5, document(pick{"Allow", "*", "*"}, pick{"Deny", "iot:Connect", "*"}), mqtt.NotAuthorized, "EXPLICIT_DENY", "")
}

func TestWillDenied(t *testing.T) {
	bubble(t, func(f *fixture) {
		_, id := f.certificate(home, registry.CertificateActive, document(pick{"Allow", "iot:Connect", "*"}))
		c := f.dialAs(mqtt.V5, home, id)
		c.send(&mqtt.Connect{Version: mqtt.V5, CleanStart: true, ClientID: []byte("a"), Will: &mqtt.Will{Topic: []byte("last")}})
		c.wantClosed(&mqtt.Connack{Reason: mqtt.NotAuthorized, Properties: text("Authorization Failure")})
		if e := reason(t, f.facts.want(t, "Connect AuthError clientId=a"+denial)[0]); e.Action != "iot:Publish" || e.Resource != topicARN(home, "last") {
			t.Errorf("explanation %+v", e)
		}
	})
}

func TestPublishDenied(t *testing.T) {
	doc := document(pick{"Allow", "iot:Connect", allowConnect}, pick{"Allow", "iot:Publish", topicARN(home, "mine/${iot:ClientId}")})
	f := func(v mqtt.Version, qos byte, puback bool) {
		t.Helper()
		bubble(t, func(f *fixture) {
			c, _ := f.member(v, "a", doc)
			f.facts.take()
			c.send(publish("mine/a", "x", qos, uint16(qos)), publish("mine/b", "x", qos, uint16(qos)))
			list := c.take()
			facts := f.facts.take()
			if facts[0].text != "Publish-In Success topicName=mine/a clientId=a" || facts[1].text != "Publish-In AuthError topicName=mine/b clientId=a"+denial {
				t.Fatalf("facts %+v", facts)
			}
			if e := reason(t, facts[1]); e.Action != "iot:Publish" || e.Resource != topicARN(home, "mine/b") || len(e.Policies) != 1 || e.Policies[0].Source != "certificate" || len(e.Suggestion) == 0 {
				t.Errorf("explanation %+v", e)
			}
			details := "Not authorized to publish to mine/b; see trace " + facts[1].trace.String()
			if puback {
				if p, ok := final(list).(*mqtt.Puback); !ok || p.Reason != mqtt.NotAuthorized || string(p.Properties.ReasonString) != details || len(facts) != 2 || c.closed() {
					t.Errorf("got %s", show(list, v))
				}
				return
			}
			if !c.closed() || len(facts) != 3 || facts[2].text != "Disconnect Success clientId=a details="+details+" disconnectReason=FORBIDDEN_ACCESS" {
				t.Errorf("facts %+v", facts)
			}
			if v == mqtt.V5 {
				if d, ok := final(list).(*mqtt.Disconnect); !ok || d.Reason != mqtt.NotAuthorized || string(d.Properties.ReasonString) != details {
					t.Errorf("got %s", show(list, v))
				}
			}
		})
	}
	f(mqtt.V311, 0, false)
	f(mqtt.V311, 1, false)
	f(mqtt.V5, 0, false)
	f(mqtt.V5, 1, true)
}

func final(list []mqtt.Packet) mqtt.Packet {
	if len(list) == 0 {
		return nil
	}
	return list[len(list)-1]
}

func TestSubscribeDenied(t *testing.T) {
	doc := document(pick{"Allow", "iot:Connect", "*"}, pick{"Allow", "iot:Subscribe", "arn:aws:iot:us-east-1:123456789012:topicfilter/a/#"})
	f := func(v mqtt.Version, code mqtt.ReasonCode) {
		t.Helper()
		bubble(t, func(f *fixture) {
			c, _ := f.member(v, "a", doc)
			f.facts.take()
			c.send(filters("a/#", "b"))
			want := &mqtt.Suback{ID: 7, Reasons: []mqtt.ReasonCode{0, code}}
			if v == mqtt.V5 {
				want.Properties = text("Authorization Failure")
			}
			c.want(want)
			facts := f.facts.take()
			if !strings.HasPrefix(facts[0].text, "Subscribe AuthError topicName=a/#,b") || !strings.HasSuffix(facts[0].text, denial) {
				t.Errorf("got %s", facts[0].text)
			}
			if e := reason(t, facts[0]); e.Action != "iot:Subscribe" || e.Resource != "arn:aws:iot:us-east-1:123456789012:topicfilter/b" {
				t.Errorf("explanation %+v", e)
			}
		})
	}
	f(mqtt.V311, mqtt.Unspecified)
	f(mqtt.V5, mqtt.NotAuthorized)
}

// A message that a subscriber may not receive is withheld, and the entry says why.
func TestReceiveDenied(t *testing.T) {
	bubble(t, func(f *fixture) {
		c, _ := f.member(mqtt.V311, "a", document(pick{"Allow", "iot:Connect", "*"}, pick{"Allow", "iot:Subscribe", "*"}, pick{"Allow", "iot:Receive", topicARN(home, "open")}))
		c.subscribe("#", 0)
		sender := f.connect(mqtt.V311, "sender")
		f.facts.take()
		sender.send(publish("secret", "x", 0, 0), publish("open", "y", 0, 0))
		c.want(publish("open", "y", 0, 0))
		facts := f.facts.want(t, "Publish-In Success topicName=secret clientId=sender", "Publish-Out AuthError topicName=secret clientId=a"+denial,
			"Publish-In Success topicName=open clientId=sender", "Publish-Out Success topicName=open clientId=a")
		if e := reason(t, facts[1]); e.Action != "iot:Receive" || facts[1].trace != facts[0].trace {
			t.Errorf("explanation %+v", e)
		}
	})
}

// A policy change takes effect on live connections at once, both ways.
func TestPolicyChange(t *testing.T) {
	bubble(t, func(f *fixture) {
		c, id := f.member(mqtt.V5, "a", everything)
		c.subscribe("t", 0)
		f.facts.take()
		c.send(publish("t", "1", 1, 1))
		c.want(publish("t", "1", 0, 0), &mqtt.Puback{ID: 1})
		f.replacePolicy(home, id, document(pick{"Allow", "iot:Publish", "*"}))
		c.send(publish("t", "2", 1, 2))
		c.want(&mqtt.Puback{ID: 2})
		f.replacePolicy(home, id, document(pick{"Allow", "iot:Receive", "*"}))
		c.send(publish("t", "3", 1, 3))
		if p, ok := c.takeOne().(*mqtt.Puback); !ok || p.Reason != mqtt.NotAuthorized {
			t.Errorf("got %+v", p)
		}
		f.replacePolicy(home, id, everything)
		c.send(publish("t", "4", 1, 4))
		c.want(publish("t", "4", 0, 0), &mqtt.Puback{ID: 4})
		var got []string
		for _, x := range f.facts.take() {
			got = append(got, strings.Join(strings.Fields(x.text)[:2], " "))
		}
		want := "Publish-In Success, Publish-Out Success, Publish-In Success, Publish-Out AuthError, Publish-In AuthError, Publish-In Success, Publish-Out Success"
		if strings.Join(got, ", ") != want {
			t.Errorf("got %s, want %s", strings.Join(got, ", "), want)
		}
	})
}

// Policies may ask for the thing of the connection, for the certificate, and for the time.
func TestPolicyVariables(t *testing.T) {
	bubble(t, func(f *fixture) {
		night := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
		doc := `{"Version":"2012-10-17","Statement":[
			{"Effect":"Allow","Action":"iot:Connect","Resource":"*","Condition":{"Bool":{"iot:Connection.Thing.IsAttached":"true"}}},
			{"Effect":"Allow","Action":"iot:Publish","Resource":"` + topicARN(home, "${iot:Connection.Thing.ThingName}/${iot:Certificate.Subject.CommonName}") + `"},
			{"Effect":"Allow","Action":"iot:Publish","Resource":"` + topicARN(home, "day") + `","Condition":{"DateLessThan":{"aws:CurrentTime":"` + night + `"}}}]}`
		_, id := f.certificate(home, registry.CertificateActive, doc)
		stranger := f.dialAs(mqtt.V311, home, id)
		stranger.send(&mqtt.Connect{Version: mqtt.V311, CleanStart: true, ClientID: []byte("lamp")})
		stranger.wantClosed(&mqtt.Connack{Reason: 7})
		if _, err := f.registry.CreateThing(as(home), &iot.CreateThingInput{ThingName: "lamp"}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.registry.AttachThingPrincipal(as(home), &iot.AttachThingPrincipalInput{ThingName: "lamp", Principal: "arn:aws:iot:us-east-1:123456789012:cert/" + id}); err != nil {
			t.Fatal(err)
		}
		c := f.dialAs(mqtt.V5, home, id).connect(&mqtt.Connect{ClientID: []byte("lamp")})
		answer := func(topic string, want mqtt.ReasonCode) {
			t.Helper()
			c.send(publish(topic, "", 1, 1))
			if p, ok := c.takeOne().(*mqtt.Puback); !ok || p.Reason != want {
				t.Errorf("%s: got %+v, want %v", topic, p, want)
			}
		}
		answer("lamp/device", mqtt.Success)
		answer("other/device", mqtt.NotAuthorized)
		answer("day", mqtt.Success)
		for range 61 {
			time.Sleep(time.Minute)
			c.send(&mqtt.Pingreq{})
			c.take()
		}
		answer("day", mqtt.NotAuthorized)
	})
}

// What cannot be decided is refused, as the server's fault.
func TestUndecided(t *testing.T) {
	f := func(v mqtt.Version, code mqtt.ReasonCode) {
		t.Helper()
		bubble(t, func(f *fixture) {
			_, id := f.certificate(home, registry.CertificateActive, everything)
			c := f.dialAs(v, home, id)
			f.db.Close()
			c.send(&mqtt.Connect{Version: v, CleanStart: true, ClientID: []byte("a")})
			c.wantClosed(&mqtt.Connack{Reason: code, Properties: text("Internal server error")})
			f.facts.want(t, "Connect ServerError clientId=a reason=SERVER_ERROR details=Internal server error")
		})
	}
	f(mqtt.V311, 3)
	f(mqtt.V5, mqtt.ServerUnavailable)
}
