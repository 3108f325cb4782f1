package jobs

import (
	"reflect"
	"testing"
	"testing/synctest"

	"telltale/lang/shape/iotjobsdata"
	"telltale/service/jobs/plan"
)

func TestOverHTTP(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		none := ok(t, home, w.StartNextPendingJobExecution, &iotjobsdata.StartNextPendingJobExecutionInput{ThingName: "lamp"})
		if none.Execution != nil {
			t.Errorf("there is nothing to start, got %+v", none.Execution)
		}
		w.give(job{ID: "j1", Settings: plan.Settings{Timeout: 5}}, "lamp")
		minutes(1)
		w.give(job{ID: "j2"}, "lamp")
		w.published()

		started := ok(t, home, w.StartNextPendingJobExecution, &iotjobsdata.StartNextPendingJobExecutionInput{ThingName: "lamp", StatusDetails: map[string]string{"a": "1"}})
		want := &iotjobsdata.JobExecution{JobId: "j1", ThingName: "lamp", Status: "IN_PROGRESS", StatusDetails: map[string]string{"a": "1"}, QueuedAt: new(int64(epoch)),
			StartedAt: new(int64(epoch + 60)), LastUpdatedAt: new(int64(epoch + 60)), ApproximateSecondsBeforeTimedOut: new(int64(300)), VersionNumber: new(int64(2)),
			ExecutionNumber: new(int64(1)), JobDocument: `{"do": "j1"}`}
		if !reflect.DeepEqual(started.Execution, want) {
			t.Errorf("start: got %+v\nwant %+v", started.Execution, want)
		}
		pending := ok(t, home, w.GetPendingJobExecutions, &iotjobsdata.GetPendingJobExecutionsInput{ThingName: "lamp"})
		if len(pending.InProgressJobs) != 1 || pending.InProgressJobs[0].JobId != "j1" || *pending.InProgressJobs[0].StartedAt != epoch+60 ||
			len(pending.QueuedJobs) != 1 || pending.QueuedJobs[0].JobId != "j2" || pending.QueuedJobs[0].StartedAt != nil {
			t.Errorf("pending: %+v", pending)
		}
		next := ok(t, home, w.DescribeJobExecution, &iotjobsdata.DescribeJobExecutionInput{ThingName: "lamp", JobId: "$next", IncludeJobDocument: new(false)})
		if next.Execution.JobId != "j1" || next.Execution.JobDocument != "" {
			t.Errorf("next: %+v", next.Execution)
		}
		updated := ok(t, home, w.UpdateJobExecution, &iotjobsdata.UpdateJobExecutionInput{ThingName: "lamp", JobId: "j1", Status: "SUCCEEDED", ExpectedVersion: new(int64(2)),
			IncludeJobExecutionState: new(true), IncludeJobDocument: new(true)})
		if updated.ExecutionState.Status != "SUCCEEDED" || *updated.ExecutionState.VersionNumber != 3 || updated.ExecutionState.StatusDetails["a"] != "1" || updated.JobDocument != `{"do": "j1"}` {
			t.Errorf("update: %+v %+v", updated, updated.ExecutionState)
		}
		if got := w.topics(); len(got) != 2 {
			t.Errorf("an update over HTTP is told with %q, want notify and notify-next", got)
		}
		w.want("facts", w.take(&w.facts)[1:],
			"StartNextPendingJobExecution Success protocol=HTTP clientId= topicName="+lamp+"start-next details=The request status is SUCCESS.",
			"GetPendingJobExecution Success protocol=HTTP clientId= topicName="+lamp+"get details=The request status is SUCCESS.",
			"DescribeJobExecution Success protocol=HTTP clientId= jobId=$next topicName="+lamp+"$next/get details=The request status is SUCCESS.",
			"UpdateJobExecution Success protocol=HTTP clientId= jobId=j1 topicName="+lamp+"j1/update versionNumber=3 details=The destination status is SUCCEEDED. The request status is SUCCESS.")
	})
}

func TestRefusedOverHTTP(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.give(job{ID: "j1"}, "lamp")
		w.give(job{ID: "done"}, "lamp")
		w.moveTo("done", "lamp", failed, byDevice)
		change := func(in iotjobsdata.UpdateJobExecutionInput, code, text string) {
			t.Helper()
			in.ThingName = "lamp"
			refused(t, home, w.UpdateJobExecution, &in, code, text)
		}
		change(iotjobsdata.UpdateJobExecutionInput{JobId: "absent", Status: "FAILED"}, "ResourceNotFoundException", "There is no execution of the job absent on the thing lamp.")
		change(iotjobsdata.UpdateJobExecutionInput{JobId: "j1", Status: "REMOVED"}, "InvalidStateTransitionException", "A job execution in the state QUEUED cannot be changed to REMOVED by the device.")
		change(iotjobsdata.UpdateJobExecutionInput{JobId: "done", Status: "SUCCEEDED"}, "InvalidStateTransitionException", "The job execution has reached the terminal state FAILED and cannot be changed.")
		change(iotjobsdata.UpdateJobExecutionInput{JobId: "j1", Status: "FAILED", ExpectedVersion: new(int64(4))}, "InvalidRequestException", "The expectedVersion is 4, but the version of the job execution is 1.")
		change(iotjobsdata.UpdateJobExecutionInput{JobId: "j1", Status: "IN_PROGRESS", StepTimeoutInMinutes: new(int64(0))}, "InvalidRequestException", "The stepTimeoutInMinutes 0 is not allowed: it must be 1 to 10080, or -1 with the status IN_PROGRESS.")
		change(iotjobsdata.UpdateJobExecutionInput{JobId: "j1", Status: "FAILED", ExecutionNumber: new(int64(-1))}, "InvalidRequestException", "The executionNumber and the expectedVersion must not be negative.")
		refused(t, home, w.DescribeJobExecution, &iotjobsdata.DescribeJobExecutionInput{ThingName: "lamp", JobId: "j1", ExecutionNumber: new(int64(2))}, "ResourceNotFoundException", "There is no execution 2 of the job j1 on the thing lamp.")
		refused(t, stranger, w.DescribeJobExecution, &iotjobsdata.DescribeJobExecutionInput{ThingName: "lamp", JobId: "j1"}, "ResourceNotFoundException", "There is no execution of the job j1 on the thing lamp.")
		refused(t, home, w.StartNextPendingJobExecution, &iotjobsdata.StartNextPendingJobExecutionInput{ThingName: "lamp", StepTimeoutInMinutes: new(int64(-1))}, "InvalidRequestException", "The stepTimeoutInMinutes -1 is not allowed: it must be 1 to 10080.")
	})
}

// What comes when the program ends is refused, and what waits then is served.
func TestShutDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, memory(t), Default())
		w.start()()
		refused(t, home, w.StartNextPendingJobExecution, &iotjobsdata.StartNextPendingJobExecutionInput{ThingName: "lamp"}, "ServiceUnavailableException", "The server is shutting down.")
		w.want("an MQTT request", w.send(lamp+"start-next", ``))
		w.want("facts", w.take(&w.facts)[1:], "StartNextPendingJobExecution ServerError protocol=MQTT clientId=dev1 topicName="+lamp+"start-next details=The request status is INTERNAL_ERROR. reason=INTERNAL_ERROR")
	})
}
