package statetest

import (
	"fmt"
	"slices"
	"testing"

	"telltale/store/state"
)

func testPrefix(t *testing.T, open Open) {
	table := &state.Table[thing]{Name: "test_prefix", Key: func(r *thing) state.Key {
		if r.Name == "" {
			return state.K(r.Account)
		}
		return state.K(r.Account, r.Name)
	}}
	db := open(t, table)
	row := func(account, name string) thing { return thing{Account: account, Name: name} }
	put(t, db, table, row("a", ""), row("a", "1"), row("a", "12"), row("ab", "2"), row("a\x02", "3"), row("a\x00", "4"),
		row("a\x01", "5"), row("ä", "6"), row("b", "7"), row("a\U0010FFFF", "8"), row("\uD7FF", "9"), row("", "10"))
	f := func(prefix state.Key, want ...string) {
		t.Helper()
		wantNames(t, db, "Scan "+prefix.String(), func(tx *state.Tx) func(func(*thing, error) bool) {
			return table.Scan(tx, prefix, state.Key{}, 0)
		}, want...)
		view(t, db, func(tx *state.Tx) error {
			n, err := table.Count(tx, prefix)
			if n != len(want) {
				t.Errorf("Count %s = %d, want %d", prefix, n, len(want))
			}
			return err
		})
	}
	f(state.K("a"), "", "1", "12")
	f(state.K("a", "1"), "1")
	f(state.K("a").Begins("1"), "1", "12")
	f(state.K("a", ""))
	f(state.K("a\x02"), "3")
	f(state.K("ab"), "2")
	f(state.K("c"))
	f(state.K(""), "10")
	f(state.K("a\xff"))
	f(state.Key{}, "10", "", "1", "12", "4", "5", "3", "2", "8", "7", "6", "9")
	f(state.Key{}.Begins("a"), "", "1", "12", "4", "5", "3", "2", "8")
	f(state.Key{}.Begins("a\U0010FFFF"), "8")
	f(state.Key{}.Begins("\uD7FF"), "9")
	f(state.Key{}.Begins("a\x80"))
	f(state.Key{}.Begins("\U0010FFFF"))
}

// numbered fills a table with n rows of one type, in key order 0000, 0001, …
func numbered(t *testing.T, open Open, n int) (*state.DB, *state.Table[thing]) {
	table := things()
	db := open(t, table)
	rows := []thing{{Account: "Z", Name: "before", Type: "t"}, {Account: "b", Name: "behind", Type: "t"}}
	for i := range n {
		rows = append(rows, thing{Account: "a", Name: fmt.Sprintf("%04d", i), Type: "t", Tags: []string{"x", "y"}})
	}
	put(t, db, table, rows...)
	return db, table
}

func testPaging(t *testing.T, open Open) {
	const n = 1200 // more than one portion
	db, table := numbered(t, open, n)
	for _, limit := range []int{0, 1, 7, 250, n, n + 1} {
		var byKey, byIndex []string
		step := func(names *[]string, rows []*thing, end bool, err error) bool {
			for _, r := range rows {
				*names = append(*names, r.Name)
			}
			if err != nil || (!end && len(rows) != limit) {
				t.Errorf("limit %d: page of %d rows, end %v, error %v", limit, len(rows), end, err)
			}
			return end || err != nil
		}
		for after := (state.Key{}); ; {
			var rows []*thing
			var err error
			view(t, db, func(tx *state.Tx) error { rows, after, err = table.Page(tx, state.K("a"), after, limit); return nil })
			if step(&byKey, rows, after.IsZero(), err) {
				break
			}
		}
		for token := []byte(nil); ; {
			var rows []*thing
			var after state.Cursor
			err := after.UnmarshalText(token)
			view(t, db, func(tx *state.Tx) error {
				rows, after, err = table.PageIndex(tx, "type", state.K("a", "t"), after, limit)
				return err
			})
			token, _ = after.MarshalText()
			if step(&byIndex, rows, after.IsZero(), err) {
				break
			}
		}
		for what, got := range map[string][]string{"Page": byKey, "PageIndex": byIndex} {
			if len(got) != n || !slices.IsSorted(got) || len(slices.Compact(got)) != n {
				t.Errorf("%s with limit %d gave %d rows, sorted %v; want %d", what, limit, len(got), slices.IsSorted(got), n)
			}
		}
	}
	wantNames(t, db, "Scan with a limit", func(tx *state.Tx) func(func(*thing, error) bool) {
		return table.Scan(tx, state.K("a"), state.K("a", "0009"), 2)
	}, "0010", "0011")
	// A position outside of the prefix, as a forged token would give, does not open other rows.
	wantNames(t, db, "Scan after a foreign key", func(tx *state.Tx) func(func(*thing, error) bool) {
		return table.Scan(tx, state.K("a"), state.K("Z"), 1)
	}, "0000")
	wantNames(t, db, "Scan after the end", func(tx *state.Tx) func(func(*thing, error) bool) {
		return table.Scan(tx, state.K("a"), state.K("a\x00"), 1)
	})
}

