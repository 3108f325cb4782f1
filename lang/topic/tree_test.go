package topic

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestTree(t *testing.T) {
	tree := NewTree[string, string](AWS)
	f := func(name string, want ...string) {
		t.Helper()
		got := tree.Match(name, nil)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("Match(%q) = %q, want %q", name, got, want)
		}
	}
	f("a")
	tree.Add("a", "x", "x:a")
	tree.Add("a", "y", "y:a")
	tree.Add("#", "x", "x:#")
	tree.Add("a/#", "x", "x:a/#")
	tree.Add("+/b", "y", "y:+/b")
	tree.Add("$aws/+", "y", "y:$aws/+")
	tree.Add("$aws/x", "y", "y:$aws/x")
	f("a", "x:#", "x:a", "y:a")
	f("a/b", "x:#", "x:a/#", "y:+/b")
	f("$aws/x", "y:$aws/+", "y:$aws/x")
	f("$aws/x/y")
	f("$other")
	tree.Add("a", "x", "changed")
	f("a", "changed", "x:#", "y:a")
	tree.Remove("a", "x")
	tree.Remove("#", "x")
	f("a", "y:a")
}

func TestTreeReportsChanges(t *testing.T) {
	tree := NewTree[string, int](Standard)
	f := func(what string, got, want, changed bool, length int, before uint64) {
		t.Helper()
		if got != want || (tree.Generation() != before) != changed || tree.Len() != length {
			t.Errorf("%s: got %t, generation %d after %d, length %d; want %t, changed %t, length %d", what, got, tree.Generation(), before, tree.Len(), want, changed, length)
		}
	}
	for _, filter := range []string{"a/b", "a/+/#"} {
		before := tree.Generation()
		f("remove nothing from "+filter, tree.Remove(filter, "x"), false, false, 0, before)
		f("add to "+filter, tree.Add(filter, "x", 1), true, true, 1, before)
		before = tree.Generation()
		f("replace in "+filter, tree.Add(filter, "x", 2), false, true, 1, before)
		before = tree.Generation()
		f("remove another from "+filter, tree.Remove(filter, "y"), false, false, 1, before)
		f("remove from "+filter, tree.Remove(filter, "x"), true, true, 0, before)
	}
}

// words make names and filters collide often.
func randomLevels(r *rand.Rand, words ...string) string {
	levels := make([]string, 1+r.IntN(4))
	for i := range levels {
		levels[i] = words[r.IntN(len(words))]
	}
	return strings.Join(levels, "/")
}

func randomName(r *rand.Rand) string { return randomLevels(r, "a", "b", "", "$s") }

func randomFilter(r *rand.Rand) string {
	filter := randomLevels(r, "a", "b", "", "$s", "+", "+")
	switch r.IntN(4) {
	case 0:
		return "#"
	case 1:
		return filter + "/#"
	}
	return filter
}

// The tree answers as if every subscription were asked, in both dialects, through additions and removals; and when
// all are removed nothing is left behind.
func TestTreeEqualsBruteForce(t *testing.T) {
	type subscription struct {
		filter string
		key    int
	}
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 1))
		dialect := Dialect(seed % 2)
		tree := NewTree[int, subscription](dialect)
		model := map[subscription]bool{}
		for step := range 600 {
			s := subscription{randomFilter(r), r.IntN(40)}
			if r.IntN(3) > 0 {
				if got, want := tree.Add(s.filter, s.key, s), !model[s]; got != want {
					t.Fatalf("seed %d step %d: Add(%v) = %t, want %t", seed, step, s, got, want)
				}
				model[s] = true
			} else {
				if got, want := tree.Remove(s.filter, s.key), model[s]; got != want {
					t.Fatalf("seed %d step %d: Remove(%v) = %t, want %t", seed, step, s, got, want)
				}
				delete(model, s)
			}
			name := randomName(r)
			got := map[subscription]bool{}
			for _, s := range tree.Match(name, nil) {
				if got[s] {
					t.Fatalf("seed %d step %d: Match(%q) has %v twice", seed, step, name, s)
				}
				got[s] = true
			}
			for s := range model {
				if want := Match(s.filter, name, dialect); got[s] != want {
					t.Fatalf("seed %d step %d: Match(%q) has %v: %t, want %t", seed, step, name, s, got[s], want)
				}
				delete(got, s)
			}
			if len(got) > 0 || tree.Len() != len(model) {
				t.Fatalf("seed %d step %d: Match(%q) has removed subscriptions %v; length %d, want %d", seed, step, name, got, tree.Len(), len(model))
			}
		}
		for s := range model {
			tree.Remove(s.filter, s.key)
		}
		if !tree.root.empty() || len(tree.exact) != 0 || tree.Len() != 0 {
			t.Errorf("seed %d: after removing all, the root is empty: %t, exact filters %d, length %d", seed, tree.root.empty(), len(tree.exact), tree.Len())
		}
	}
}

// One filter with many subscribers goes through its index.
func TestTreeManyKeys(t *testing.T) {
	tree := NewTree[int, int](AWS)
	const n = 1000
	for i := range n {
		tree.Add("all", i, i)
	}
	for i := 0; i < n; i += 2 {
		if !tree.Remove("all", i) {
			t.Fatalf("Remove(%d) = false, want true", i)
		}
	}
	got := tree.Match("all", nil)
	slices.Sort(got)
	if len(got) != n/2 {
		t.Fatalf("%d subscribers, want %d", len(got), n/2)
	}
	for i, v := range got {
		if v != 2*i+1 {
			t.Fatalf("subscriber %d is %d, want %d", i, v, 2*i+1)
		}
	}
}

// A reader that caches by generation sees what was added once the writer has returned.
func TestTreeConcurrentReaders(t *testing.T) {
	tree := NewTree[int, int](AWS)
	var readers sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		readers.Go(func() {
			var dst []int
			for {
				select {
				case <-stop:
					return
				default:
				}
				before := tree.Generation()
				dst = tree.Match("d/1/x", dst[:0])
				if tree.Generation() == before && len(dst) > 2 {
					t.Errorf("got %d subscribers, want at most 2", len(dst))
				}
			}
		})
	}
	for i := range 2000 {
		tree.Add("d/+/x", 1, i)
		tree.Add("d/1/#", 2, i)
		if got := tree.Match("d/1/x", nil); len(got) != 2 || got[0]+got[1] != 2*i {
			t.Errorf("after adding %d: got %v", i, got)
		}
		tree.Remove("d/+/x", 1)
		tree.Remove("d/1/#", 2)
	}
	close(stop)
	readers.Wait()
}

func TestTreeMatchAllocatesNothing(t *testing.T) {
	tree := NewTree[int, int](AWS)
	for i := range 100 {
		tree.Add(fmt.Sprintf("d/%d/+", i), i, i)
		tree.Add("d/+/x", i, i)
		tree.Add("d/7/x", i, i)
	}
	dst := make([]int, 0, 1000)
	n := testing.AllocsPerRun(100, func() {
		if dst = tree.Match("d/7/x", dst[:0]); len(dst) != 201 {
			t.Fatalf("got %d subscribers, want 201", len(dst))
		}
	})
	if n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}
