package topic

import (
	"strings"
	"testing"
)

// FuzzFilter checks any two texts against each other: valid filters match what a plain walk over the levels says,
// in Match and in a tree, and no text makes any function panic.
func FuzzFilter(f *testing.F) {
	for _, seed := range [][2]string{
		{"a/b", "a/b"}, {"a/#", "a"}, {"+/+", "/a"}, {"#", "$a"}, {"$share/g/a/#", "a/b"}, {"$aws/things/+/shadow/#", "$aws/things/x/shadow/get"},
		{"a//#", "a/"}, {"$aws/rules/r/a", "$aws/rules/r/a"}, {"a/#/b", "a"}, {"a+", "a"}, {"", ""}, {"\xff", "\x00"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, filter, name string) {
		_, _ = Reserved(filter)
		_ = CheckLimits(filter)
		if group, inner, err := ParseShared(filter); err == nil && group != "" && "$share/"+group+"/"+inner != filter {
			t.Fatalf("ParseShared(%q) = %q, %q", filter, group, inner)
		}
		if rule, rest, ok := BasicIngest(name); ok && !strings.HasPrefix(name, strings.TrimSuffix("$aws/rules/"+rule+"/"+rest, "/")) {
			t.Fatalf("BasicIngest(%q) = %q, %q", name, rule, rest)
		}
		for _, d := range []Dialect{AWS, Standard} {
			tree := NewTree[int, int](d)
			tree.Add(filter, 1, 1)
			inTree := len(tree.Match(name, nil)) == 1
			if ValidateFilter(filter) == nil && ValidateName(name) == nil {
				want := matchLevels(strings.Split(filter, "/"), strings.Split(name, "/"), d) && !(name[0] == '$' && filter[0] != '$')
				if got := Match(filter, name, d); got != want || inTree != want {
					t.Fatalf("Match(%q, %q, %d) = %t, in the tree %t, want %t", filter, name, d, got, inTree, want)
				}
			}
			if !tree.Remove(filter, 1) || tree.Len() != 0 || !tree.root.empty() || len(tree.exact) != 0 {
				t.Fatalf("%q stays in the tree", filter)
			}
		}
	})
}

// matchLevels is the standard's wording as a recursion.
func matchLevels(filter, name []string, d Dialect) bool {
	switch {
	case len(filter) == 0:
		return len(name) == 0
	case filter[0] == "#":
		return len(name) > 0 || d == Standard
	case len(name) == 0:
		return false
	}
	return (filter[0] == "+" || filter[0] == name[0]) && matchLevels(filter[1:], name[1:], d)
}
