package limit

import "testing"

func TestIsName(t *testing.T) {
	f := func(name string, want bool) {
		t.Helper()
		if got := IsName(name, 8, ":_-"); got != want {
			t.Errorf("%q: got %v, want %v", name, got, want)
		}
	}
	f("aZ09:_-x", true)
	f("a", true)
	f("", false)
	f("aZ09:_-xx", false)
	f("a b", false)
	f("a$b", false)
	f("a/b", false)
	f("ä", false)
}
