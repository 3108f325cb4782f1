package state_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"telltale/store/state"
)

// The house tests time in bubbles; a database opened in one must work there and leave no goroutine behind.
func TestBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := openMemory(t)
		ctx, cancel := context.WithCancel(context.Background())
		start, tries := time.Now(), 0
		ended := make(chan error)
		go func() {
			ended <- db.Consume(ctx, "a", func(context.Context, *state.Item) error {
				if tries++; tries < 5 {
					return errors.New("not yet")
				}
				return nil
			})
		}()
		synctest.Wait()
		if err := db.Update(ctx, func(tx *state.Tx) error { return tx.Outbox("a", 1) }); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if tries != 5 || time.Since(start) != time.Hour {
			t.Errorf("%d tries in %v, want 5 in one hour", tries, time.Since(start))
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Consume ended with %v", err)
		}
		db.Close()
	})
}
