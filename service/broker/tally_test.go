package broker

import (
	"testing"

	"telltale/lang/mqtt"
)

// What counts together counts as if each message had counted alone, and is counted when the client sees it.
func TestTally(t *testing.T) {
	bubble(t, func(f *fixture) {
		a, b := f.connect(mqtt.V311, "a"), f.connect(mqtt.V5, "b")
		a.subscribe("t/#", 0)
		b.subscribe("t/1", 0)
		var batch []mqtt.Packet
		for range 20 {
			batch = append(batch, publish("t/1", "x", 0, 0), publish("t/2", "x", 0, 0), publish("nobody", "x", 0, 0))
		}
		retained := publish("t/3", "x", 0, 0)
		retained.Retain = true
		a.send(append(batch, retained)...)
		if n := len(b.take()); n != 20 {
			t.Errorf("b got %d messages, want 20", n)
		}
		want := map[string]float64{"PublishIn.Success": 61, "PublishOut.Success": 61, "PublishRetained.Success": 1}
		for name, n := range want {
			if got := f.facts.sample(name); got != n {
				t.Errorf("%s is %v, want %v", name, got, n)
			}
		}
	})
}
