package api

import (
	"telltale/lang/shape/iot"
	"telltale/lang/wire"
	"telltale/service/announce"
	"telltale/service/jobs"
)

// jobOperations lists what operators do with jobs, and the event messages about them.
func jobOperations(t *wire.Table, s *jobs.Jobs, a *announce.Announcements) {
	wire.Handle(t, iot.AssociateTargetsWithJob, s.AssociateTargetsWithJob)
	wire.Handle(t, iot.CancelJob, s.CancelJob)
	wire.Handle(t, iot.CancelJobExecution, s.CancelJobExecution)
	wire.Handle(t, iot.CreateJob, s.CreateJob)
	wire.Handle(t, iot.CreateJobTemplate, s.CreateJobTemplate)
	wire.Handle(t, iot.DeleteJob, s.DeleteJob)
	wire.Handle(t, iot.DeleteJobExecution, s.DeleteJobExecution)
	wire.Handle(t, iot.DeleteJobTemplate, s.DeleteJobTemplate)
	wire.Handle(t, iot.DescribeJob, s.DescribeJob)
	wire.Handle(t, iot.DescribeJobExecution, s.DescribeExecution)
	wire.Handle(t, iot.DescribeJobTemplate, s.DescribeJobTemplate)
	wire.Handle(t, iot.DescribeManagedJobTemplate, s.DescribeManagedJobTemplate)
	wire.Handle(t, iot.GetJobDocument, s.GetJobDocument)
	wire.Handle(t, iot.ListJobExecutionsForJob, s.ListJobExecutionsForJob)
	wire.Handle(t, iot.ListJobExecutionsForThing, s.ListJobExecutionsForThing)
	wire.Handle(t, iot.ListJobs, s.ListJobs)
	wire.Handle(t, iot.ListJobTemplates, s.ListJobTemplates)
	wire.Handle(t, iot.ListManagedJobTemplates, s.ListManagedJobTemplates)
	wire.Handle(t, iot.UpdateJob, s.UpdateJob)

	wire.Handle(t, iot.DescribeEventConfigurations, a.DescribeEventConfigurations)
	wire.Handle(t, iot.UpdateEventConfigurations, a.UpdateEventConfigurations)
}
