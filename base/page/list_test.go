package page

import (
	"fmt"
	"strconv"
	"testing"
)

type place string

func (p place) IsZero() bool { return p == "" }

func TestList(t *testing.T) {
	f := func(rows []int, next, want string) {
		t.Helper()
		var at []*int
		for i := range rows {
			at = append(at, &rows[i])
		}
		list, token := List("ListThings", at, place(next), func(n *int) string { return strconv.Itoa(*n) })
		var after place
		if err := Parse("ListThings", token, &after); err != nil || string(after) != next || list == nil || fmt.Sprint(list) != want {
			t.Errorf("%v then %q: got %v then %q, error %v; want %s", rows, next, list, after, err, want)
		}
	}
	f(nil, "", "[]")
	f([]int{1, 2}, "", "[1 2]")
	f([]int{1, 2}, "2", "[1 2]")
	f(nil, "9", "[]")
}
