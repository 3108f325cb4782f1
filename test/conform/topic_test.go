package conform

import (
	"fmt"
	"strings"
	"testing"

	"telltale/lang/mqtt"
)

// Topic names have no wildcards and at least one character. [MQTT-3.3.2-2] [MQTT-4.7.0-1] [MQTT311-4.7.1-1] [MQTT-4.7.3-1]
func TestTopicNames(t *testing.T) {
	each(t, both, func(w *world) {
		for _, name := range []string{"a/+", "#", "a/#/b", "a+b", "+", ""} {
			c := w.connect("names")
			c.send(&mqtt.Publish{Topic: []byte(name)})
			c.ended()
		}
	})
}

// Filters that break the rules of wildcards are refused: the packet ends the connection, or SUBACK says so. [MQTT311-4.7.1-2]
// [MQTT311-4.7.1-3] [MQTT5-4.7.1-1] [MQTT5-4.7.1-2] [MQTT-4.7.3-1]
func TestFiltersThatAreNone(t *testing.T) {
	each(t, both, func(w *world) {
		for _, filter := range []string{"a#", "a/#/b", "#/a", "a/b#", "a+", "+a/b", "a/b+/c", "##", "a/++", ""} {
			c := w.connect("filters")
			c.send(&mqtt.Subscribe{ID: 1, Subscriptions: []mqtt.Subscription{{Filter: []byte(filter)}}})
			got := c.read()
			ack, ok := got.(*mqtt.Suback)
			if ok && !ack.Reasons[0].Failed() {
				w.t.Errorf("the filter %q is granted", filter)
			}
			if _, bye := got.(*mqtt.Disconnect); !ok && got != nil && !bye {
				w.t.Errorf("the filter %q is answered with %s", filter, show(got))
			}
		}
	})
}

// Filters match as the standard's examples say, character by character. [MQTT-3.3.2-3] [MQTT-4.7.3-4] [MQTT311-3.8.3-2]
func TestMatching(t *testing.T) {
	each(t, both, func(w *world) {
		c := w.connect("a")
		try := func(filter, name string, want bool) {
			w.t.Helper()
			c.subscribe(w.topic(filter), 0)
			c.send(&mqtt.Publish{Topic: []byte(w.topic(name)), Payload: []byte(filter)})
			if want {
				c.receive(w.topic(name), filter, 0)
			}
			c.fence()
			c.unsubscribe(w.topic(filter))
		}
		try("sport/tennis/player1/#", "sport/tennis/player1/ranking", true)
		try("sport/tennis/player1/#", "sport/tennis/player1/score/final", true)
		try("sport/#", "sports", false)
		try("#", "sport", true)
		try("sport/tennis/+", "sport/tennis/player1", true)
		try("sport/tennis/+", "sport/tennis/player1/ranking", false)
		try("sport/+", "sport", false)
		try("sport/+", "sport/", true)
		try("+/+", "/finance", true)
		try("/+", "/finance", true)
		try("+", "/finance", false)
		try("a b", "a b", true)
		try("ACCOUNTS", "Accounts", false)
		try("e\u0301", "\u00e9", false)
		try("\u212b", "\u00c5", false)
		try("a//b", "a/b", false)
		try("a//b", "a//b", true)
		try("a/", "a", false)
		if w.profile == standard {
			try("sport/#", "sport", true) // AWS: # does not match its parent
		}
	})
}

// [MQTT-4.7.2-1]
func TestDollarTopics(t *testing.T) {
	each(t, both, func(w *world) {
		sub, pub := w.connect("sub"), w.connect("pub")
		thing := strings.ToLower(w.name)
		sub.send(&mqtt.Subscribe{ID: 1, Subscriptions: []mqtt.Subscription{{Filter: []byte("#")}, {Filter: []byte("+/things/" + thing + "/shadow/get")}}})
		for granted := false; ; {
			switch p := sub.read().(type) { // what other tests publish is not looked at
			case *mqtt.Suback:
				granted = true
				pub.publish("$aws/things/"+thing+"/shadow/get", "{}", 1)
				pub.publish(w.topic("last"), "fence", 1)
			case *mqtt.Publish:
				if p.Topic[0] == '$' {
					w.t.Fatalf("a wildcard matched %s", p.Topic)
				}
				if string(p.Topic) == w.topic("last") && granted {
					return
				}
			default:
				w.t.Fatalf("got %s", show(p))
			}
		}
	})
}

// Names up to the profile's limit are taken; the format ends at 65,535 bytes. [MQTT-4.7.3-3]
func TestLongTopics(t *testing.T) {
	each(t, both, func(w *world) {
		long := 256
		if w.profile == standard {
			long = 65535
		}
		c := w.connect("a")
		topic := fmt.Sprintf("%s/%s", w.name, strings.Repeat("x", long-len(w.name)-1))
		c.subscribe(topic, 0)
		c.send(&mqtt.Publish{Topic: []byte(topic), Payload: []byte("long")})
		c.receive(topic, "long", 0)
	})
}
