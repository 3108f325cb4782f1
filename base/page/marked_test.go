package page

import (
	"slices"
	"strings"
	"testing"

	"telltale/base/fault"
)

func TestMarked(t *testing.T) {
	self := func(s string) string { return s }
	f := func(size int, descending bool, list string, want ...string) {
		t.Helper()
		var pages []string
		marker := ""
		for {
			page, next, err := Marked("List", marker, size, descending, strings.Fields(list), self)
			if err != nil {
				t.Fatal(err)
			}
			pages = append(pages, strings.Join(page, " "))
			if marker = next; marker == "" {
				break
			}
			if strings.ContainsAny(marker, "-_") {
				t.Errorf("marker %q", marker)
			}
		}
		if !slices.Equal(pages, want) {
			t.Errorf("pages of %d of %s: got %q, want %q", size, list, pages, want)
		}
	}
	f(2, false, "a b c d e", "a b", "c d", "e")
	f(2, true, "e d c b a", "e d", "c b", "a")
	f(5, false, "a b c d e", "a b c d e")
	f(2, false, "", "")
	if _, _, err := Marked("List", "x", 2, false, []string{"a"}, self); !fault.Is(err, fault.Invalid) {
		t.Errorf("a foreign marker: got %v", err)
	}
}
