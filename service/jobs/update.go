package jobs

import (
	"context"

	"telltale/base/caller"
	"telltale/lang/shape/iot"
)

// UpdateJob changes those settings of a job that are given. Timers that run already stay as they are. (aws: iot/API_UpdateJob)
func (s *Jobs) UpdateJob(ctx context.Context, in *iot.UpdateJobInput) (*iot.UpdateJobOutput, error) {
	return outcome("UpdateJob", &iot.UpdateJobOutput{}, s.update(ctx, func(c *change) error {
		j, err := c.jobIn(caller.From(ctx).Scope, in.JobId, in.NamespaceId)
		if err != nil {
			return err
		}
		if j.terminal() {
			return invalid("The job %s cannot be updated: its status is %s.", j.ID, j.Status)
		}
		if err := j.Apply(in.PresignedUrlConfig, in.JobExecutionsRolloutConfig, in.AbortConfig, in.TimeoutConfig, in.JobExecutionsRetryConfig); err != nil {
			return err
		}
		if in.Description != "" {
			j.Description = in.Description
		}
		if in.JobExecutionsRolloutConfig != nil {
			j.Progress.Next = c.now // the pause that the old rate made is over
		}
		j.Updated = c.now
		c.again(j)
		return c.putJob(j)
	}))
}

// AssociateTargetsWithJob adds targets to a continuous job that rolls out. (aws: iot/API_AssociateTargetsWithJob)
func (s *Jobs) AssociateTargetsWithJob(ctx context.Context, in *iot.AssociateTargetsWithJobInput) (*iot.AssociateTargetsWithJobOutput, error) {
	out := &iot.AssociateTargetsWithJobOutput{}
	return outcome("AssociateTargetsWithJob", out, s.update(ctx, func(c *change) error {
		j, err := c.jobIn(caller.From(ctx).Scope, in.JobId, in.NamespaceId)
		switch {
		case err != nil:
			return err
		case j.Selection != iot.TargetSelectionContinuous:
			return invalid("The job %s cannot have more targets: it is a %s job, only a CONTINUOUS one can.", j.ID, j.Selection)
		case j.Status != iot.JobStatusInProgress || j.Scheduling.Ended(c.now):
			return invalid("The job %s cannot have more targets: its status is %s, it must be IN_PROGRESS and its schedule not over.", j.ID, j.Status)
		}
		if j.Targets, err = c.readTargets(j.Scope, j.Targets, in.Targets); err != nil {
			return err
		}
		*out = iot.AssociateTargetsWithJobOutput{JobArn: j.arn(), JobId: j.ID, Description: j.Description}
		j.Updated, j.Progress.Done = c.now, false
		if in.Comment != "" {
			j.Comment = in.Comment
		}
		return c.advance(j)
	}))
}
