package shadow

import (
	"fmt"
	"testing"

	"telltale/lang/shape/iotdata"
)

// What is not remembered is read again, so forgetting is never seen.
func TestHeadsAreBounded(t *testing.T) {
	var h heads
	for i := range 3 * headsBytes / headBytes {
		h.put(key{home, fmt.Sprint(i), ""}, &revision{})
		h.put(key{home, fmt.Sprint(i), ""}, &revision{Seq: 2})
		if h.bytes != len(h.newest)*headBytes || h.bytes > headsBytes+headBytes {
			t.Fatalf("%d heads are counted as %d bytes", len(h.newest), h.bytes)
		}
	}
}

func TestForgettingIsNotSeen(t *testing.T) {
	bubble(t, Default(), func(t *testing.T, w *world) {
		for i := range 10 {
			if i%3 == 0 {
				for lane := range w.heads {
					w.heads[lane].forget()
				}
			}
			w.send(lampUpdate, fmt.Sprintf(`{"state":{"reported":{"n%d":1}},"version":%d}`, i, i))
		}
		const want = `{"state":{"reported":{"n0":1,"n1":1,"n2":1,"n3":1,"n4":1,"n5":1,"n6":1,"n7":1,"n8":1,"n9":1}},"metadata":{"reported":{"n0":{"timestamp":946684800},"n1":{"timestamp":946684800},"n2":{"timestamp":946684800},"n3":{"timestamp":946684800},"n4":{"timestamp":946684800},"n5":{"timestamp":946684800},"n6":{"timestamp":946684800},"n7":{"timestamp":946684800},"n8":{"timestamp":946684800},"n9":{"timestamp":946684800}}},"version":10,"timestamp":946684800}`
		if got := string(ok(t, home, w.GetThingShadow, &iotdata.GetThingShadowInput{ThingName: "lamp"}).Payload); got != want {
			t.Errorf("got %s", got)
		}
	})
}
