package connect

import (
	"context"
	"errors"
	"time"
)

// transient is a failure that may pass.
type transient struct{ error }

// Unwrap returns what failed.
func (t transient) Unwrap() error { return t.error }

// Transient marks a failure as one that may pass, for Retry.
func Transient(err error) error { return transient{err} }

// Retry calls f up to three times, with growing pauses, as long as it fails with a Transient error and ctx goes on.
func Retry(ctx context.Context, f func(context.Context) error) error {
	for try := 1; ; try++ {
		err := f(ctx)
		if _, again := errors.AsType[transient](err); !again || try == maxTries {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause(try)):
		}
	}
}
