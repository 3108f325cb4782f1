package statetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"telltale/store/state"
)

func testRows(t *testing.T, open Open) {
	t.Run("indexed", func(t *testing.T) { testRowsOf(t, open, things()) })
	t.Run("plain", func(t *testing.T) { testRowsOf(t, open, &state.Table[thing]{Name: "test_plain", Key: thingKey}) })
}

func testRowsOf(t *testing.T, open Open, table *state.Table[thing]) {
	db := open(t, table)
	key := state.K("acct", "lamp")
	wantErr := func(what string, err, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("%s: got error %v, want %v", what, err, want)
		}
	}
	_, err := get(t, db, table, key)
	wantErr("Get of a missing row", err, state.ErrNotFound)

	in := thing{Account: "acct", Name: "lamp", Type: "light", Tags: []string{"b", "a", "b"}, Version: 1}
	update(t, db, func(tx *state.Tx) error { return table.Insert(tx, &in) })
	out, err := get(t, db, table, key)
	if err != nil || !reflect.DeepEqual(*out, in) {
		t.Errorf("Get after Insert = %+v, %v, want %+v", out, err, in)
	}
	other := in
	other.Version = 9
	err = db.Update(context.Background(), func(tx *state.Tx) error { return table.Insert(tx, &other) })
	wantErr("second Insert", err, state.ErrExists)
	if out, err = get(t, db, table, key); err != nil || out.Version != 1 {
		t.Errorf("Get after a refused Insert = %+v, %v, want version 1", out, err)
	}

	in.Version = 2
	put(t, db, table, in)
	if out, err = get(t, db, table, key); err != nil || out.Version != 2 {
		t.Errorf("Get after Put = %+v, %v, want version 2", out, err)
	}
	update(t, db, func(tx *state.Tx) error { return table.Delete(tx, key) })
	_, err = get(t, db, table, key)
	wantErr("Get of a deleted row", err, state.ErrNotFound)
	err = db.Update(context.Background(), func(tx *state.Tx) error { return table.Delete(tx, key) })
	wantErr("second Delete", err, state.ErrNotFound)
	view(t, db, func(tx *state.Tx) error {
		has, err := table.Has(tx, key)
		if has {
			t.Error("Has says yes to a deleted row")
		}
		return err
	})
}

func testRefused(t *testing.T, open Open) {
	table := &state.Table[thing]{
		Name: "test_refused",
		Key: func(r *thing) state.Key {
			if r.Name == "" {
				return state.Key{}
			}
			return state.K(r.Name)
		},
		Index: []state.Index[thing]{{Name: "type", Key: func(r *thing) []state.Key { return []state.Key{state.K(r.Type)} }}},
	}
	db := open(t, table)
	f := func(r *thing, want string) {
		t.Helper()
		err := db.Update(context.Background(), func(tx *state.Tx) error { return table.Put(tx, r) })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Put of %.60v: got error %v, want %q", r, err, want)
		}
	}
	f(nil, "nil")
	f(&thing{}, "empty")
	f(&thing{Name: strings.Repeat("x", state.MaxKey)}, "allowed are 1024")
	f(&thing{Name: "a\xff"}, "not UTF-8")
	f(&thing{Name: "\U0010FFFF"}, "U+10FFFF")
	f(&thing{Name: "a", Type: "\xc0"}, "index type")
}

