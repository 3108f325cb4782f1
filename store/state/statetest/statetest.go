// Package statetest is the conformance suite of store/state: whatever carries the tables must pass it.
package statetest

import (
	"context"
	"fmt"
	"testing"

	"telltale/store/state"
)

// Open gives a test an empty database that knows the tables and is closed at the end of the test.
type Open func(t testing.TB, tables ...state.Schema) *state.DB

// OpenDir opens the database kept in the directory, which the test closes itself and opens again.
type OpenDir func(t testing.TB, dir string, tables ...state.Schema) *state.DB

// Run checks all that does not need the database to outlive its closing.
func Run(t *testing.T, open Open) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Open)
	}{
		{"CreateReadUpdateDelete", testRows},
		{"RefusedRows", testRefused},
		{"Index", testIndex},
		{"UniqueIndex", testUnique},
		{"Prefix", testPrefix},
		{"Paging", testPaging},
		{"PagingSomeRows", testPagingSome},
		{"PagingWhileRowsChange", testPagingChanges},
		{"WriteInsideScan", testWriteInsideScan},
		{"BigRows", testBigRows},
		{"Rollback", testRollback},
		{"Panic", testPanic},
		{"ConcurrentUpdates", testConcurrent},
		{"Snapshot", testSnapshot},
		{"Cancel", testCancel},
		{"Misuse", testMisuse},
		{"Sequence", testSequence},
		{"Outbox", testOutbox},
		{"OutboxConsumer", testConsume},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open) })
	}
}

// RunDurable checks what a database keeps when it is closed and opened again.
func RunDurable(t *testing.T, open OpenDir) {
	for _, c := range []struct {
		name string
		test func(*testing.T, OpenDir)
	}{
		{"Reopen", testReopen},
		{"OutboxRedelivery", testRedelivery},
		{"AddIndex", testAddIndex},
		{"Migrate", testMigrate},
		{"MigrateFails", testMigrateFails},
		{"NewerTable", testNewerTable},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open) })
	}
}

// thing is the row that most tests use.
type thing struct {
	Account, Name, Type string
	Tags                []string `json:",omitempty"`
	Serial              string   `json:",omitempty"`
	Version             int
	Body                []byte `json:",omitempty"`
}

func things() *state.Table[thing] {
	return &state.Table[thing]{
		Name: "test_things",
		Key:  thingKey,
		Index: []state.Index[thing]{
			{Name: "type", Key: byType},
			{Name: "tag", Key: func(r *thing) (keys []state.Key) {
				for _, tag := range r.Tags {
					keys = append(keys, state.K(r.Account, tag))
				}
				return keys
			}},
			{Name: "serial", Unique: true, Key: func(r *thing) []state.Key {
				if r.Serial == "" {
					return nil
				}
				return []state.Key{state.K(r.Serial)}
			}},
		},
	}
}

func thingKey(r *thing) state.Key { return state.K(r.Account, r.Name) }

func byType(r *thing) []state.Key {
	if r.Type == "" {
		return nil
	}
	return []state.Key{state.K(r.Account, r.Type)}
}

func update(t testing.TB, db *state.DB, f func(*state.Tx) error) {
	t.Helper()
	if err := db.Update(context.Background(), f); err != nil {
		t.Fatalf("Update: %v", err)
	}
}

func view(t testing.TB, db *state.DB, f func(*state.Tx) error) {
	t.Helper()
	if err := db.View(context.Background(), f); err != nil {
		t.Fatalf("View: %v", err)
	}
}

func put(t testing.TB, db *state.DB, table *state.Table[thing], rows ...thing) {
	t.Helper()
	update(t, db, func(tx *state.Tx) error {
		for i := range rows {
			if err := table.Put(tx, &rows[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

func get(t testing.TB, db *state.DB, table *state.Table[thing], key state.Key) (r *thing, err error) {
	t.Helper()
	view(t, db, func(tx *state.Tx) error {
		r, err = table.Get(tx, key)
		return nil
	})
	return r, err
}

// names collects the names of the rows of a scan.
func names(rows func(func(*thing, error) bool)) (out []string, err error) {
	for r, err := range rows {
		if err != nil {
			return out, err
		}
		out = append(out, r.Name)
	}
	return out, nil
}

// wantNames compares the names that a scan gives with those wanted.
func wantNames(t testing.TB, db *state.DB, what string, scan func(*state.Tx) func(func(*thing, error) bool), want ...string) {
	t.Helper()
	view(t, db, func(tx *state.Tx) error {
		got, err := names(scan(tx))
		if err != nil {
			return err
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s = %v, want %v", what, got, want)
		}
		return nil
	})
}

// wantIndex compares the names of the rows found in an index with those wanted.
func wantIndex(t testing.TB, db *state.DB, table *state.Table[thing], index string, prefix state.Key, want ...string) {
	t.Helper()
	wantNames(t, db, fmt.Sprintf("index %s %s", index, prefix), func(tx *state.Tx) func(func(*thing, error) bool) {
		return table.ScanIndex(tx, index, prefix, state.Cursor{}, 0)
	}, want...)
}
