package jobs

import (
	"context"

	"telltale/base/caller"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// deletionsMost is how many jobs may be in deletion at the same time. (aws: iot/API_DeleteJob)
const deletionsMost = 10

// DeleteJob deletes a job that is at its end, or with force any, with its executions: as far as one transaction should, the rest follows.
// (aws: iot/API_DeleteJob)
func (s *Jobs) DeleteJob(ctx context.Context, in *iot.DeleteJobInput) (*iot.DeleteJobOutput, error) {
	return outcome("DeleteJob", &iot.DeleteJobOutput{}, s.update(ctx, func(c *change) error {
		j, err := c.jobIn(caller.From(ctx).Scope, in.JobId, in.NamespaceId)
		switch {
		case err != nil:
			return err
		case j.Status == iot.JobStatusDeletionInProgress:
			return nil
		case !j.terminal() && !value(in.Force):
			return contrary("The job %s cannot be deleted: its status is %s. Delete it with force, or cancel it before.", j.ID, j.Status)
		}
		n, err := jobs.CountIndex(c.tx, "status", at(j.Scope, iot.JobStatusDeletionInProgress))
		if err != nil {
			return err
		}
		if n >= deletionsMost {
			return overLimit("There are %d jobs in deletion already, the most that are allowed at the same time.", n)
		}
		if err := c.beginDeletion(j); err != nil {
			return err
		}
		return c.advance(j)
	}))
}

// beginDeletion marks a job to be deleted.
func (c *change) beginDeletion(j *job) error {
	c.setStatus(j, iot.JobStatusDeletionInProgress)
	c.again(j)
	if err := c.freeSlot(j); err != nil {
		return err
	}
	if err := c.announceJob(j, "deletion_in_progress"); err != nil {
		return err
	}
	return c.putJob(j)
}

// dismantle removes the next portion of what belongs to a job, and at last the job itself; then it has no time to be woken.
func (c *change) dismantle(j *job) error {
	done, err := c.forgetWaiting(j, portion)
	if err != nil || !done {
		c.again(j)
		return err
	}
	n := 0
	for e, err := range executions.Scan(c.tx, at(j.Scope, j.ID), state.Key{}, portion) {
		if err != nil {
			return err
		}
		if err := c.erase(e); err != nil {
			return err
		}
		n++
	}
	if n == portion {
		c.again(j)
		return nil
	}
	return c.forget(j)
}

// forget removes a job that has no executions any more.
func (c *change) forget(j *job) error {
	if err := c.announceJob(j, "deleted"); err != nil {
		return err
	}
	for _, remove := range []func() error{
		func() error { return jobs.Delete(c.tx, jobs.Key(j)) },
		func() error { return texts.Delete(c.tx, at(j.Scope, j.ID)) },
		func() error { return tallies.Delete(c.tx, at(j.Scope, j.ID)) },
		func() error { return c.needs.Registry.DropTags(c.tx, j.Scope, "job/"+j.ID) },
	} {
		if err := remove(); err != nil && !isAbsent(err) {
			return err
		}
	}
	c.jobs[jobKey{j.Scope, j.ID}] = nil
	delete(c.tallies, jobKey{j.Scope, j.ID})
	return nil
}

// DeleteJobExecution deletes an execution that is at its end, or with force any. (aws: iot/API_DeleteJobExecution)
func (s *Jobs) DeleteJobExecution(ctx context.Context, in *iot.DeleteJobExecutionInput) (*iot.DeleteJobExecutionOutput, error) {
	return outcome("DeleteJobExecution", &iot.DeleteJobExecutionOutput{}, s.update(ctx, func(c *change) error {
		scope := caller.From(ctx).Scope
		if in.ExecutionNumber < 1 {
			return invalid("The executionNumber %d is not allowed: it must be at least 1.", in.ExecutionNumber)
		}
		if _, err := c.jobIn(scope, in.JobId, in.NamespaceId); err != nil {
			return err
		}
		j, e, err := c.executionOf(scope, in.JobId, in.ThingName, in.ExecutionNumber)
		if err != nil {
			return err
		}
		if !e.Status.terminal() && !value(in.Force) {
			return contrary("The execution %d of the job %s on the thing %s cannot be deleted: its status is %s. Delete it with force, or cancel it before.", e.Number, j.ID, e.Thing, e.Status)
		}
		if err := c.erase(e); err != nil {
			return err
		}
		if err := c.announceExecution(e, deleted); err != nil {
			return err
		}
		return c.complete(j)
	}))
}