func testIndex(t *testing.T, open Open) {
	table := things()
	db := open(t, table)
	row := func(name, typ string, tags ...string) thing {
		return thing{Account: "acct", Name: name, Type: typ, Tags: tags}
	}
	put(t, db, table, row("c", "light", "x", "y"), row("a", "light", "y"), row("b", "lights"), row("d", ""),
		thing{Account: "other", Name: "z", Type: "light"})
	wantIndex(t, db, table, "type", state.K("acct", "light"), "a", "c")
	wantIndex(t, db, table, "type", state.K("acct"), "a", "c", "b")
	wantIndex(t, db, table, "type", state.K("acct").Begins("li"), "a", "c", "b")
	wantIndex(t, db, table, "tag", state.K("acct", "y"), "a", "c")
	wantIndex(t, db, table, "tag", state.K("acct"), "c", "a", "c") // x, then y twice

	put(t, db, table, row("c", "lights", "y", "w"))
	wantIndex(t, db, table, "type", state.K("acct", "light"), "a")
	wantIndex(t, db, table, "type", state.K("acct", "lights"), "b", "c")
	wantIndex(t, db, table, "tag", state.K("acct"), "c", "a", "c")
	wantIndex(t, db, table, "tag", state.K("acct", "x"))

	update(t, db, func(tx *state.Tx) error { return table.Delete(tx, state.K("acct", "c")) })
	wantIndex(t, db, table, "type", state.K("acct", "lights"), "b")
	wantIndex(t, db, table, "tag", state.K("acct"), "a")
	view(t, db, func(tx *state.Tx) error {
		n, err := table.CountIndex(tx, "type", state.K("acct"))
		if n != 2 {
			t.Errorf("CountIndex = %d, want 2", n)
		}
		return err
	})
}

func testUnique(t *testing.T, open Open) {
	table := things()
	db := open(t, table)
	put(t, db, table, thing{Account: "a", Name: "one", Serial: "S1"}, thing{Account: "a", Name: "two", Serial: "S2"})
	update(t, db, func(tx *state.Tx) error {
		// Refused inside an update that goes on and succeeds: the refused row must leave nothing behind.
		for _, write := range []func(*state.Tx, *thing) error{table.Insert, table.Put} {
			err := write(tx, &thing{Account: "a", Name: "three", Serial: "S1", Type: "ghost"})
			if !errors.Is(err, state.ErrNotUnique) {
				t.Errorf("second row with serial S1: got error %v, want %v", err, state.ErrNotUnique)
			}
		}
		return nil
	})
	wantIndex(t, db, table, "type", state.K("a", "ghost"))
	wantNames(t, db, "Scan", func(tx *state.Tx) func(func(*thing, error) bool) {
		return table.Scan(tx, state.Key{}, state.Key{}, 0)
	}, "one", "two")
	// The row keeps its own entry, gives it up, and another one takes it.
	put(t, db, table, thing{Account: "a", Name: "one", Serial: "S1", Version: 2})
	put(t, db, table, thing{Account: "a", Name: "one", Serial: "S3"}, thing{Account: "a", Name: "two", Serial: "S1"})
	view(t, db, func(tx *state.Tx) error {
		r, err := table.Find(tx, "serial", state.K("S1"))
		if err != nil || r.Name != "two" {
			t.Errorf("Find S1 = %+v, %v, want two", r, err)
		}
		if _, err := table.Find(tx, "serial", state.K("S2")); !errors.Is(err, state.ErrNotFound) {
			t.Errorf("Find S2: got error %v, want %v", err, state.ErrNotFound)
		}
		return nil
	})
}

func testBigRows(t *testing.T, open Open) {
	table := things()
	db := open(t, table)
	body := func(n int) []byte { return bytes.Repeat([]byte{byte(n), 0, 0xff}, 100_000*(n+1)) }
	for n := range 8 {
		put(t, db, table, thing{Account: "a", Name: fmt.Sprint(n), Body: body(n)})
	}
	view(t, db, func(tx *state.Tx) error {
		n := 0
		for r, err := range table.Scan(tx, state.K("a"), state.Key{}, 0) {
			if err != nil {
				return err
			}
			if r.Name != fmt.Sprint(n) || !bytes.Equal(r.Body, body(n)) {
				t.Errorf("row %d came back as %s with %d bytes", n, r.Name, len(r.Body))
			}
			n++
		}
		if n != 8 {
			t.Errorf("Scan gave %d rows, want 8", n)
		}
		return nil
	})
}
