package statetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"telltale/store/state"
)

func send(t testing.TB, db *state.DB, topic string, values ...int) {
	t.Helper()
	update(t, db, func(tx *state.Tx) error {
		for _, v := range values {
			if err := tx.Outbox(topic, v); err != nil {
				return err
			}
		}
		return nil
	})
}

func testOutbox(t *testing.T, open Open) {
	db := open(t)
	ctx := context.Background()
	send(t, db, "b", 100)
	for i := range 300 { // more than are read at once
		send(t, db, "a", i)
	}
	err := db.Update(ctx, func(tx *state.Tx) error {
		if err := tx.Outbox("a", -1); err != nil {
			return err
		}
		return errRefused
	})
	if err != errRefused {
		t.Error(err)
	}
	var got []int
	var ids []uint64
	handle := func(_ context.Context, item *state.Item) error {
		var v int
		if err := item.Decode(&v); err != nil {
			return err
		}
		if v == 200 && len(got) == 200 && !slices.Contains(ids, item.ID) {
			ids = append(ids, item.ID)
			return errRefused
		}
		got, ids = append(got, v), append(ids, item.ID)
		return nil
	}
	if n, err := db.Drain(ctx, "a", handle); n != 200 || !errors.Is(err, errRefused) {
		t.Errorf("first Drain = %d, %v, want 200 and the error of the handler", n, err)
	}
	if n, err := db.Drain(ctx, "a", handle); n != 100 || err != nil {
		t.Errorf("second Drain = %d, %v, want 100", n, err)
	}
	if n, err := db.Drain(ctx, "a", handle); n != 0 || err != nil {
		t.Errorf("third Drain = %d, %v, want nothing", n, err)
	}
	for i, v := range got {
		if v != i {
			t.Fatalf("item %d is %d: %v", i, v, got)
		}
	}
	if !slices.IsSorted(ids) {
		t.Errorf("ids do not rise: %v", ids)
	}
	view(t, db, func(tx *state.Tx) error {
		n, err := tx.Pending("b")
		if n != 1 {
			t.Errorf("topic b holds %d items, want 1", n)
		}
		return err
	})
}

func testConsume(t *testing.T, open Open) {
	db := open(t)
	ctx, cancel := context.WithCancel(context.Background())
	send(t, db, "a", 0)
	got, result := make(chan int), make(chan error, 1)
	failed := false
	go func() {
		result <- db.Consume(ctx, "a", func(_ context.Context, item *state.Item) error {
			var v int
			if err := item.Decode(&v); err != nil {
				return err
			}
			if v == 2 && !failed {
				failed = true
				return errRefused
			}
			got <- v
			return nil
		})
	}()
	for want := range 6 {
		if v := <-got; v != want {
			t.Fatalf("received %d, want %d", v, want)
		}
		if want == 0 {
			err := db.Consume(ctx, "a", func(context.Context, *state.Item) error { return nil })
			if err == nil || !strings.Contains(err.Error(), "has a consumer") {
				t.Errorf("second consumer: %v", err)
			}
		}
		if want < 5 {
			send(t, db, "a", want+1)
		}
	}
	cancel()
	if err := <-result; err != nil {
		t.Errorf("Consume ended with %v", err)
	}
	// The topic is free again, and all was acknowledged.
	if n, err := db.Drain(context.Background(), "a", func(_ context.Context, item *state.Item) error {
		return fmt.Errorf("item %d came again", item.ID)
	}); n != 0 || err != nil {
		t.Errorf("Drain after Consume = %d, %v", n, err)
	}
}

func testRedelivery(t *testing.T, open OpenDir) {
	dir := t.TempDir()
	db := open(t, dir)
	send(t, db, "a", 0, 1, 2, 3)
	ctx := context.Background()
	var got []int
	stopAt := 2
	handle := func(_ context.Context, item *state.Item) error {
		var v int
		if err := item.Decode(&v); err != nil {
			return err
		}
		got = append(got, v)
		if v == stopAt {
			return errRefused
		}
		return nil
	}
	if _, err := db.Drain(ctx, "a", handle); !errors.Is(err, errRefused) {
		t.Errorf("Drain: %v", err)
	}
	// One item is acknowledged together with what was made of it.
	update(t, db, func(tx *state.Tx) error { return tx.Ack(&state.Item{Topic: "a", ID: 4}) })
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = open(t, dir)
	send(t, db, "a", 4)
	stopAt = -1
	if n, err := db.Drain(ctx, "a", handle); n != 2 || err != nil {
		t.Errorf("Drain after reopening = %d, %v", n, err)
	}
	if want := []int{0, 1, 2, 2, 4}; !slices.Equal(got, want) {
		t.Errorf("delivered %v, want %v", got, want)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
