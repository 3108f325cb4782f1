package jobs

import (
	"context"
	"time"

	"telltale/base/caller"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// DescribeExecution tells operators of an execution, the newest of the thing unless a number is given. It is the control plane's
// DescribeJobExecution; the method of that name is the devices'. (aws: iot/API_DescribeJobExecution)
func (s *Jobs) DescribeExecution(ctx context.Context, in *iot.DescribeJobExecutionInput) (*iot.DescribeJobExecutionOutput, error) {
	out := &iot.DescribeJobExecutionOutput{}
	return outcome("DescribeJobExecution", out, s.view(ctx, func(c *change) error {
		_, e, err := c.executionOf(caller.From(ctx).Scope, in.JobId, in.ThingName, value(in.ExecutionNumber))
		if err != nil {
			return err
		}
		forced := e.ForceCanceled
		out.Execution = &iot.JobExecution{
			JobId: e.Job, Status: string(e.Status), ForceCanceled: &forced, ThingArn: thingARN(e.Scope, e.Thing), QueuedAt: e.Queued,
			StartedAt: e.Started, LastUpdatedAt: e.Updated, ExecutionNumber: &e.Number, VersionNumber: &e.Version,
			StatusDetails: &iot.JobExecutionStatusDetails{DetailsMap: e.Details},
		}
		if d := e.deadline(); !d.IsZero() {
			left := max(0, int64(d.Sub(c.now)/time.Second))
			out.Execution.ApproximateSecondsBeforeTimedOut = &left
		}
		return nil
	}))
}

// briefly is an execution as listings show it.
func (e *execution) briefly() *iot.JobExecutionSummary {
	return &iot.JobExecutionSummary{Status: string(e.Status), QueuedAt: e.Queued, StartedAt: e.Started, LastUpdatedAt: e.Updated,
		ExecutionNumber: &e.Number, RetryAttempt: number(e.Attempt)}
}

// ListJobExecutionsForJob lists the executions of a job, all or those of a status. (aws: iot/API_ListJobExecutionsForJob)
func (s *Jobs) ListJobExecutionsForJob(ctx context.Context, in *iot.ListJobExecutionsForJobInput) (*iot.ListJobExecutionsForJobOutput, error) {
	const op = "ListJobExecutionsForJob"
	out := &iot.ListJobExecutionsForJobOutput{}
	return outcome(op, out, s.view(ctx, func(c *change) error {
		j, err := c.knownJob(caller.From(ctx).Scope, in.JobId)
		if err != nil {
			return err
		}
		p, show := pages{op, in.NextToken, in.MaxResults}, func(e *execution) iot.JobExecutionSummaryForJob {
			return iot.JobExecutionSummaryForJob{ThingArn: thingARN(e.Scope, e.Thing), JobExecutionSummary: e.briefly()}
		}
		if in.Status == "" {
			out.ExecutionSummaries, out.NextToken, err = scanPage(c.tx, p, &executions, at(j.Scope, j.ID), nil, show)
		} else {
			out.ExecutionSummaries, out.NextToken, err = indexPage(c.tx, p, &executions, "status", at(j.Scope, j.ID, in.Status), nil, show)
		}
		return err
	}))
}

// ListJobExecutionsForThing lists the executions of a thing, the pending ones first: all, or those of a status, a namespace or a job.
// (aws: iot/API_ListJobExecutionsForThing)
func (s *Jobs) ListJobExecutionsForThing(ctx context.Context, in *iot.ListJobExecutionsForThingInput) (*iot.ListJobExecutionsForThingOutput, error) {
	const op = "ListJobExecutionsForThing"
	out, scope := &iot.ListJobExecutionsForThingOutput{}, caller.From(ctx).Scope
	return outcome(op, out, s.view(ctx, func(c *change) (err error) {
		if err := c.knownThing(scope, in.ThingName); err != nil {
			return err
		}
		var failed error
		keep := func(e *execution) bool {
			if in.Status != "" && string(e.Status) != in.Status {
				return false
			}
			if in.NamespaceId == "" {
				return true
			}
			j, err := c.job(scope, e.Job)
			if err != nil {
				failed = err
			}
			return j != nil && j.Namespace == in.NamespaceId
		}
		p, show := pages{op, in.NextToken, in.MaxResults}, func(e *execution) iot.JobExecutionSummaryForThing {
			return iot.JobExecutionSummaryForThing{JobId: e.Job, JobExecutionSummary: e.briefly()}
		}
		if in.JobId == "" {
			out.ExecutionSummaries, out.NextToken, err = indexPage(c.tx, p, &executions, "thing", at(scope, in.ThingName), keep, show)
		} else {
			out.ExecutionSummaries, out.NextToken, err = scanPage(c.tx, p, &executions, at(scope, in.JobId, in.ThingName), keep, show)
		}
		if err == nil {
			err = failed
		}
		return err
	}))
}

// knownThing refuses a thing that neither exists nor has executions from when it did.
func (c *change) knownThing(s caller.Scope, thing string) error {
	has, err := c.needs.Registry.HasThing(c.tx, s, thing)
	if err != nil || has {
		return err
	}
	for _, err := range executions.ScanIndex(c.tx, "thing", at(s, thing), state.Cursor{}, 1) {
		return err
	}
	return missing(s, "thing", thing)
}
