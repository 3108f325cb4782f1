package jobs

import (
	"time"

	"telltale/base/caller"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// settled is told of every execution that has come to its end, in the same change: the job may be at its end, too.
func (c *change) settled(j *job, _ *execution) error {
	if j.terminal() {
		return nil
	}
	if aborted, err := c.abort(j); err != nil || aborted {
		return err
	}
	return c.complete(j)
}

// open reports whether a job rolls out now.
func (c *change) open(j *job) bool { return !j.terminal() && j.Scheduling.Opened(c.now) }

// complete ends a job that has nothing left to do. A continuous job waits for things that may still join, until its schedule ends.
func (c *change) complete(j *job) error {
	ended := j.Scheduling.Ended(c.now)
	if j.terminal() || !j.Progress.Done || j.Selection == iot.TargetSelectionContinuous && !ended {
		return nil
	}
	t, err := c.tally(j.Scope, j.ID)
	if err != nil || t.All[queued]+t.All[inProgress] > 0 {
		return err
	}
	if n, err := executions.CountIndex(c.tx, "waiting", at(j.Scope, j.ID)); err != nil || n > 0 && !ended {
		return err
	}
	j.Completed = c.now
	c.setStatus(j, iot.JobStatusCompleted)
	if err := c.freeSlot(j); err != nil {
		return err
	}
	j.Wake = time.Time{}
	c.wakeAt(j, j.Completed.Add(retention))
	if err := c.announceJob(j, "completed"); err != nil {
		return err
	}
	c.record(caller.Origin{Scope: j.Scope, Trace: caller.NewTrace()}, newFinalCount(t.tally))
	return c.putJob(j)
}

// forgetWaiting lets up to limit things wait no longer, and reports whether none waits.
func (c *change) forgetWaiting(j *job, limit int) (bool, error) {
	n := 0
	for w, err := range waitings.Scan(c.tx, at(j.Scope, j.ID), state.Key{}, limit+1) {
		if err != nil {
			return false, err
		}
		if n++; n > limit {
			return false, nil
		}
		if err := waitings.Delete(c.tx, waitings.Key(w)); err != nil {
			return false, err
		}
	}
	return true, nil
}
