package predicate

import (
	"strconv"
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	f := func(l Layout, message, want string) {
		t.Helper()
		words, ok := l.Split([]byte(message), nil)
		var b strings.Builder
		for _, w := range words {
			b.WriteString(strconv.Itoa(w.Field) + "<" + string(w.Text) + ">")
		}
		got := b.String()
		if !ok {
			got = "no"
		}
		if got != want {
			t.Errorf("%+v on %q: got %s, want %s", l, message, got, want)
		}
	}
	f(Layout{Fields: 2}, "a b", "1<a>2<b>")
	f(Layout{Fields: 2}, "  a   b  \r\n", "1<a>2<b>")
	f(Layout{Fields: 2}, "a  b  [c d]", "1<a>2<b  [c d]>")
	f(Layout{Fields: 2}, "a [b c] ", "1<a>2<b c>")
	f(Layout{Fields: 2}, "a", "no")
	f(Layout{Fields: 1}, "", "no")
	f(Layout{Fields: 3}, `[a b] "c d" ""`, "1<a b>2<c d>3<>")
	f(Layout{Fields: 3}, `[a b]c "d" e`, "1<[a b]c>2<d>3<e>")
	f(Layout{Fields: 3}, `[a b "c d" e`, `1<[a>2<b>3<"c d" e>`)
	f(Layout{Fields: 2}, `"a [b c]`, `1<"a>2<b c>`)
	f(Layout{Fields: 2}, `[a"b c] "]"`, `1<a"b c>2<]>`)
	f(Layout{Fields: 2, Gap: 1}, "a b c d", "0<a>0<b>1<c>2<d>")
	f(Layout{Fields: 2, Gap: 2}, "a b c d", "1<a>0<b>0<c>2<d>")
	f(Layout{Fields: 2, Gap: 3}, "a b c d", "1<a>2<b>0<c>0<d>")
	f(Layout{Fields: 2, Gap: 2}, "a b", "1<a>2<b>")
	f(Layout{Fields: 2, Gap: 2}, "a", "no")
	f(Layout{Gap: 1}, "", "")
	f(Layout{Fields: 1, Gap: 2}, "", "no")
}

// TestSplitUnclosed would take minutes if every opening delimiter searched the whole message.
func TestSplitUnclosed(t *testing.T) {
	l := Layout{Gap: 1}
	words, ok := l.Split([]byte(strings.Repeat(`[a "b `, 100000)+`"`), nil)
	if !ok || len(words) == 0 {
		t.Errorf("got %d words, %v", len(words), ok)
	}
	words, ok = l.Split([]byte(strings.Repeat(`[ `, 400000)), nil)
	if !ok || len(words) != 400000 {
		t.Errorf("got %d words, %v", len(words), ok)
	}
}
