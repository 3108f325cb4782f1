package jobs

import (
	"cmp"
	"context"
	"slices"

	"telltale/base/caller"
	"telltale/lang/shape/iot"
)

// DescribeJob tells all about a job. (aws: iot/API_DescribeJob)
func (s *Jobs) DescribeJob(ctx context.Context, in *iot.DescribeJobInput) (*iot.DescribeJobOutput, error) {
	out := &iot.DescribeJobOutput{}
	return outcome("DescribeJob", out, s.view(ctx, func(c *change) error {
		j, err := c.knownJob(caller.From(ctx).Scope, in.JobId)
		if err != nil {
			return err
		}
		t, err := c.tally(j.Scope, j.ID)
		if err != nil {
			return err
		}
		out.DocumentSource, out.Job = j.DocumentSource, j.shape()
		out.Job.JobProcessDetails = j.processDetails(t.tally)
		if !j.terminal() {
			out.Job.ScheduledJobRollouts = j.Scheduling.Rollouts(c.now)
		}
		return nil
	}))
}

// shape is the job as DescribeJob shows it, without what it has to look up.
func (j *job) shape() *iot.Job {
	slot := j.Progress.Slot
	out := &iot.Job{
		JobArn: j.arn(), JobId: j.ID, TargetSelection: j.Selection, Status: j.Status, ReasonCode: j.ReasonCode, Comment: j.Comment,
		Targets: j.Targets, Description: j.Description, PresignedUrlConfig: j.Presign.Shape(), JobExecutionsRolloutConfig: j.Rollout.Shape(),
		AbortConfig: j.AbortShape(), CreatedAt: j.Created, LastUpdatedAt: j.Updated, CompletedAt: j.ending(), TimeoutConfig: j.TimeoutShape(),
		NamespaceId: j.Namespace, JobTemplateArn: j.Template, JobExecutionsRetryConfig: j.RetryShape(), DocumentParameters: j.Parameters,
		IsConcurrent: &slot, SchedulingConfig: j.Scheduling.Shape(),
	}
	if j.ForceCanceled {
		out.ForceCanceled = &j.ForceCanceled
	}
	return out
}

// processDetails counts the things of a job by where they stand.
func (j *job) processDetails(t *tally) *iot.JobProcessDetails {
	out := &iot.JobProcessDetails{
		NumberOfCanceledThings: number(t.Things[canceled]), NumberOfSucceededThings: number(t.Things[succeeded]),
		NumberOfFailedThings: number(t.Things[failed]), NumberOfRejectedThings: number(t.Things[rejected]),
		NumberOfQueuedThings: number(t.Things[queued]), NumberOfInProgressThings: number(t.Things[inProgress]),
		NumberOfRemovedThings: number(t.Things[removed]), NumberOfTimedOutThings: number(t.Things[timedOut]),
	}
	if j.Status == iot.JobStatusInProgress && !j.Progress.Done {
		out.ProcessingTargets = slices.Clone(j.Targets)
	}
	return out
}

// GetJobDocument returns the document of a job, with parameters filled in unless it is asked for as it was before. URLs are presigned for
// devices only. (aws: iot/API_GetJobDocument)
func (s *Jobs) GetJobDocument(ctx context.Context, in *iot.GetJobDocumentInput) (*iot.GetJobDocumentOutput, error) {
	out := &iot.GetJobDocumentOutput{}
	return outcome("GetJobDocument", out, s.view(ctx, func(c *change) error {
		j, err := c.knownJob(caller.From(ctx).Scope, in.JobId)
		if err != nil {
			return err
		}
		t, err := texts.Get(c.tx, at(j.Scope, j.ID))
		if err != nil {
			return err
		}
		if out.Document = t.Document; value(in.BeforeSubstitution) {
			out.Document = cmp.Or(t.Original, t.Document)
		}
		return nil
	}))
}

// ListJobs lists jobs, the newest first: all, or those of a status, a selection, a namespace or a thing group.
// (aws: iot/API_ListJobs)
func (s *Jobs) ListJobs(ctx context.Context, in *iot.ListJobsInput) (*iot.ListJobsOutput, error) {
	out := &iot.ListJobsOutput{}
	return outcome("ListJobs", out, s.view(ctx, func(c *change) (err error) {
		scope := caller.From(ctx).Scope
		index, prefix := "newest", at(scope)
		groupID := ""
		switch {
		case in.ThingGroupName != "":
			if groupID, err = c.needs.Registry.GroupID(c.tx, scope, in.ThingGroupName); err != nil {
				return err
			}
			if groupID == "" {
				return missing(scope, "thing group", in.ThingGroupName)
			}
			if in.ThingGroupId != "" && in.ThingGroupId != groupID {
				return invalid("The thingGroupName %s and the thingGroupId %s contradict each other.", in.ThingGroupName, in.ThingGroupId)
			}
			index, prefix = "group", at(scope, in.ThingGroupName)
		case in.ThingGroupId != "":
			return invalid("The thingGroupId needs a thingGroupName.")
		case in.Status != "":
			index, prefix = "status", at(scope, in.Status)
		}
		keep := func(j *job) bool {
			return (in.Status == "" || j.Status == in.Status) && (in.TargetSelection == "" || j.Selection == in.TargetSelection) &&
				(in.NamespaceId == "" || j.Namespace == in.NamespaceId)
		}
		out.Jobs, out.NextToken, err = indexPage(c.tx, pages{"ListJobs", in.NextToken, in.MaxResults}, &jobs, index, prefix, keep, func(j *job) iot.JobSummary {
			slot := j.Progress.Slot
			return iot.JobSummary{JobArn: j.arn(), JobId: j.ID, ThingGroupId: groupID, TargetSelection: j.Selection, Status: j.Status,
				CreatedAt: j.Created, LastUpdatedAt: j.Updated, CompletedAt: j.ending(), IsConcurrent: &slot}
		})
		return err
	}))
}

// number is n as shapes have it.
func number(n int64) *int32 {
	small := int32(n)
	return &small
}
