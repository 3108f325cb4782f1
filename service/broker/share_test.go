package broker

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"telltale/lang/mqtt"
)

// Each message goes to one member of the group, to all of them in the end, and to ordinary subscribers as well.
func TestShared(t *testing.T) {
	bubble(t, func(f *fixture) {
		var members []*client
		for i := range 3 {
			c := f.connect([]mqtt.Version{mqtt.V311, mqtt.V5}[i%2], fmt.Sprint("m", i))
			c.subscribe("$share/g/t/#", 1)
			members = append(members, c)
		}
		other := f.connect(mqtt.V311, "other")
		other.subscribe("t/#", 1)
		sender := f.connect(mqtt.V311, "sender")
		for i := range 100 {
			sender.send(publish("t/x", fmt.Sprint(i), 1, uint16(i+1)))
		}
		var all []string
		for _, c := range members {
			got := c.payloads()
			if len(got) == 0 {
				t.Error("a member got nothing")
			}
			all = append(all, got...)
		}
		slices.Sort(all)
		if n := len(slices.Compact(all)); n != 100 || len(all) != 100 {
			t.Errorf("the group got %d messages, %d different ones; want 100", len(all), n)
		}
		if n := len(other.payloads()); n != 100 {
			t.Errorf("the ordinary subscriber got %d messages", n)
		}
		for _, c := range members {
			c.send(&mqtt.Unsubscribe{ID: 3, Filters: [][]byte{[]byte("$share/g/t/#")}})
		}
		if d := f.domain(home); len(d.groups) != 0 || d.tree.Len() != 1 {
			t.Errorf("%d groups and %d subscriptions are left", len(d.groups), d.tree.Len())
		}
	})
}

// What comes while no member is there waits, if one has a session that stays, for whichever member comes first, restart or not.
func TestSharedQueue(t *testing.T) {
	f := func(restart bool) {
		t.Helper()
		bubble(t, func(f *fixture) {
			c := f.persist(mqtt.V5, "stays", false)
			c.subscribe("$share/g/t", 1)
			c.close()
			sender := f.connect(mqtt.V311, "sender")
			f.facts.take()
			sender.send(publish("t", "one", 1, 1), publish("t", "lost", 0, 0), publish("t", "two", 1, 2))
			sender.want(&mqtt.Puback{ID: 1}, &mqtt.Puback{ID: 2})
			f.facts.want(t, "Publish-In Success topicName=t clientId=sender", "Publish-In Success topicName=t clientId=sender", "Publish-In Success topicName=t clientId=sender",
				"Queued Success topicName=t clientId=$share/g/t", "Queued Success topicName=t clientId=$share/g/t")
			if restart {
				f.again()
			}
			other := f.connect(mqtt.V311, "other")
			other.send(&mqtt.Subscribe{ID: 1, Subscriptions: []mqtt.Subscription{{Filter: []byte("$share/g/t"), QoS: 1}}})
			other.wantPayloads("one")
			time.Sleep(time.Second)
			other.wantPayloads("two")
			other.close()
			f.again()
			f.persist(mqtt.V5, "stays", true).wantPayloads()
		}, durable(t))
	}
	f(false)
	f(true)
}

func TestSharedLimits(t *testing.T) {
	bubble(t, func(f *fixture) {
		f.connect(mqtt.V5, "a").subscribe("$share/g/t", 0)
		b := f.connect(mqtt.V5, "b")
		refused := func(filter, details string) {
			t.Helper()
			b.send(filters(filter))
			b.want(&mqtt.Suback{ID: 7, Reasons: []mqtt.ReasonCode{mqtt.QuotaExceeded}, Properties: text(details)})
		}
		refused("$share/g/t", "The shared subscription has 1 members; more are not allowed")
		refused("$share/h/t", "The account has 1 shared subscriptions; more are not allowed")
	}, func(c *Config) { c.Limits.SharedGroups, c.Limits.SharedMembers = 1, 1 })
}

// A shared subscription is allowed by its whole filter.
func TestSharedAuthorized(t *testing.T) {
	bubble(t, func(f *fixture) {
		c, _ := f.member(mqtt.V311, "a", document(pick{"Allow", "iot:Connect", "*"}, pick{"Allow", "iot:Subscribe", "arn:aws:iot:us-east-1:123456789012:topicfilter/$share/g/t"}))
		c.send(filters("$share/g/t", "t"))
		c.want(&mqtt.Suback{ID: 7, Reasons: []mqtt.ReasonCode{0, mqtt.Unspecified}})
	})
}
