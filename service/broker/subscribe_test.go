package broker

import (
	"fmt"
	"strings"
	"testing"

	"telltale/lang/mqtt"
)

func TestSubscribeFacts(t *testing.T) {
	bubble(t, func(f *fixture) {
		old, young := f.connect(mqtt.V311, "old"), f.connect(mqtt.V5, "young")
		f.facts.take()
		old.send(filters("a", "b/+"))
		old.want(&mqtt.Suback{ID: 7, Reasons: []mqtt.ReasonCode{0, 0}})
		facts := f.facts.want(t, "Subscribe Success topicName=a,b/+ clientId=old")
		if facts[0].fields != "protocol topicName clientId principalId " {
			t.Errorf("fields of Subscribe: %q", facts[0].fields)
		}
		young.send(filters("a", "b#", "$share/g/t"))
		young.want(&mqtt.Suback{ID: 7, Reasons: []mqtt.ReasonCode{0, mqtt.TopicFilterInvalid, 0}, Properties: text(`topic "b#": "#" must be a level by itself, not part of "b#" [MQTT-4.7.1-1]`)})
		facts = f.facts.want(t, `Subscribe Success topicName=a,b#,$share/g/t subscriptions=[{"topicName":"a","reasonCode":0},{"topicName":"b#","reasonCode":143},{"topicName":"$share/g/t","reasonCode":0}] clientId=young`)
		if facts[0].fields != "protocol topicName subscriptions clientId principalId " {
			t.Errorf("fields of Subscribe: %q", facts[0].fields)
		}
		old.send(&mqtt.Unsubscribe{ID: 9, Filters: [][]byte{[]byte("a"), []byte("zzz")}})
		old.want(&mqtt.Unsuback{ID: 9})
		f.facts.want(t, "Unsubscribe Success clientId=old")
	})
}

// What is only not offered fails by itself; a broken rule ends an MQTT 3.1.1 connection.
func TestFilterRefused(t *testing.T) {
	f := func(filter string, code mqtt.ReasonCode, harsh bool, details string) {
		t.Helper()
		bubble(t, func(f *fixture) {
			old, young := f.connect(mqtt.V311, "old"), f.connect(mqtt.V5, "young")
			f.facts.take()
			fact := "Subscribe ClientError topicName=" + filter + " clientId=old reason=CLIENT_ERROR details=" + details
			old.send(filters(filter))
			if harsh {
				old.wantClosed()
				f.facts.want(t, fact, "Disconnect Success clientId=old details="+details+" disconnectReason=CLIENT_ERROR")
			} else {
				old.want(&mqtt.Suback{ID: 7, Reasons: []mqtt.ReasonCode{mqtt.Unspecified}})
				f.facts.want(t, fact)
			}
			young.send(filters(filter))
			young.want(&mqtt.Suback{ID: 7, Reasons: []mqtt.ReasonCode{code}, Properties: text(details)})
			f.facts.want(t, fmt.Sprintf(`Subscribe ClientError topicName=%s subscriptions=[{"topicName":%q,"reasonCode":%d}] clientId=young reason=CLIENT_ERROR details=%s`, filter, filter, code, details))
		})
	}
	f("a/#/b", mqtt.TopicFilterInvalid, true, `topic "a/#/b": "#" must be the last level [MQTT-4.7.1-1]`)
	f(strings.Repeat("x", 257), mqtt.TopicFilterInvalid, true, "The topic has 257 bytes; at most 256 are allowed")
	f("1/2/3/4/5/6/7/8/+", mqtt.TopicFilterInvalid, true, "The topic has 8 slashes; at most 7 are allowed")
	f("$share/g", mqtt.TopicFilterInvalid, true, `topic "$share/g": there is no filter after the name of the share; the form is "$share/group/filter" [MQTT-4.8.2-2]`)
	f("$share/"+strings.Repeat("x", 129)+"/t", mqtt.TopicFilterInvalid, true, "The name of the share has 129 characters; at most 128 are allowed")
	f("$share/g/$aws/rules/x", mqtt.TopicFilterInvalid, false, "Nobody can subscribe to the reserved topic $share/g/$aws/rules/x")
	f("$SYS/#", mqtt.TopicFilterInvalid, false, "The filter $SYS/# is reserved: no topic that starts with $ matches it")
	f("$aws/rules/x", mqtt.TopicFilterInvalid, false, "Nobody can subscribe to the reserved topic $aws/rules/x")
	f("$aws/things/+/shadow/#", mqtt.TopicFilterInvalid, false, "The reserved topic $aws/things/+/shadow/# belongs to a service that this version does not offer")
}

