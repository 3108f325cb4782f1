package topic

import "testing"

func TestMismatch(t *testing.T) {
	f := func(filter, name string, level int, why string) {
		t.Helper()
		if gotLevel, got := Mismatch(filter, name); gotLevel != level || got != why {
			t.Errorf("Mismatch(%q, %q) = %d, %q; want %d, %q", filter, name, gotLevel, got, level, why)
		}
	}
	f("a/+/c", "a/b/c", 0, "")
	f("a/#", "a/b/c", 0, "")
	f("a/b/c", "a/x/c", 2, `level 2 of the topic is "x", the filter has "b"`)
	f("a/+/c", "a/b", 3, `the topic ends before level 3, where the filter has "c"`)
	f("a/#", "a", 2, "the topic ends before level 2; # does not match the level above it")
	f("a/+", "a/b/c", 3, "the topic has 3 levels, the filter 2")
	f("#", "$aws/events", 1, "a filter that begins with a wildcard does not match topics that begin with $")
	f("+/events", "$aws/events", 1, "a filter that begins with a wildcard does not match topics that begin with $")
	f("a/#", "$aws/events", 1, `level 1 of the topic is "$aws", the filter has "a"`)
}

// Mismatch and Match never disagree.
func FuzzMismatch(f *testing.F) {
	f.Add("a/+/#", "a/b")
	f.Fuzz(func(t *testing.T, filter, name string) {
		if ValidateFilter(filter) != nil || ValidateName(name) != nil {
			return
		}
		if level, why := Mismatch(filter, name); (level == 0) != Match(filter, name, AWS) || (level == 0) != (why == "") {
			t.Errorf("Mismatch(%q, %q) = %d, %q", filter, name, level, why)
		}
	})
}
