package statetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"telltale/store/state"
)

var errRefused = errors.New("refused")

func testRollback(t *testing.T, open Open) {
	table := things()
	db := open(t, table)
	put(t, db, table, thing{Account: "a", Name: "kept", Type: "t"})
	err := db.Update(context.Background(), func(tx *state.Tx) error {
		if err := table.Put(tx, &thing{Account: "a", Name: "lost", Type: "t"}); err != nil {
			return err
		}
		if err := table.Delete(tx, state.K("a", "kept")); err != nil {
			return err
		}
		return errRefused
	})
	if err != errRefused {
		t.Errorf("Update gave %v, want the error of its function", err)
	}
	wantIndex(t, db, table, "type", state.K("a"), "kept")
	if err := db.View(context.Background(), func(*state.Tx) error { return errRefused }); err != errRefused {
		t.Errorf("View gave %v, want the error of its function", err)
	}
}

// A panic reaches the caller of Update, takes back its changes, and leaves the database working.
func testPanic(t *testing.T, open Open) {
	table := things()
	db := open(t, table)
	for name, run := range map[string]func(context.Context, func(*state.Tx) error) error{"Update": db.Update, "View": db.View} {
		func() {
			defer func() {
				if got := recover(); got != "oops" {
					t.Errorf("%s: recovered %v, want oops", name, got)
				}
			}()
			run(context.Background(), func(tx *state.Tx) error {
				if name == "Update" {
					if err := table.Put(tx, &thing{Account: "a", Name: "lost"}); err != nil {
						t.Error(err)
					}
				}
				panic("oops")
			})
		}()
	}
	put(t, db, table, thing{Account: "a", Name: "kept"})
	wantNames(t, db, "Scan", func(tx *state.Tx) func(func(*thing, error) bool) {
		return table.Scan(tx, state.Key{}, state.Key{}, 0)
	}, "kept")
}

// Many writers change one row under a condition; those that refuse, at once or after having written, do not
// disturb the others that share their flush.
func testConcurrent(t *testing.T, open Open) {
	const writers, rounds = 64, 30
	table := things()
	db := open(t, table)
	put(t, db, table, thing{Account: "a", Name: "counter"})
	var succeeded atomic.Int64
	increment := func(w, round int) error {
		return db.Update(context.Background(), func(tx *state.Tx) error {
			r, err := table.Get(tx, state.K("a", "counter"))
			if err != nil {
				return err
			}
			if (w+round)%5 == 0 {
				return errRefused // as a stale version does
			}
			r.Version++
			if err := table.Put(tx, r); err != nil {
				return err
			}
			if (w+round)%5 == 1 {
				return errRefused
			}
			return table.Put(tx, &thing{Account: "log", Name: fmt.Sprintf("%d-%d", w, round), Type: "t"})
		})
	}
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for round := range rounds {
				err := increment(w, round)
				refused := (w+round)%5 <= 1
				if refused != (err == errRefused) || (!refused && err != nil) {
					t.Errorf("writer %d round %d: error %v, refused %v", w, round, err, refused)
				}
				if err == nil {
					succeeded.Add(1)
				}
			}
		})
	}
	wg.Wait()
	want := int(succeeded.Load())
	r, err := get(t, db, table, state.K("a", "counter"))
	if err != nil || r.Version != want {
		t.Errorf("counter = %+v, %v, want %d", r, err, want)
	}
	view(t, db, func(tx *state.Tx) error {
		rows, err := table.Count(tx, state.K("log"))
		if err != nil {
			return err
		}
		entries, err := table.CountIndex(tx, "type", state.K("log"))
		if rows != want || entries != want {
			t.Errorf("%d rows and %d index entries, want %d", rows, entries, want)
		}
		return err
	})
}

func testSnapshot(t *testing.T, open Open) {
	table := things()
	db := open(t, table)
	put(t, db, table, thing{Account: "a", Name: "1", Type: "t", Version: 1})
	view(t, db, func(tx *state.Tx) error {
		// The view has read nothing yet; still it belongs to the moment at which it began.
		put(t, db, table, thing{Account: "a", Name: "1", Type: "t", Version: 2}, thing{Account: "a", Name: "2", Type: "t"})
		r, err := table.Get(tx, state.K("a", "1"))
		if err != nil || r.Version != 1 {
			t.Errorf("inside the view: %+v, %v, want version 1", r, err)
		}
		n, err := table.CountIndex(tx, "type", state.K("a"))
		if n != 1 {
			t.Errorf("inside the view: %d entries, want 1", n)
		}
		return err
	})
	if r, err := get(t, db, table, state.K("a", "1")); err != nil || r.Version != 2 {
		t.Errorf("in the next view: %+v, %v, want version 2", r, err)
	}
}

