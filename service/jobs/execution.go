package jobs

import (
	"time"

	"telltale/base/caller"
	"telltale/store/state"
)

// cause is who lets an execution change, and why.
type cause struct {
	by      actor
	why     string            // a sentence for the history
	origin  caller.Origin     // of the request, if there was one
	details map[string]string // the new status details; nil: they stay
	step    time.Duration     // of the step timer; 0: it stays, negative: there is none any more
}

// queue makes the execution of a job that is queued for a thing, or does nothing if one is pending: it reports whether it made one.
// after is the execution that is tried again, nil if the job is new to the thing.
func (c *change) queue(j *job, thing string, after *execution, why string) (bool, error) {
	last, err := c.latest(j.Scope, j.ID, thing)
	if err != nil || last != nil && !last.Status.terminal() {
		return false, err
	}
	e := &execution{Scope: j.Scope, Job: j.ID, Thing: thing, Number: 1, Status: queued, Version: 1, Queued: c.now, Updated: c.now}
	if last != nil {
		e.Number = last.Number + 1
	}
	if after != nil {
		e.countRetry(after)
	}
	if err := executions.Insert(c.tx, e); err != nil {
		return false, err
	}
	if err := c.count(e, none, last); err != nil {
		return false, err
	}
	if err := c.say(e, happening{What: happenedStatus, By: byRollout, To: queued, Why: why}); err != nil {
		return false, err
	}
	return true, c.mark(e, true)
}

// move is the one way in which an execution changes its status, or only its details. It returns a *refusal, and changes nothing, if the
// table of transitions does not allow it.
func (c *change) move(j *job, e *execution, to status, why cause) error {
	if r := checkTransition(e.Status, to, why.by); r != nil {
		return r
	}
	from := e.Status
	e.enter(j, to, why, c.now)
	if err := executions.Put(c.tx, e); err != nil {
		return err
	}
	if err := c.count(e, from, nil); err != nil {
		return err
	}
	if err := c.say(e, happening{What: happenedStatus, By: why.by, From: from, To: to, Why: why.why}.of(&why.origin)); err != nil {
		return err
	}
	c.timed = c.timed || !e.deadline().IsZero()
	if from != to { // the list of pending executions changes only at an end, its first one perhaps earlier
		if err := c.mark(e, to.terminal()); err != nil {
			return err
		}
	}
	if !to.terminal() {
		return nil
	}
	if err := c.announceExecution(e, to); err != nil {
		return err
	}
	if err := c.retry(j, e); err != nil {
		return err
	}
	return c.settled(j, e)
}

// enter changes the execution itself.
func (e *execution) enter(j *job, to status, why cause, now time.Time) {
	if e.Status == queued && to == inProgress {
		e.Started = now
		if j.Timeout > 0 {
			e.Deadline = now.Add(time.Duration(j.Timeout) * time.Minute)
		}
	}
	e.Status, e.Updated = to, now
	e.Version++
	if why.details != nil {
		e.Details = why.details
	}
	if why.by == byForce {
		e.ForceCanceled = true
	}
	if to == inProgress {
		e.setStep(why.step, now)
	}
}

// setStep starts, replaces or ends the step timer.
func (e *execution) setStep(step time.Duration, now time.Time) {
	switch {
	case step > 0:
		e.StepDeadline = now.Add(step)
	case step < 0:
		e.StepDeadline = time.Time{}
	}
}

// erase removes an execution and its history. If it is pending, the thing is told that it is gone.
func (c *change) erase(e *execution) error {
	if err := executions.Delete(c.tx, executions.Key(e)); err != nil {
		return err
	}
	if err := c.uncount(e); err != nil {
		return err
	}
	if err := c.silence(e); err != nil {
		return err
	}
	if e.Status.terminal() {
		return nil
	}
	return c.mark(e, true)
}

// latest returns the newest execution of a thing, nil if there is none.
func (c *change) latest(s caller.Scope, job, thing string) (*execution, error) {
	for e, err := range executions.Scan(c.tx, at(s, job, thing), state.Key{}, 1) {
		return e, err
	}
	return nil, nil
}

// execution returns an execution by its number, or the newest if number is 0; nil if there is none.
func (c *change) execution(s caller.Scope, job, thing string, number int64) (*execution, error) {
	if number == 0 {
		return c.latest(s, job, thing)
	}
	return found(executions.Get(c.tx, at(s, job, thing, -number)))
}

// mustFind is execution, but it refuses one that does not exist.
func (c *change) mustFind(s caller.Scope, job, thing string, number int64) (*execution, error) {
	e, err := c.execution(s, job, thing, number)
	switch {
	case err != nil:
		return nil, err
	case e == nil && number > 0:
		return nil, refuse(resourceNotFound, "There is no execution %d of the job %s on the thing %s.", number, job, thing)
	case e == nil:
		return nil, refuse(resourceNotFound, "There is no execution of the job %s on the thing %s.", job, thing)
	}
	return e, nil
}

// pending lists the executions that a thing still has to do, in their order, up to limit (0: all).
func (c *change) pending(s caller.Scope, thing string, limit int) (list []*execution, err error) {
	for e, err := range executions.ScanIndex(c.tx, "thing", at(s, thing), state.Cursor{}, limit) {
		if err != nil {
			return nil, err
		}
		if e.Status.terminal() {
			break
		}
		list = append(list, e)
	}
	return list, nil
}

// count counts an execution that came from another status. replaced is the older one of the same thing that it makes forgotten.
func (c *change) count(e *execution, from status, replaced *execution) error {
	if from == e.Status {
		return nil
	}
	t, err := c.tally(e.Scope, e.Job)
	if err != nil {
		return err
	}
	t.changed = true
	t.came[e.Status]++
	t.add(from, e.Attempt, -1)
	t.add(e.Status, e.Attempt, 1)
	if replaced != nil {
		t.Things[replaced.Status]--
	}
	return nil
}

// uncount forgets an execution that is erased.
func (c *change) uncount(e *execution) error {
	t, err := c.tally(e.Scope, e.Job)
	if err != nil {
		return err
	}
	t.changed = true
	t.All[e.Status]--
	if e.Attempt == 0 {
		t.First[e.Status]--
	}
	last, err := c.latest(e.Scope, e.Job, e.Thing) // e is gone already
	switch {
	case err != nil:
		return err
	case last == nil:
		t.Things[e.Status]--
	case last.Number < e.Number: // the one before is now the newest
		t.Things[e.Status]--
		t.Things[last.Status]++
	}
	return nil
}

func (t *tally) add(s status, attempt, n int64) {
	if s == none {
		return
	}
	t.All[s] += n
	t.Things[s] += n
	if attempt == 0 {
		t.First[s] += n
	}
}
