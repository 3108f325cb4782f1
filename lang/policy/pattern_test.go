package policy

import (
	"regexp"
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	f := func(pattern, s string, want bool) {
		t.Helper()
		p, err := compile(pattern, syntax{wildcards: true, variables: true})
		if err != nil {
			t.Fatalf("compile(%q): %v", pattern, err)
		}
		if got := p.match(s, nil); got != want {
			t.Errorf("%q matches %q: got %v, want %v", pattern, s, got, want)
		}
	}
	f("", "", true)
	f("", "a", false)
	f("*", "", true)
	f("**", "abc", true)
	f("?", "", false)
	f("?", "ü", true)
	f("??", "ü", false)
	f("*?", "ü", true)
	f("*??", "ü", false)
	f("?*?", "ab", true)
	f("a*b", "ab", true)
	f("a*b", "abxb", true)
	f("a*b", "abx", false)
	f("*aab", "aaab", true)
	f("a$", "a$", true)
	f("$*", "$aws", true)
	f("${*}", "*", true)
	f("${*}", "x", false)
}

// The matcher must agree with the regular expression a pattern stands for, on all short texts.
func TestMatchLikeRegexp(t *testing.T) {
	texts := func(alphabet string, most int) []string {
		all := []string{""}
		for i := 0; i < len(all); i++ {
			if len(all[i]) < most {
				for _, r := range alphabet {
					all = append(all, all[i]+string(r))
				}
			}
		}
		return all
	}
	subjects := texts("ab", 6)
	for _, pattern := range texts("ab*?", 5) {
		p, err := compile(pattern, syntax{wildcards: true})
		if err != nil {
			t.Fatal(err)
		}
		re := regexp.MustCompile("^(?:" + strings.NewReplacer("*", ".*", "?", ".").Replace(pattern) + ")$")
		for _, s := range subjects {
			if got, want := p.match(s, nil), re.MatchString(s); got != want {
				t.Fatalf("%q matches %q: got %v, want %v", pattern, s, got, want)
			}
		}
	}
}

// Within an ARN a wildcard stays in its part, but for the sixth.
func TestMatchARNLikeRegexp(t *testing.T) {
	part := func(s string) string { return strings.NewReplacer("*", "[^:]*", "?", "[^:]").Replace(s) }
	parts := []string{"", "a", "*", "?", "a*", "*b*"}
	subjects := []string{"arn:::::", "arn:a:a:a:a:a", "arn:ab:b:ab:a:b:b", "arn:a:b:a", "arn::a:::a", "arn:a:b:::a:b:c:d"}
	for _, one := range parts {
		for _, two := range parts {
			for _, last := range parts {
				pattern := "arn:" + one + ":" + two + ":*:?*:" + last
				p, err := compileResource(pattern, true)
				if err != nil {
					t.Fatal(err)
				}
				re := regexp.MustCompile("^arn:" + part(one) + ":" + part(two) + ":[^:]*:[^:]+:" +
					strings.NewReplacer("*", ".*", "?", ".").Replace(last) + "$")
				for _, s := range subjects {
					if got, want := p.match(s, nil), re.MatchString(s); got != want {
						t.Errorf("%q matches %q: got %v, want %v", pattern, s, got, want)
					}
				}
			}
		}
	}
}
