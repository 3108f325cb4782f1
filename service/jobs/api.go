package jobs

import (
	"context"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iotjobsdata"
)

// GetPendingJobExecutions lists what a thing has to do. (aws: iot/API_iot-jobs-data_GetPendingJobExecutions)
func (s *Jobs) GetPendingJobExecutions(ctx context.Context, in *iotjobsdata.GetPendingJobExecutionsInput) (*iotjobsdata.GetPendingJobExecutionsOutput, error) {
	r := newRequest(ctx, address{in.ThingName, "", getPending}, ask{})
	if err := s.read(ctx, "GetPendingJobExecutions", r); err != nil {
		return nil, err
	}
	out := &iotjobsdata.GetPendingJobExecutionsOutput{InProgressJobs: []iotjobsdata.JobExecutionSummary{}, QueuedJobs: []iotjobsdata.JobExecutionSummary{}}
	for _, e := range r.pending {
		x := e.summary()
		shape := iotjobsdata.JobExecutionSummary{JobId: x.JobID, QueuedAt: &x.Queued, StartedAt: optional(x.Started), LastUpdatedAt: &x.Updated,
			VersionNumber: &x.Version, ExecutionNumber: &x.Execution}
		if e.Status == inProgress {
			out.InProgressJobs = append(out.InProgressJobs, shape)
		} else {
			out.QueuedJobs = append(out.QueuedJobs, shape)
		}
	}
	return out, nil
}

// DescribeJobExecution tells of an execution; the job $next is the first pending one. (aws: iot/API_iot-jobs-data_DescribeJobExecution)
func (s *Jobs) DescribeJobExecution(ctx context.Context, in *iotjobsdata.DescribeJobExecutionInput) (*iotjobsdata.DescribeJobExecutionOutput, error) {
	a := ask{wantDocument: in.IncludeJobDocument == nil || *in.IncludeJobDocument, number: value(in.ExecutionNumber)}
	r := newRequest(ctx, address{in.ThingName, in.JobId, describe}, a)
	if err := s.read(ctx, "DescribeJobExecution", r); err != nil {
		return nil, err
	}
	return &iotjobsdata.DescribeJobExecutionOutput{Execution: r.shape()}, nil
}

// StartNextPendingJobExecution starts the first pending execution and tells of it; without any the answer has none.
// (aws: iot/API_iot-jobs-data_StartNextPendingJobExecution)
func (s *Jobs) StartNextPendingJobExecution(ctx context.Context, in *iotjobsdata.StartNextPendingJobExecutionInput) (*iotjobsdata.StartNextPendingJobExecutionOutput, error) {
	a := ask{details: in.StatusDetails, step: in.StepTimeoutInMinutes, wantDocument: true}
	r := newRequest(ctx, address{in.ThingName, "", startNext}, a)
	if err := s.ask(ctx, "StartNextPendingJobExecution", r); err != nil {
		return nil, err
	}
	return &iotjobsdata.StartNextPendingJobExecutionOutput{Execution: r.shape()}, nil
}

// UpdateJobExecution changes the status of an execution, or only its details. (aws: iot/API_iot-jobs-data_UpdateJobExecution)
func (s *Jobs) UpdateJobExecution(ctx context.Context, in *iotjobsdata.UpdateJobExecutionInput) (*iotjobsdata.UpdateJobExecutionOutput, error) {
	a := ask{status: status(in.Status), details: in.StatusDetails, expected: in.ExpectedVersion, number: value(in.ExecutionNumber),
		wantState: value(in.IncludeJobExecutionState), wantDocument: value(in.IncludeJobDocument), step: in.StepTimeoutInMinutes}
	r := newRequest(ctx, address{in.ThingName, in.JobId, update}, a)
	if err := s.ask(ctx, "UpdateJobExecution", r); err != nil {
		return nil, err
	}
	out := &iotjobsdata.UpdateJobExecutionOutput{JobDocument: r.document}
	if r.wantState {
		x := r.execution.standing()
		out.ExecutionState = &iotjobsdata.JobExecutionState{Status: string(x.Status), StatusDetails: x.Details, VersionNumber: &x.Version}
	}
	return out, nil
}

// newRequest is the request of an API caller.
func newRequest(ctx context.Context, a address, asked ask) *request {
	who := caller.From(ctx)
	r := &request{address: a, ask: asked, scope: who.Scope, done: make(chan struct{}), topic: a.topic(), at: now(), origin: caller.Origin{
		Scope: who.Scope, Trace: caller.NewTrace(), PrincipalID: who.PrincipalID, SourceIP: who.SourceIP, SourcePort: uint16(who.SourcePort), Protocol: protocolHTTP,
	}}
	if r.err = a.check(); r.err == nil {
		r.err = asked.check(a.verb)
	}
	return r
}

// read does a request that changes nothing.
func (s *Jobs) read(ctx context.Context, op string, r *request) error {
	if err := s.view(ctx, func(c *change) error { return c.do(r) }); err != nil {
		r.Fail(err)
	}
	s.resolveDocument(ctx, r)
	s.recordRequest(r)
	return faultOf(op, r.err)
}

// ask lets a request be served. If ctx ends first, the change may happen all the same.
func (s *Jobs) ask(ctx context.Context, op string, r *request) error {
	if err := s.lanes.Add(r); err != nil {
		r.Fail(err)
		s.recordRequest(r)
		return faultOf(op, err)
	}
	select {
	case <-r.done:
	case <-ctx.Done():
		return fault.Wrap("jobs."+op, fault.Unavailable, ctx.Err())
	}
	return faultOf(op, r.err)
}

// shape is the execution that the answer tells of, nil if there is none.
func (r *request) shape() *iotjobsdata.JobExecution {
	if r.execution == nil {
		return nil
	}
	x := r.execution.describe("", r.at)
	return &iotjobsdata.JobExecution{JobId: x.JobID, ThingName: x.Thing, Status: string(x.Status), StatusDetails: x.Details, QueuedAt: &x.Queued,
		StartedAt: optional(x.Started), LastUpdatedAt: &x.Updated, ApproximateSecondsBeforeTimedOut: x.Remaining, VersionNumber: &x.Version,
		ExecutionNumber: &x.Execution, JobDocument: r.document}
}

// value is what p points to, or the zero value.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// optional is a time that an answer leaves out when it is not set.
func optional(seconds int64) *int64 {
	if seconds == 0 {
		return nil
	}
	return &seconds
}
