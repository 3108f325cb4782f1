package jobs

import (
	"errors"

	"telltale/base/caller"
)

// do does a request, or fails it. It returns an error if the whole transaction has failed.
func (c *change) do(r *request) error {
	c.now = r.at
	err := r.err
	if err == nil {
		err = c.perform(r)
		r.err = err
	}
	refused, isRefusal := errors.AsType[*refusal](err)
	if !isRefusal {
		return err
	}
	return c.remember(r, refused)
}

func (c *change) perform(r *request) error {
	switch r.verb {
	case getPending:
		return c.getPending(r)
	case describe:
		return c.describe(r)
	case startNext:
		return c.startNext(r)
	}
	return c.updateExecution(r)
}

// maxPending is how many executions a list of pending ones may have. (aws: iot/API_iot-jobs-data_GetPendingJobExecutions)
const maxPending = 250

func (c *change) getPending(r *request) (err error) {
	r.pending, err = c.pending(r.scope, r.thing, maxPending)
	return err
}

func (c *change) describe(r *request) (err error) {
	if r.job == nextJob {
		r.execution, err = c.next(r.scope, r.thing)
	} else {
		r.execution, err = c.mustFind(r.scope, r.job, r.thing, r.number)
	}
	if err != nil || r.execution == nil {
		return err
	}
	return c.tellDocument(r)
}

// next is the first pending execution of a thing, nil if there is none.
func (c *change) next(s caller.Scope, thing string) (*execution, error) {
	list, err := c.pending(s, thing, 1)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list[0], nil
}

// startNext starts the first pending execution. One that is in progress already keeps its details; its step timer starts again.
func (c *change) startNext(r *request) (err error) {
	if r.execution, err = c.next(r.scope, r.thing); err != nil || r.execution == nil {
		return err
	}
	r.job = r.execution.Job
	if r.execution.Status == queued {
		err = c.moveAs(r, inProgress, "the thing started the next pending execution")
	} else {
		err = c.restartStep(r)
	}
	if err != nil {
		return err
	}
	return c.tellDocument(r)
}

// moveAs changes the status of the execution as a request asks.
func (c *change) moveAs(r *request, to status, why string) error {
	j, err := c.job(r.scope, r.execution.Job)
	switch {
	case err != nil:
		return err
	case j == nil:
		return refuse(resourceNotFound, "There is no job %s.", r.execution.Job)
	}
	return c.move(j, r.execution, to, cause{by: byDevice, why: why, origin: r.origin, details: r.details, step: r.stepTimer()})
}

// restartStep replaces the step timer of an execution that is in progress.
func (c *change) restartStep(r *request) error {
	if r.step == nil {
		return nil
	}
	r.execution.setStep(r.stepTimer(), c.now)
	c.timed = true
	if err := executions.Put(c.tx, r.execution); err != nil {
		return err
	}
	return c.say(r.execution, happening{What: happenedTimer, By: byDevice, Why: "the step timer was started again"}.of(&r.origin))
}

// updateExecution changes an execution as its thing reports.
func (c *change) updateExecution(r *request) (err error) {
	if r.execution, err = c.mustFind(r.scope, r.job, r.thing, r.number); err != nil {
		return err
	}
	if refused := checkTransition(r.execution.Status, r.status, byDevice); refused != nil {
		return refused
	}
	if r.expected != nil && *r.expected != r.execution.Version {
		return refuse(versionMismatch, "The expectedVersion is %d, but the version of the job execution is %d.", *r.expected, r.execution.Version)
	}
	if err := c.moveAs(r, r.status, "the thing reported it"); err != nil {
		return err
	}
	if r.wantDocument {
		return c.tellDocument(r)
	}
	return nil
}

// tellDocument puts the document into the answer if it is wanted.
func (c *change) tellDocument(r *request) (err error) {
	if !r.wantDocument {
		return nil
	}
	if r.of, err = c.job(r.scope, r.execution.Job); err != nil {
		return err
	}
	r.document, err = c.document(r.scope, r.execution.Job)
	return err
}

// remember writes why a change was refused into the history of the execution, if there is one.
func (c *change) remember(r *request, refused *refusal) error {
	if r.verb != update {
		return nil
	}
	if r.execution == nil {
		var err error
		if r.execution, err = c.execution(r.scope, r.job, r.thing, r.number); err != nil || r.execution == nil {
			return err
		}
	}
	e := r.execution
	return c.say(e, happening{What: happenedRefusal, By: byDevice, From: e.Status, To: r.status, Code: refused.code.mqtt, Why: refused.message}.of(&r.origin))
}
