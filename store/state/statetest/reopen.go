package statetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"telltale/store/state"
)

func testReopen(t *testing.T, open OpenDir) {
	dir, table := t.TempDir(), things()
	for round := range 3 {
		db := open(t, dir, table)
		put(t, db, table, thing{Account: "a", Name: fmt.Sprint(round), Type: "t"})
		update(t, db, func(tx *state.Tx) error {
			n, err := tx.NextID("seq")
			if n != uint64(round+1) {
				t.Errorf("round %d: NextID = %d", round, n)
			}
			return err
		})
		wantIndex(t, db, table, "type", state.K("a", "t"), []string{"0", "1", "2"}[:round+1]...)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// within opens the database, runs f and closes it.
func within(t *testing.T, open OpenDir, dir string, table *state.Table[thing], f func(*state.DB)) {
	t.Helper()
	db := open(t, dir, table)
	f(db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func testAddIndex(t *testing.T, open OpenDir) {
	const n = 600
	dir := t.TempDir()
	declare := func(index ...state.Index[thing]) *state.Table[thing] {
		return &state.Table[thing]{Name: "test_grow", Key: thingKey, Index: index}
	}
	typed := state.Index[thing]{Name: "type", Key: byType}
	count := func(table *state.Table[thing], prefix state.Key, want int) func(*state.DB) {
		return func(db *state.DB) {
			t.Helper()
			view(t, db, func(tx *state.Tx) error {
				got, err := table.CountIndex(tx, "type", prefix)
				if got != want {
					t.Errorf("%d entries, want %d", got, want)
				}
				return err
			})
		}
	}
	table := declare()
	within(t, open, dir, table, func(db *state.DB) {
		for i := range n {
			put(t, db, table, thing{Account: "a", Name: fmt.Sprint(i), Type: fmt.Sprint("t", i%3)})
		}
	})
	table = declare(typed)
	within(t, open, dir, table, count(table, state.K("a", "t1"), n/3))

	// The same index with other entries: rebuilt because its version rises.
	typed.Version, typed.Key = 1, func(r *thing) []state.Key { return []state.Key{state.K("new", r.Type)} }
	table = declare(typed)
	within(t, open, dir, table, count(table, state.K("new"), n))

	// Dropped, missed while a row goes, and built again.
	table = declare()
	within(t, open, dir, table, func(db *state.DB) {
		update(t, db, func(tx *state.Tx) error { return table.Delete(tx, state.K("a", "7")) })
	})
	table = declare(typed)
	within(t, open, dir, table, count(table, state.K("new"), n-1))
}

func testMigrate(t *testing.T, open OpenDir) {
	const n = 600
	dir := t.TempDir()
	index := []state.Index[thing]{{Name: "type", Key: byType}}
	old := &state.Table[thing]{Name: "test_migrate", Key: thingKey, Index: index}
	within(t, open, dir, old, func(db *state.DB) {
		for i := range n {
			put(t, db, old, thing{Account: "a", Name: fmt.Sprintf("%04d", i), Type: "t"})
		}
	})
	calls := 0
	table := &state.Table[thing]{
		Name: old.Name, Index: index, Version: 2,
		Key: func(r *thing) state.Key { return state.K("moved", r.Account, r.Name) }, // sorts behind the old keys
		Migrate: func(from int, row []byte) ([]byte, error) {
			calls++
			var r thing
			if err := json.Unmarshal(row, &r); err != nil || from != 0 {
				return nil, fmt.Errorf("from version %d: %w", from, err)
			}
			r.Type, r.Version = "new", r.Version+1
			return json.Marshal(r)
		},
	}
	for range 2 { // the second time there is nothing to do
		within(t, open, dir, table, func(db *state.DB) {
			view(t, db, func(tx *state.Tx) error {
				rows, _, err := table.Page(tx, state.K("moved"), state.Key{}, 0)
				if len(rows) != n || rows[0].Version != 1 {
					t.Errorf("%d rows after the migration, want %d; the first is %+v", len(rows), n, rows[0])
				}
				all, err2 := table.Count(tx, state.Key{})
				entries, err3 := table.CountIndex(tx, "type", state.K("a"))
				fresh, err4 := table.CountIndex(tx, "type", state.K("a", "new"))
				if all != n || entries != n || fresh != n {
					t.Errorf("%d rows, %d entries, %d new entries, want %d of each", all, entries, fresh, n)
				}
				return errors.Join(err, err2, err3, err4)
			})
		})
	}
	if calls != n {
		t.Errorf("Migrate was called %d times, want %d", calls, n)
	}
}

// A migration that fails leaves the old rows and the old version.
func testMigrateFails(t *testing.T, open OpenDir) {
	dir := t.TempDir()
	old := &state.Table[thing]{Name: "test_migrate", Key: thingKey}
	within(t, open, dir, old, func(db *state.DB) {
		put(t, db, old, thing{Account: "a", Name: "1"}, thing{Account: "a", Name: "2"})
	})
	within(t, open, dir, &state.Table[thing]{Name: "test_other", Key: thingKey}, func(db *state.DB) {
		for what, table := range map[string]*state.Table[thing]{
			"row a": {Name: old.Name, Version: 1, Key: thingKey, Migrate: func(_ int, row []byte) ([]byte, error) {
				if strings.Contains(string(row), `"2"`) {
					return nil, errRefused
				}
				return row, nil
			}},
			"same key": {Name: old.Name, Version: 1, Key: func(*thing) state.Key { return state.K("same key") },
				Migrate: func(_ int, row []byte) ([]byte, error) { return row, nil }},
			"not JSON": {Name: old.Name, Version: 1, Key: thingKey, Migrate: func(int, []byte) ([]byte, error) { return []byte("{"), nil }},
		} {
			if err := db.Use(context.Background(), table); err == nil {
				t.Errorf("%s: the migration succeeded", what)
			}
		}
		if err := db.Use(context.Background(), old); err != nil {
			t.Fatal(err)
		}
		wantNames(t, db, "Scan", func(tx *state.Tx) func(func(*thing, error) bool) {
			return old.Scan(tx, state.Key{}, state.Key{}, 0)
		}, "1", "2")
	})
}

func testNewerTable(t *testing.T, open OpenDir) {
	dir := t.TempDir()
	within(t, open, dir, &state.Table[thing]{Name: "test_newer", Key: thingKey, Version: 3}, func(*state.DB) {})
	within(t, open, dir, things(), func(db *state.DB) {
		err := db.Use(context.Background(), &state.Table[thing]{Name: "test_newer", Key: thingKey, Version: 2})
		if err == nil || !strings.Contains(err.Error(), "newer program") {
			t.Errorf("older declaration: got error %v", err)
		}
	})
}