func TestSubscribeRefused(t *testing.T) {
	// code 0: there is no answer and the connection goes on.
	f := func(v mqtt.Version, p *mqtt.Subscribe, code mqtt.ReasonCode, details string) {
		t.Helper()
		bubble(t, func(f *fixture) {
			c := f.connect(v, "a")
			f.facts.take()
			c.send(p)
			switch {
			case code == 0:
				c.want()
			case v == mqtt.V5:
				c.wantClosed(&mqtt.Disconnect{Reason: code, Properties: text(details)})
			default:
				c.wantClosed()
			}
			facts := f.facts.take()
			if !strings.HasPrefix(facts[0].text, "Subscribe ClientError") || !strings.HasSuffix(facts[0].text, " reason=CLIENT_ERROR details="+details) {
				t.Errorf("got %s", facts[0].text)
			}
			if v == mqtt.V5 && !strings.Contains(facts[0].text, fmt.Sprintf(`"reasonCode":%d}`, code)) {
				t.Errorf("got %s, want code %d", facts[0].text, code)
			}
			if want := "Disconnect Success clientId=a details=" + details + " disconnectReason=CLIENT_ERROR"; code != 0 && last(facts).text != want {
				t.Errorf("got %s, want %s", last(facts).text, want)
			}
		})
	}
	nine := filters("1", "2", "3", "4", "5", "6", "7", "8", "9")
	f(mqtt.V311, nine, mqtt.ProtocolError, "The SUBSCRIBE has 9 topic filters; at most 8 are allowed")
	f(mqtt.V5, nine, mqtt.ProtocolError, "The SUBSCRIBE has 9 topic filters; at most 8 are allowed")
	two := &mqtt.Subscribe{ID: 1, Subscriptions: []mqtt.Subscription{{Filter: []byte("t"), QoS: 2}}}
	f(mqtt.V311, two, 0, "QoS 2 is not supported")
	f(mqtt.V5, two, mqtt.QoSNotSupported, "QoS 2 is not supported")
	ids := filters("t")
	ids.Properties.SubscriptionIDs = []uint32{5}
	f(mqtt.V5, ids, mqtt.SubIDsNotSupported, "Subscription identifiers are not supported")
}

// The 51st subscription fails, by itself; replacing one is not another.
func TestFiftySubscriptions(t *testing.T) {
	f := func(v mqtt.Version, code mqtt.ReasonCode) {
		t.Helper()
		bubble(t, func(f *fixture) {
			c := f.connect(v, "a")
			for i := range 50 {
				c.subscribe(fmt.Sprint("t", i), 0)
			}
			c.subscribe("t0", 1)
			f.facts.take()
			c.send(filters("one more"))
			want := &mqtt.Suback{ID: 7, Reasons: []mqtt.ReasonCode{code}}
			if v == mqtt.V5 {
				want.Properties = text("The connection has 50 subscriptions; more are not allowed")
			}
			c.want(want)
			if x := f.facts.take()[0].text; !strings.HasPrefix(x, "Subscribe Throttle") || !strings.HasSuffix(x, "reason=THROTTLED details=The connection has 50 subscriptions; more are not allowed") {
				t.Errorf("got %s", x)
			}
			c.send(&mqtt.Unsubscribe{ID: 1, Filters: [][]byte{[]byte("t9")}})
			c.take()
			c.subscribe("one more", 0)
		})
	}
	f(mqtt.V311, mqtt.Unspecified)
	f(mqtt.V5, mqtt.QuotaExceeded)
}