// Pages of the rows that a function keeps hold each of them once; where few are kept, no page looks at more than some thousand rows.
func testPagingSome(t *testing.T, open Open) {
	const n = 10_000
	db, table := numbered(t, open, n)
	f := func(limit, most int, keep func(*thing) bool, want ...string) {
		t.Helper()
		got := map[string][]string{}
		seen := 0
		step := func(what string, rows []*thing, end bool, err error) bool {
			for _, r := range rows {
				got[what] = append(got[what], r.Name)
			}
			if err != nil || len(rows) > limit || seen > most {
				t.Errorf("%s of %d saw %d rows and kept %d, error %v; want at most %d seen", what, limit, seen, len(rows), err, most)
			}
			seen = 0
			return end || err != nil
		}
		counting := func(r *thing) bool { seen++; return keep(r) }
		view(t, db, func(tx *state.Tx) error {
			for after := (state.Key{}); ; {
				rows, next, err := table.PageWhere(tx, state.K("a"), after, limit, counting)
				if after = next; step("PageWhere", rows, next.IsZero(), err) {
					break
				}
			}
			for after := (state.Cursor{}); ; {
				rows, next, err := table.PageIndexWhere(tx, "type", state.K("a", "t"), after, limit, counting)
				if after = next; step("PageIndexWhere", rows, next.IsZero(), err) {
					break
				}
			}
			return nil
		})
		for _, what := range []string{"PageWhere", "PageIndexWhere"} {
			if !slices.Equal(got[what], want) {
				t.Errorf("%s of %d gave %v, want %v", what, limit, got[what], want)
			}
		}
	}
	one := func(names ...string) func(*thing) bool {
		return func(r *thing) bool { return slices.Contains(names, r.Name) }
	}
	f(10, 4096, one())
	f(1, 4096, one("0000", "4095", "4096", "9999"), "0000", "4095", "4096", "9999")
	f(2, 4096, one("0000", "4095", "4096", "9999"), "0000", "4095", "4096", "9999")
	view(t, db, func(tx *state.Tx) error { // a page that may be longer than that is full
		rows, next, err := table.PageWhere(tx, state.K("a"), state.Key{}, n/2, func(*thing) bool { return true })
		if len(rows) != n/2 || next.IsZero() {
			t.Errorf("a page of %d rows, of which all are kept, has %d; ended %v", n/2, len(rows), next.IsZero())
		}
		return err
	})
}

// Paging goes on at its position although rows vanish, appear and change between the pages, the last one seen included.
func testPagingChanges(t *testing.T, open Open) {
	db, table := numbered(t, open, 20)
	var got []string
	var after state.Cursor
	for page := 0; page == 0 || !after.IsZero(); page++ {
		view(t, db, func(tx *state.Tx) (err error) {
			rows, next, err := table.PageIndex(tx, "tag", state.K("a", "x"), after, 5)
			for _, r := range rows {
				got = append(got, r.Name)
			}
			after = next
			return err
		})
		if page == 0 {
			update(t, db, func(tx *state.Tx) error {
				for _, name := range []string{"0004", "0005", "0001"} {
					if err := table.Delete(tx, state.K("a", name)); err != nil {
						return err
					}
				}
				return nil
			})
			put(t, db, table, thing{Account: "a", Name: "0000x", Tags: []string{"x"}}, thing{Account: "a", Name: "0007x", Tags: []string{"x"}},
				thing{Account: "a", Name: "0008", Tags: []string{"y"}})
		}
	}
	want := []string{"0000", "0001", "0002", "0003", "0004", "0006", "0007", "0007x", "0009"}
	for i := 10; i < 20; i++ {
		want = append(want, fmt.Sprintf("%04d", i))
	}
	if !slices.Equal(got, want) {
		t.Errorf("pages gave %v, want %v", got, want)
	}
}

func testWriteInsideScan(t *testing.T, open Open) {
	const n = 700
	db, table := numbered(t, open, n)
	update(t, db, func(tx *state.Tx) error {
		seen := 0
		for r, err := range table.ScanIndex(tx, "type", state.K("a"), state.Cursor{}, 0) {
			if err != nil {
				return err
			}
			seen++
			// A scan in a scan of the same index, a change of type and a removal.
			inner, err := names(table.ScanIndex(tx, "type", state.K("a"), state.Cursor{}, 1))
			if err != nil || len(inner) != 1 {
				t.Fatalf("inner scan = %v, %v", inner, err)
			}
			if seen%2 == 0 {
				err = table.Delete(tx, thingKey(r))
			} else {
				r.Type = "changed"
				err = table.Put(tx, r)
			}
			if err != nil {
				return err
			}
		}
		if seen != n {
			t.Errorf("scan saw %d rows, want %d", seen, n)
		}
		return nil
	})
	view(t, db, func(tx *state.Tx) error {
		count, err := table.CountIndex(tx, "type", state.K("a", "changed"))
		if count != n/2 {
			t.Errorf("%d rows changed, want %d", count, n/2)
		}
		return err
	})
}
