package jobs

import (
	"fmt"
	"time"

	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// roll does what there is to do for a job that is not at an end.
//
// Without a jobExecutionsRolloutConfig there is no rate: all things are told at once. AWS tells about 1000 things a minute then, which
// is a property of its service and not of the job.
func (c *change) roll(j *job) error {
	switch x := j.Scheduling; {
	case j.Scheduling.Ended(c.now):
		return c.endSchedule(j)
	case x != nil && c.now.Before(x.Start):
		c.setStatus(j, iot.JobStatusScheduled)
		c.wakeAt(j, x.Start)
		return nil
	}
	c.wakeAtTurn(j)
	if !j.Scheduling.Opened(c.now) {
		c.setStatus(j, iot.JobStatusScheduled)
		return c.freeSlot(j)
	}
	c.setStatus(j, iot.JobStatusInProgress)
	if done, err := c.releaseRetries(j, portion); err != nil || !done {
		c.again(j)
		return err
	}
	if j.Progress.Done {
		return c.finish(j)
	}
	if mine, err := c.takeSlot(j); err != nil || !mine {
		return err
	}
	if err := c.walk(j); err != nil {
		return err
	}
	if j.Progress.Target < len(j.Targets) {
		c.again(j)
		return nil
	}
	return c.release(j)
}

// setStatus changes the status of a job.
func (c *change) setStatus(j *job, status string) {
	if j.Status != status {
		j.Status, j.Updated = status, c.now
	}
}

// walk goes on through the targets of a job and finds the things that are to be told. Where the job has no rate, they are told.
func (c *change) walk(j *job) error {
	p := &j.Progress
	for room := portion; room > 0 && p.Target < len(j.Targets); {
		target := j.Targets[p.Target]
		things, next, err := c.thingsOf(j, target, room)
		if err != nil {
			return err
		}
		for _, thing := range things {
			if err := c.meet(j, thing, target); err != nil {
				return err
			}
		}
		if p.After = next; next.IsZero() {
			p.Target++
		}
		room -= max(len(things), 1)
	}
	return nil
}

// thingsOf lists the next things of the target that is walked through.
func (c *change) thingsOf(j *job, target string, limit int) ([]string, state.Cursor, error) {
	if group := targetName(target, "thinggroup"); group != "" {
		return c.needs.Registry.ThingsWithin(c.tx, j.Scope, group, j.Progress.After, limit)
	}
	thing := targetName(target, "thing")
	has, err := c.needs.Registry.HasThing(c.tx, j.Scope, thing)
	if err != nil || !has {
		return nil, state.Cursor{}, err
	}
	return []string{thing}, state.Cursor{}, nil
}

// meet tells a thing that was found, or lets it wait for its turn if the job has a rate.
func (c *change) meet(j *job, thing, target string) error {
	if j.Rollout == nil {
		made, err := c.reach(j, thing, "rollout: the job reached the thing through "+targetWords(target)+", without a limit of the rate")
		if made {
			j.Progress.Told++
		}
		return err
	}
	return c.wait(j, thing, target)
}

// wait lets a thing wait for its turn, unless the job has told it.
func (c *change) wait(j *job, thing, target string) error {
	last, err := c.latest(j.Scope, j.ID, thing)
	if err != nil || last != nil && !last.again() {
		return err
	}
	return waitings.Put(c.tx, &waiting{Scope: j.Scope, Job: j.ID, Thing: thing, Target: target})
}

// reach makes the execution of a thing, unless the job has told it already.
func (c *change) reach(j *job, thing, why string) (bool, error) {
	last, err := c.latest(j.Scope, j.ID, thing)
	if err != nil || last != nil && !last.again() {
		return false, err
	}
	return c.queue(j, thing, nil, why)
}

// again reports whether a thing that has had this execution is told anew when the job meets it.
func (e *execution) again() bool { return e.Status == removed || e.Left && e.Status.terminal() }

// release tells the things whose turn it is.
func (c *change) release(j *job) error {
	p := &j.Progress
	if p.Next.Before(c.now.Add(-2 * tick)) {
		p.Next = c.now // what was missed while nothing ran is not caught up with: that would exceed the rate
	}
	t, err := c.tally(j.Scope, j.ID)
	if err != nil {
		return err
	}
	n := 0
	for w, err := range waitings.Scan(c.tx, at(j.Scope, j.ID), state.Key{}, 0) {
		switch {
		case err != nil:
			return err
		case n == portion:
			c.again(j)
			return nil
		case p.Next.After(c.now):
			c.wakeAt(j, latest(p.Next, c.now.Add(tick)))
			return nil
		}
		n++
		if err := c.takeTurn(j, w, t.tally); err != nil {
			return err
		}
	}
	p.Done = true
	return c.finish(j)
}

// takeTurn tells a thing that waited.
func (c *change) takeTurn(j *job, w *waiting, t *tally) error {
	if err := waitings.Delete(c.tx, waitings.Key(w)); err != nil && !isAbsent(err) {
		return err
	}
	rate := j.rate(t)
	why := "rollout: the job reached the thing through " + targetWords(w.Target) + ", without a limit of the rate"
	if rate > 0 {
		why = fmt.Sprintf("rollout: the job reached the thing through %s, as number %d, at %.4g things per minute", targetWords(w.Target), j.Progress.Told+1, rate)
	}
	made, err := c.reach(j, w.Thing, why)
	if !made || err != nil {
		return err
	}
	j.Progress.Told++
	if rate > 0 {
		j.Progress.Next = j.Progress.Next.Add(time.Duration(float64(time.Minute) / rate))
	}
	return nil
}

// rate is how many things the job may tell per minute now; 0 is any number.
func (j *job) rate(t *tally) float64 { return j.Rollout.Rate(j.Progress.Told, t.Things[succeeded]) }

// finish ends the rollout of a job that has told all its things, and the job itself if nothing is left to do.
func (c *change) finish(j *job) error {
	if err := c.freeSlot(j); err != nil {
		return err
	}
	return c.complete(j)
}

// latest is the later of two times.
func latest(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
