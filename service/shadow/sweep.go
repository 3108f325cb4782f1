package shadow

import (
	"context"
	"errors"
	"time"

	"telltale/store/state"
)

// The sweep reads the table in portions and rests in between, so that it never takes much of a core from those who wait.
const (
	sweepEvery = 24 * time.Hour
	sweepPage  = 256
	sweepRest  = 20 * time.Millisecond
)

// sweepDaily removes what is too old to be seen, now and every day until ctx ends. Nobody sees it in the meantime either.
func (s *Shadows) sweepDaily(ctx context.Context) {
	for {
		if err := s.sweep(ctx); err != nil && ctx.Err() == nil {
			s.needs.Diary.Error("old revisions of shadows could not be removed; it is tried again tomorrow", "error", err)
		}
		if !rest(ctx, sweepEvery) {
			return
		}
	}
}

// sweep walks all revisions once.
func (s *Shadows) sweep(ctx context.Context) error {
	old, at := s.newAge(), state.Key{}
	for {
		var rows []*revision
		err := s.needs.State.View(ctx, func(tx *state.Tx) (err error) {
			rows, at, err = revisions.Page(tx, state.Key{}, at, sweepPage)
			return err
		})
		if err != nil {
			return err
		}
		var gone []state.Key
		for _, r := range rows {
			if old.over(r, time.Now()) {
				gone = append(gone, revisions.Key(r))
			}
		}
		if err := s.discard(ctx, gone); err != nil || at.IsZero() {
			return err
		}
		if !rest(ctx, sweepRest) {
			return nil
		}
	}
}

// discard removes revisions. Nobody changes a revision, so none of them can have become interesting again.
func (s *Shadows) discard(ctx context.Context, gone []state.Key) error {
	if len(gone) == 0 {
		return nil
	}
	return s.needs.State.Update(ctx, func(tx *state.Tx) error {
		for _, k := range gone {
			if err := revisions.Delete(tx, k); err != nil && !errors.Is(err, state.ErrNotFound) {
				return err
			}
		}
		return nil
	})
}

// rest waits, and reports false if ctx ended.
func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
