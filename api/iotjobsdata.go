package api

import (
	"telltale/lang/shape/iotjobsdata"
	"telltale/lang/wire"
	"telltale/service/jobs"
)

// iotjobsdataOperations lists what devices ask about their jobs. The last one is our own.
func iotjobsdataOperations(t *wire.Table, s *jobs.Jobs) {
	wire.Handle(t, iotjobsdata.DescribeJobExecution, s.DescribeJobExecution)
	wire.Handle(t, iotjobsdata.GetPendingJobExecutions, s.GetPendingJobExecutions)
	wire.Handle(t, iotjobsdata.StartNextPendingJobExecution, s.StartNextPendingJobExecution)
	wire.Handle(t, iotjobsdata.UpdateJobExecution, s.UpdateJobExecution)

	wire.Handle(t, iotjobsdata.ListJobExecutionTimeline, s.ListJobExecutionTimeline)
}
