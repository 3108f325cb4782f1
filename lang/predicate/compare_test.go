package predicate

import (
	"strings"
	"testing"
)

func TestNumbers(t *testing.T) {
	f := func(a, b string, want int) {
		t.Helper()
		n, okA := parseNumber([]byte(a))
		m, okB := parseNumber([]byte(b))
		if !okA || !okB || n.compare(&m) != want || m.compare(&n) != -want {
			t.Errorf("compare(%s, %s) = %d and %d the other way round, want %d", a, b, n.compare(&m), m.compare(&n), want)
		}
	}
	f("1", "1", 0)
	f("1", "01", 0)
	f("+1", "1", 0)
	f("-0", "0", 0)
	f("1", "2", -1)
	f("-1", "-2", 1)
	f("-10", "9", -1)
	f("10", "9", 1)
	f("9007199254740993", "9007199254740992", 1)
	f("1e2", "100", 0)
	f("1.50", "1.5", 0)
	f("1e999", "99999", 1)
	f("-1e-3", "0", -1)
	f("1E+2", "99.9", 1)
	for _, s := range []string{"", "-", "+", "a", "1a", "1.", ".5", "1e", "1e-", "--1", "1 ", " 1", "0x10", "1_000", "inf", "NaN", "1.2.3"} {
		if IsNumber(s) {
			t.Errorf("IsNumber(%q) is true", s)
		}
	}
}

func TestGlob(t *testing.T) {
	f := func(pattern, text string, want bool) {
		t.Helper()
		if got := newGlob(pattern).matches([]byte(text)); got != want {
			t.Errorf("%q on %q: got %v, want %v", pattern, text, got, want)
		}
	}
	f("*", "", true)
	f("**", "a", true)
	f("a*", "a", true)
	f("a*", "ba", false)
	f("*a", "ba", true)
	f("a*a", "a", false)
	f("a*b*c", "a-b-b-c", true)
	f("a*b*c", "ac", false)
	f("*ab*ab*", "xabab", true)
	f("*ab*ab*", "xab", false)
	f("a*bc*c", "abc", false)
	f(strings.Repeat("a*", 500)+"b", strings.Repeat("a", 100000), false)
}

func TestPathString(t *testing.T) {
	f := func(p Path, want string) {
		t.Helper()
		if got := p.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	f(nil, "$")
	f(Path{Key("a-b_C1"), Index(3), AnyElem(), AnyKey()}, "$.a-b_C1[3][*].*")
	f(Path{Key("a.b"), Key("")}, "$.['a.b'].['']")
}