func testCancel(t *testing.T, open Open) {
	table := things()
	db := open(t, table)
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	write := func(tx *state.Tx) error { return table.Put(tx, &thing{Account: "a", Name: "lost"}) }
	if err := db.Update(ended, write); !errors.Is(err, context.Canceled) {
		t.Errorf("Update with an ended context: %v", err)
	}
	if err := db.View(ended, func(tx *state.Tx) error { _, err := table.Has(tx, state.K("a")); return err }); !errors.Is(err, context.Canceled) {
		t.Errorf("View with an ended context: %v", err)
	}

	// An update whose context ends while it waits for its turn does not run; one that ends in its middle is taken back,
	// even if it looks away.
	during, stop := context.WithCancel(context.Background())
	waiting, giveUp := context.WithCancel(context.Background())
	result := make(chan error)
	err := db.Update(during, func(tx *state.Tx) error {
		go func() { result <- db.Update(waiting, write) }()
		giveUp()
		if err := <-result; !errors.Is(err, context.Canceled) {
			t.Errorf("waiting Update: %v", err)
		}
		if err := write(tx); err != nil {
			t.Error(err)
		}
		stop()
		table.Has(tx, state.K("a"))
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Update cancelled in its middle: %v", err)
	}
	view(t, db, func(tx *state.Tx) error {
		n, err := table.Count(tx, state.Key{})
		if n != 0 {
			t.Errorf("%d rows were left by cancelled updates", n)
		}
		return err
	})
}

func testMisuse(t *testing.T, open Open) {
	table, stranger := things(), &state.Table[thing]{Name: "test_stranger", Key: thingKey}
	db := open(t, table)
	f := func(what string, err error, want string) {
		t.Helper()
		if err == nil || err.Error() == "" || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want %q", what, err, want)
		}
	}
	var kept *state.Tx
	view(t, db, func(tx *state.Tx) error {
		kept = tx
		f("Put in a View", table.Put(tx, &thing{Account: "a", Name: "x"}), "cannot write")
		f("Delete in a View", table.Delete(tx, state.K("a")), "cannot write")
		_, err := tx.NextID("seq")
		f("NextID in a View", err, "cannot write")
		_, err = stranger.Get(tx, state.K("a"))
		f("unknown table", err, "unknown to this database")
		_, err = table.CountIndex(tx, "colour", state.Key{})
		f("unknown index", err, `no index "colour"`)
		return nil
	})
	_, err := table.Get(kept, state.K("a"))
	f("Tx after its View", err, "over")

	ctx := context.Background()
	f("same name twice", db.Use(ctx, &state.Table[thing]{Name: "test_things", Key: thingKey}), "two different tables")
	f("bad name", db.Use(ctx, &state.Table[thing]{Name: "Test-Things", Key: thingKey}), "lower case")
	f("reserved name", db.Use(ctx, &state.Table[thing]{Name: "state_things", Key: thingKey}), "reserved")
	f("bad index name", db.Use(ctx, &state.Table[thing]{Name: "test_more", Key: thingKey, Index: []state.Index[thing]{{Name: "by name"}}}), "index name")
	if err := db.Use(ctx, table, stranger); err != nil {
		t.Errorf("Use of a known and a new table: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	f("Update after Close", db.Update(ctx, func(*state.Tx) error { return nil }), "closed")
	f("View after Close", db.View(ctx, func(*state.Tx) error { return nil }), "closed")
	if err := db.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

func testSequence(t *testing.T, open Open) {
	db := open(t)
	next := func(seq string, want uint64) {
		t.Helper()
		update(t, db, func(tx *state.Tx) error {
			got, err := tx.NextID(seq)
			if got != want {
				t.Errorf("NextID(%s) = %d, want %d", seq, got, want)
			}
			return err
		})
	}
	next("a", 1)
	next("a", 2)
	next("b", 1)
	err := db.Update(context.Background(), func(tx *state.Tx) error {
		tx.NextID("a")
		return errRefused
	})
	if err != errRefused {
		t.Error(err)
	}
	next("a", 3)
}
