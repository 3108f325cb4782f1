package limit

import "testing"

func TestCheck(t *testing.T) {
	f := func(lanes, waiting int, want string) {
		t.Helper()
		got := ""
		if err := Check("shadow", Int("Lanes", lanes, 1, 256), Int("Waiting", waiting, 0, 10)); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("Lanes %d, Waiting %d: got %q, want %q", lanes, waiting, got, want)
		}
	}
	f(1, 0, "")
	f(256, 10, "")
	f(0, 0, "shadow: Config.Lanes is 0; allowed are 1 to 256")
	f(257, 11, "shadow: Config.Lanes is 257; allowed are 1 to 256")
	f(2, -1, "shadow: Config.Waiting is -1; allowed are 0 to 10")
}
