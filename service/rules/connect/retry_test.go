package connect

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestRetry(t *testing.T) {
	passing, final := Transient(errors.New("busy")), errors.New("no")
	f := func(limit time.Duration, want error, wantTries int, results ...error) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			tries, began := 0, time.Now()
			err := Retry(ctx, func(context.Context) error { tries++; return results[tries-1] })
			if err != want || tries != wantTries || time.Since(began) > 2*time.Second {
				t.Errorf("got %v after %d tries and %v, want %v after %d", err, tries, time.Since(began), want, wantTries)
			}
		})
	}
	f(time.Minute, nil, 1, nil)
	f(time.Minute, nil, 3, passing, passing, nil)
	f(time.Minute, passing, 3, passing, passing, passing)
	f(time.Minute, final, 1, final)
	f(time.Minute, final, 2, passing, final)
	f(10*time.Millisecond, passing, 1, passing)
}

func TestPause(t *testing.T) {
	for try, most := range map[int]time.Duration{-1: firstPause, 0: firstPause, 1: firstPause, 2: 4 * firstPause, 3: maxPause, 100: maxPause} {
		for range 20 {
			if d := pause(try); d < most/2 || d >= most {
				t.Errorf("after try %d there is a pause of %v, want %v to %v", try, d, most/2, most)
			}
		}
	}
}
