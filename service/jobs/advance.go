package jobs

import (
	"context"
	"fmt"
	"time"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

const (
	portion   = 250                  // executions that one change makes, moves or removes
	tick      = time.Second          // how often a rollout with a rate goes on
	retention = 730 * 24 * time.Hour // how long a job that is at its end is kept (aws: general/iot_device_management#job-limits)
	trouble   = time.Minute          // until a job is tried again that could not be advanced, or found no place
)

// advance does the next portion of what there is to do for a job, and notes when to go on.
//
// What is to be done, and how far it has come, is all in the job and its rows: after a crash it goes on where the last durable change
// left it.
func (c *change) advance(j *job) error {
	j.Wake = time.Time{}
	var err error
	switch {
	case j.Status == iot.JobStatusDeletionInProgress:
		err = c.dismantle(j)
		if j.Wake.IsZero() || err != nil {
			return err // the job is gone
		}
	case !j.terminal():
		err = c.roll(j)
	case j.Progress.Clearing:
		err = c.clear(j)
	case c.now.Before(j.Completed.Add(retention)):
		c.wakeAt(j, j.Completed.Add(retention))
	default:
		err = c.beginDeletion(j)
	}
	if err != nil {
		return err
	}
	return c.putJob(j)
}

// wakeAt lets a job be advanced at a time, unless that happens earlier anyway.
func (c *change) wakeAt(j *job, t time.Time) {
	if j.Wake.IsZero() || t.Before(j.Wake) {
		j.Wake = t
	}
	j.Wake = latest(j.Wake, c.now)
	c.then(c.rollouts.up)
}

// again lets a job be advanced as soon as others had their turn.
func (c *change) again(j *job) { c.wakeAt(j, c.now) }

// takeSlot reports whether a job may roll out or cancel now. If too many do already, it is woken when one of them is done.
func (c *change) takeSlot(j *job) (bool, error) {
	if j.Progress.Slot {
		return true, nil
	}
	n, err := jobs.CountIndex(c.tx, "slot", at(j.Scope))
	if err != nil {
		return false, err
	}
	if n >= c.cfg.Concurrent {
		if j.Progress.Parked.IsZero() {
			j.Progress.Parked = c.now
		}
		c.wakeAt(j, c.now.Add(trouble)) // if the one that is woken for the free place does not take it
		return false, nil
	}
	j.Progress.Slot, j.Progress.Parked = true, time.Time{}
	return true, nil
}

// freeSlot lets the next job roll out that waits to.
func (c *change) freeSlot(j *job) error {
	j.Progress.Parked = time.Time{}
	if !j.Progress.Slot {
		return nil
	}
	j.Progress.Slot = false
	for next, err := range jobs.ScanIndex(c.tx, "parked", at(j.Scope), state.Cursor{}, 2) {
		if err != nil {
			return err
		}
		if next.ID == j.ID {
			continue
		}
		if next, err = c.job(next.Scope, next.ID); err != nil || next == nil {
			return err
		}
		next.Progress.Parked = time.Time{}
		c.again(next)
		return c.putJob(next)
	}
	return nil
}

// rollOut advances jobs until ctx ends.
func (s *Jobs) rollOut(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-s.rollouts:
		case <-ctx.Done():
			return
		}
		next, err := s.advanceDue(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			s.needs.Diary.Error("jobs could not be rolled out; it is tried again", "error", err)
			timer.Reset(retryPause)
		case next.IsZero():
			timer.Stop()
		default:
			timer.Reset(time.Until(next))
		}
	}
}

// advanceDue advances every job whose time has come, each by a portion in turn, and returns when the next one's comes; zero if none's
// does.
func (s *Jobs) advanceDue(ctx context.Context) (next time.Time, err error) {
	for ctx.Err() == nil {
		j, err := s.soonest(ctx)
		if err != nil || j == nil {
			return time.Time{}, err
		}
		if j.Wake.After(time.Now()) {
			return j.Wake, nil
		}
		if err := s.advanceOne(ctx, j); err != nil {
			return time.Time{}, err
		}
	}
	return time.Time{}, nil
}

// soonest is the job to be advanced next, nil if there is none.
func (s *Jobs) soonest(ctx context.Context) (first *job, err error) {
	err = s.view(ctx, func(c *change) error {
		for j, err := range jobs.ScanIndex(c.tx, "wake", state.Key{}, state.Cursor{}, 1) {
			first = j
			return err
		}
		return nil
	})
	return first, err
}

// advanceOne advances a job. One that cannot be advanced does not keep others from it: it is tried again later.
func (s *Jobs) advanceOne(ctx context.Context, which *job) error {
	err := s.updateJob(ctx, which, func(c *change, j *job) error { return c.advance(j) })
	if err == nil || ctx.Err() != nil {
		return nil
	}
	s.needs.Diary.Error("a job could not be advanced; it is tried again", "job", which.arn(), "after", trouble, "error", err)
	return s.updateJob(ctx, which, func(c *change, j *job) error {
		j.Wake = c.now.Add(trouble)
		return c.putJob(j)
	})
}

// updateJob runs f with a job, if it is still there.
func (s *Jobs) updateJob(ctx context.Context, which *job, f func(c *change, j *job) error) error {
	return s.update(ctx, func(c *change) error {
		j, err := c.job(which.Scope, which.ID)
		if err != nil || j == nil {
			return err
		}
		return f(c, j)
	})
}

// targetWords says through which target a thing was reached, for histories.
func targetWords(target string) string {
	if group := targetName(target, "thinggroup"); group != "" {
		return fmt.Sprintf("the thing group %s", group)
	}
	return "its own name"
}

func thingARN(s caller.Scope, thing string) string { return arn.IoT(s, "thing", thing) }

func groupARN(s caller.Scope, group string) string { return arn.IoT(s, "thinggroup", group) }
