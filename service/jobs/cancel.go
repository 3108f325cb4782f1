package jobs

import (
	"context"
	"fmt"

	"telltale/base/caller"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// CancelJob cancels a job: its queued executions, and with force those that are in progress. The job is CANCELED at once, its executions
// as far as one transaction should, the rest follows. Canceling again with force is allowed. (aws: iot/API_CancelJob)
func (s *Jobs) CancelJob(ctx context.Context, in *iot.CancelJobInput) (*iot.CancelJobOutput, error) {
	out, force := &iot.CancelJobOutput{}, value(in.Force)
	return outcome("CancelJob", out, s.update(ctx, func(c *change) error {
		j, err := c.knownJob(caller.From(ctx).Scope, in.JobId)
		if err != nil {
			return err
		}
		*out = iot.CancelJobOutput{JobArn: j.arn(), JobId: j.ID, Description: j.Description}
		switch {
		case j.Status == iot.JobStatusCanceled && (!force || j.ForceCanceled):
			return nil
		case j.terminal() && j.Status != iot.JobStatusCanceled:
			return invalid("The job %s cannot be canceled: its status is %s.", j.ID, j.Status)
		}
		if err := c.cancel(j, force, in.ReasonCode, in.Comment); err != nil {
			return err
		}
		return c.advance(j)
	}))
}

// cancel begins to cancel a job.
func (c *change) cancel(j *job, force bool, reason, comment string) error {
	j.Status, j.Updated, j.Completed = iot.JobStatusCanceled, c.now, c.now
	j.ReasonCode, j.Comment, j.ForceCanceled = reason, comment, j.ForceCanceled || force
	j.Progress.Clearing = true
	c.again(j)
	if err := c.announceJob(j, "cancellation_in_progress"); err != nil {
		return err
	}
	return c.putJob(j)
}

// clear cancels the next portion of executions of a job that is canceled.
func (c *change) clear(j *job) error {
	if mine, err := c.takeSlot(j); err != nil || !mine {
		return err
	}
	done, err := c.forgetWaiting(j, portion)
	if err != nil {
		return err
	}
	for _, part := range []struct {
		of    status
		by    actor
		wants bool
	}{{queued, byCancel, true}, {inProgress, byForce, j.ForceCanceled}} {
		if !part.wants || !done {
			continue
		}
		if done, err = c.cancelSome(j, part.of, part.by); err != nil {
			return err
		}
	}
	if !done {
		c.again(j)
		return nil
	}
	j.Progress.Clearing, j.Completed = false, c.now
	c.wakeAt(j, j.Completed.Add(retention))
	if err := c.announceJob(j, "canceled"); err != nil {
		return err
	}
	return c.freeSlot(j)
}

// cancelSome cancels a portion of a job's executions of a status, and reports whether none is left.
func (c *change) cancelSome(j *job, of status, by actor) (bool, error) {
	n := 0
	for e, err := range executions.ScanIndex(c.tx, "status", at(j.Scope, j.ID, of), state.Cursor{}, portion+1) {
		if err != nil {
			return false, err
		}
		if n++; n > portion {
			return false, nil
		}
		why := "the job was canceled"
		if j.Comment != "" {
			why += ": " + j.Comment
		}
		if err := c.move(j, e, canceled, cause{by: by, why: why}); err != nil {
			return false, err
		}
	}
	return true, nil
}

// CancelJobExecution cancels the execution of a job on a thing; one that is in progress only with force.
// (aws: iot/API_CancelJobExecution)
func (s *Jobs) CancelJobExecution(ctx context.Context, in *iot.CancelJobExecutionInput) (*iot.CancelJobExecutionOutput, error) {
	who := caller.From(ctx)
	return outcome("CancelJobExecution", &iot.CancelJobExecutionOutput{}, s.update(ctx, func(c *change) error {
		j, e, err := c.executionOf(who.Scope, in.JobId, in.ThingName, 0)
		if err != nil {
			return err
		}
		by := byCancel
		if value(in.Force) {
			by = byForce
		}
		if e.Status == inProgress && by == byCancel {
			return contrary("The execution of the job %s on the thing %s is IN_PROGRESS; cancel it with force.", j.ID, e.Thing)
		}
		if v := in.ExpectedVersion; v != nil && *v != e.Version {
			return versionConflict("The execution of the job %s on the thing %s has version %d, not the expected version %d.", j.ID, e.Thing, e.Version, *v)
		}
		if err := checkDetails(in.StatusDetails); err != nil {
			return invalid("%s", refusalOf(err).message)
		}
		origin := caller.Origin{Scope: who.Scope, Trace: caller.NewTrace(), PrincipalID: who.PrincipalID, SourceIP: who.SourceIP, SourcePort: uint16(who.SourcePort), Protocol: protocolHTTP}
		err = c.move(j, e, canceled, cause{by: by, why: fmt.Sprintf("CancelJobExecution by %s", who.PrincipalID), origin: origin, details: in.StatusDetails})
		if refused, ok := err.(*refusal); ok {
			return contrary("%s", refused.message)
		}
		return err
	}))
}

// executionOf returns an execution that exists, by its number or the newest if that is 0, and its job.
func (c *change) executionOf(s caller.Scope, id, thing string, number int64) (*job, *execution, error) {
	j, err := c.knownJob(s, id)
	if err != nil {
		return nil, nil, err
	}
	e, err := c.execution(s, id, thing, number)
	if err == nil && e == nil {
		err = missing(s, "execution of the job", fmt.Sprintf("%s on the thing %s", id, thing))
	}
	return j, e, err
}
