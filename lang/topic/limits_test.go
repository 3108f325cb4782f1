package topic

import (
	"strings"
	"testing"
)

func TestBasicIngest(t *testing.T) {
	f := func(name, rule, rest string, ok bool) {
		t.Helper()
		gotRule, gotRest, gotOK := BasicIngest(name)
		if gotRule != rule || gotRest != rest || gotOK != ok {
			t.Errorf("BasicIngest(%q) = %q, %q, %t; want %q, %q, %t", name, gotRule, gotRest, gotOK, rule, rest, ok)
		}
	}
	f("$aws/rules/r", "r", "", true)
	f("$aws/rules/r/", "r", "", true)
	f("$aws/rules/r/a/b", "r", "a/b", true)
	f("$aws/rules/", "", "", false)
	f("$aws/rules//a", "", "", false)
	f("$aws/rule/r/a", "", "", false)
	f("a/rules/r", "", "", false)
}

func TestCheckLimits(t *testing.T) {
	seven, eight := "a/b/c/d/e/f/g/h", "a/b/c/d/e/f/g/h/i"
	full := strings.Repeat("x", MaxBytes)
	f := func(s string, ok bool) {
		t.Helper()
		if err := CheckLimits(s); (err == nil) != ok {
			t.Errorf("CheckLimits(%q) = %v, want ok %t", s, err, ok)
		}
	}
	f(seven, true)
	f(eight, false)
	f(full, true)
	f(full+"x", false)
	f(strings.Repeat("é", 129), false) // bytes count, not characters
	f("$aws/rules/rule/"+seven, true)
	f("$aws/rules/rule/"+eight, false)
	f("$aws/rules/rule/"+full, true)
	f("$aws/rules/rule/"+full+"x", false)
	f("$share/group/"+seven, true)
	f("$share/group/"+eight, false)
	f("$share/group/"+full, true)
	f("$share/group/"+full+"x", false)
	f("$share/"+strings.Repeat("é", 128)+"/a", true)
	f("$share/"+strings.Repeat("g", 129)+"/a", false)
}
