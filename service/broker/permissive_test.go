package broker

import (
	"strings"
	"testing"

	"telltale/lang/mqtt"
	"telltale/service/registry"
)

// A permissive broker lets everything through, and every entry that would have been a denial explains it.
func TestPermissive(t *testing.T) {
	const remark = " details=Allowed only because of --permissive"
	permissive := func(cfg *Config) { cfg.Permissive, cfg.Limits.Inflight = true, 1 }
	explains := func(x told, action, resource string) {
		t.Helper()
		if e := reason(t, x); e.Action != action || e.Resource != resource || e.Decision == "ALLOWED" {
			t.Errorf("%s: explanation %+v", x.text, e)
		}
	}
	bubble(t, func(f *fixture) {
		_, id := f.certificate(home, registry.CertificateActive, document(pick{"Allow", "iot:Publish", topicARN(home, "mine")}, pick{"Deny", "iot:Receive", "*"}))
		c := f.dialAs(mqtt.V5, home, id).connect(&mqtt.Connect{ClientID: []byte("a"), Will: &mqtt.Will{Topic: []byte("last")},
			Properties: mqtt.Properties{SessionExpiry: mqtt.Some[uint32](3700)}})
		facts := f.facts.want(t, "Connect Success clientId=a"+remark+". The session expiry was lowered to 3600 s")
		explains(facts[0], "iot:Connect", "arn:aws:iot:us-east-1:123456789012:client/a")

		c.send(filters("mine", "other"))
		c.want(&mqtt.Suback{ID: 7, Reasons: []mqtt.ReasonCode{0, 0}})
		facts = f.facts.take()
		if len(facts) != 1 || !strings.HasPrefix(facts[0].text, "Subscribe Success ") || !strings.HasSuffix(facts[0].text, remark) {
			t.Errorf("facts %+v", facts)
		}
		explains(facts[0], "iot:Subscribe", "arn:aws:iot:us-east-1:123456789012:topicfilter/mine")

		c.send(publish("mine", "x", 1, 1))
		c.want(publish("mine", "x", 0, 0), &mqtt.Puback{ID: 1})
		facts = f.facts.want(t, "Publish-In Success topicName=mine clientId=a", "Publish-Out Success topicName=mine clientId=a"+remark)
		explains(facts[1], "iot:Receive", topicARN(home, "mine"))
		if facts[0].why != "" {
			t.Errorf("what a policy allows is explained: %s", facts[0].why)
		}
		c.send(publish("other", "x", 0, 0))
		c.want(publish("other", "x", 0, 0))
		facts = f.facts.want(t, "Publish-In Success topicName=other clientId=a"+remark, "Publish-Out Success topicName=other clientId=a"+remark)
		explains(facts[0], "iot:Publish", topicARN(home, "other"))
		if n := f.facts.sample("PublishIn.AuthError"); n != 0 {
			t.Errorf("%v denials were counted", n)
		}

		// A message that waits for an acknowledgement is told when it is sent.
		c.subscribe("q", 1)
		sender := f.connect(mqtt.V311, "sender")
		sender.send(publish("q", "1", 0, 0), publish("q", "2", 1, 1), publish("q", "3", 1, 2))
		list := c.take()
		f.facts.take()
		c.send(&mqtt.Puback{ID: final(list).(*mqtt.Publish).ID})
		explains(f.facts.want(t, "Publish-Out Success topicName=q clientId=a"+remark)[0], "iot:Receive", topicARN(home, "q"))
	}, permissive)

	// What is no matter of policies is refused as ever.
	bubble(t, func(f *fixture) {
		c := f.connect(mqtt.V5, "a")
		f.facts.take()
		c.send(publish("$SYS/x", "x", 1, 1))
		f.facts.want(t, "Publish-In ClientError topicName=$SYS/x clientId=a reason=CLIENT_ERROR details=The topic $SYS/x is reserved: clients cannot publish to topics that start with $")
	}, permissive)

	// Without it the will of the same client is what refuses it; with it, only the will is remarked on.
	bubble(t, func(f *fixture) {
		_, id := f.certificate(home, registry.CertificateActive, document(pick{"Allow", "iot:Connect", "*"}))
		f.dialAs(mqtt.V5, home, id).connect(&mqtt.Connect{ClientID: []byte("a"), Will: &mqtt.Will{Topic: []byte("last")}})
		explains(f.facts.want(t, "Connect Success clientId=a"+remark)[0], "iot:Publish", topicARN(home, "last"))
	}, permissive)
}
