package conform

import (
	"fmt"
	"testing"

	"telltale/lang/mqtt"
)

// Filters that are no shared filters. [MQTT-4.8.2-1] [MQTT-4.8.2-2]
func TestSharedFilters(t *testing.T) {
	each(t, only5, func(w *world) {
		for _, filter := range []string{"$share/", "$share//a", "$share/g", "$share/g/", "$share/g+/a", "$share/#/a"} {
			c := w.connect("a")
			c.send(&mqtt.Subscribe{ID: 1, Subscriptions: []mqtt.Subscription{{Filter: []byte(filter)}}})
			switch p := c.read().(type) {
			case *mqtt.Suback:
				if !p.Reasons[0].Failed() {
					w.t.Errorf("the filter %q is granted", filter)
				}
			case *mqtt.Disconnect, nil:
			default:
				w.t.Errorf("the filter %q is answered with %s", filter, show(p))
			}
		}
	})
}

// [MQTT-3.8.3-4]
func TestSharedNoLocal(t *testing.T) {
	each(t, only5, func(w *world) {
		c := w.connect("a")
		c.send(&mqtt.Subscribe{ID: 1, Subscriptions: []mqtt.Subscription{{Filter: []byte("$share/g/" + w.topic("x")), NoLocal: true}}})
		c.ended(mqtt.ProtocolError)
	})
}

// Each message goes to one member of a share, with the QoS granted to that one, and to every ordinary subscriber. [MQTT-4.8.2-3]
func TestSharedDelivery(t *testing.T) {
	each(t, both, func(w *world) {
		const count = 40
		members := []*client{w.connect("m0"), w.connect("m1")}
		for qos, m := range members {
			m.subscribe("$share/g/"+w.topic("+"), byte(qos))
		}
		all, pub := w.connect("all"), w.connect("pub")
		all.subscribe(w.topic("x"), 0)
		for i := range count {
			pub.publish(w.topic("x"), fmt.Sprint(i), 1)
			all.receive(w.topic("x"), fmt.Sprint(i), 0)
		}
		seen := map[string]int{}
		for qos, m := range members {
			m.send(&mqtt.Pingreq{})
			for p, ok := m.read().(*mqtt.Publish); ok; p, ok = m.read().(*mqtt.Publish) {
				if p.QoS != byte(qos) {
					w.t.Errorf("member %d gets QoS %d", qos, p.QoS)
				}
				if p.QoS > 0 {
					m.send(&mqtt.Puback{ID: p.ID})
				}
				seen[string(p.Payload)]++
			}
		}
		for i := range count {
			if seen[fmt.Sprint(i)] != 1 {
				w.t.Errorf("message %d reached %d members", i, seen[fmt.Sprint(i)])
			}
		}
	})
}

// A member that refuses a message ends its way. [MQTT-4.8.2-6]
func TestSharedRefusal(t *testing.T) {
	each(t, only5, func(w *world) {
		members := map[string]*client{"m0": w.connect("m0"), "m1": w.connect("m1")}
		for _, m := range members {
			m.subscribe("$share/g/"+w.topic("x"), 1)
		}
		w.connect("pub").publish(w.topic("x"), "refused", 1)
		got := 0
		for range 2 {
			for _, m := range members {
				m.send(&mqtt.Pingreq{})
				if p, ok := m.read().(*mqtt.Publish); ok {
					got++
					m.send(&mqtt.Puback{ID: p.ID, Reason: mqtt.ImplementationSpecific})
					take[*mqtt.Pingresp](m)
				}
			}
		}
		if got != 1 {
			w.t.Errorf("the message was delivered %d times; want once", got)
		}
	})
}

// A QoS 2 delivery that was begun is completed with the member it was begun with, and goes to nobody else. [MQTT-4.8.2-4] [MQTT-4.8.2-5]
func TestSharedQoS2(t *testing.T) {
	in(t, []string{standard}, both, func(w *world) {
		begun := w.connect("begun", lasting)
		begun.subscribe("$share/g/"+w.topic("x"), 2)
		w.connect("pub").publish(w.topic("x"), "one", 2)
		first := begun.expect(w.topic("x"), "one", 2)
		begun.vanish()
		other := w.connect("other")
		other.subscribe("$share/g/"+w.topic("x"), 2)
		begun = w.connect("begun", lasting)
		if p := begun.receive(w.topic("x"), "one", 2); p.ID != first.ID {
			w.t.Errorf("identifier %d; want %d", p.ID, first.ID)
		}
		other.fence()
		w.connect("pub2").publish(w.topic("y"), "x", 2)
		begun.fence()
	})
}
