package jobs

import (
	"fmt"
	"strings"
	"testing"

	"telltale/lang/shape/iot"
)

func TestCancelJob(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.group("g", "", "a", "b", "c")
		w.create(order("j", group("g")))
		w.report("j", "a", inProgress)
		w.report("j", "b", succeeded)
		w.happened()
		out := ok(t, home, w.CancelJob, &iot.CancelJobInput{JobId: "j", ReasonCode: "BAD", Comment: "not today"})
		if out.JobId != "j" || !strings.HasSuffix(out.JobArn, ":job/j") {
			t.Errorf("got %+v", out)
		}
		w.stands("j", "CANCELED a#1:IN_PROGRESS b#1:SUCCEEDED c#1:CANCELED")
		w.want("events", w.happened(), "job/j/canceled", "job/j/cancellation_in_progress", "jobExecution/j/canceled")
		j := w.describe("j")
		if j.ReasonCode != "BAD" || j.Comment != "not today" || j.ForceCanceled != nil || j.CompletedAt.IsZero() {
			t.Errorf("got %+v", j)
		}
		ok(t, home, w.CancelJob, &iot.CancelJobInput{JobId: "j"}) // it is canceled already
		w.want("events", w.happened())

		yes := true
		ok(t, home, w.CancelJob, &iot.CancelJobInput{JobId: "j", Force: &yes})
		w.stands("j", "CANCELED a#1:CANCELED b#1:SUCCEEDED c#1:CANCELED")
		if j := w.describe("j"); j.ForceCanceled == nil || !*j.ForceCanceled {
			t.Errorf("got %+v", j)
		}
		x := ok(t, home, w.DescribeExecution, &iot.DescribeJobExecutionInput{JobId: "j", ThingName: "a"}).Execution
		if !*x.ForceCanceled {
			t.Errorf("got %+v", x)
		}
		deny(t, w.CancelJob, &iot.CancelJobInput{JobId: "x"}, notFound)

		w.create(order("done", thing("a")))
		w.report("done", "a", succeeded)
		deny(t, w.CancelJob, &iot.CancelJobInput{JobId: "done"}, badRequest, "its status is COMPLETED")
	})
}

func TestCancelStopsRollout(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.crowd("g", 20)
		in := continuous("j", group("g"))
		in.JobExecutionsRolloutConfig = &iot.JobExecutionsRolloutConfig{MaximumPerMinute: number(1)}
		w.create(in)
		w.until(65, "j", 2)
		ok(t, home, w.CancelJob, &iot.CancelJobInput{JobId: "j"})
		w.things("late")
		w.enter("late", "g")
		minutes(60)
		w.stands("j", "CANCELED t00000#1:CANCELED t00001#1:CANCELED")
	})
}

func TestCancelMany(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.crowd("g", 2*portion+1)
		w.create(order("j", group("g")))
		ok(t, home, w.CancelJob, &iot.CancelJobInput{JobId: "j"})
		if j := w.describe("j"); j.Status != "CANCELED" || !j.CompletedAt.IsZero() || !*j.IsConcurrent {
			t.Errorf("while executions are still canceled: got %+v", j)
		}
		w.happened()
		if _, things := w.counts("j"); things[canceled] != 2*portion+1 {
			t.Errorf("got %v", things)
		}
		if j := w.describe("j"); j.CompletedAt.IsZero() || *j.IsConcurrent {
			t.Errorf("at the end: got %+v", j)
		}
	})
}

func TestCancelJobExecution(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.group("g", "", "a", "b")
		w.create(order("j", group("g")))
		in := &iot.CancelJobExecutionInput{JobId: "j", ThingName: "a"}
		two, yes := int64(2), true
		deny(t, w.CancelJobExecution, with(in, func(in *iot.CancelJobExecutionInput) { in.JobId = "x" }), notFound, "The job x")
		deny(t, w.CancelJobExecution, with(in, func(in *iot.CancelJobExecutionInput) { in.ThingName = "x" }), notFound, "The execution of the job j on the thing x")
		deny(t, w.CancelJobExecution, with(in, func(in *iot.CancelJobExecutionInput) { in.ExpectedVersion = &two }), badVersion, "has version 1, not the expected version 2")
		details := map[string]string{}
		for i := range 11 {
			details[fmt.Sprint(i)] = "x"
		}
		deny(t, w.CancelJobExecution, with(in, func(in *iot.CancelJobExecutionInput) { in.StatusDetails = details }), badRequest, "11 pairs; allowed are 10")
		w.report("j", "a", inProgress)
		deny(t, w.CancelJobExecution, in, badState, "is IN_PROGRESS; cancel it with force")
		w.happened()
		ok(t, home, w.CancelJobExecution, &iot.CancelJobExecutionInput{JobId: "j", ThingName: "a", Force: &yes, ExpectedVersion: &two, StatusDetails: map[string]string{"why": "fun"}})
		w.stands("j", "IN_PROGRESS a#1:CANCELED b#1:QUEUED")
		w.want("events", w.happened(), "jobExecution/j/canceled")
		x := ok(t, home, w.DescribeExecution, &iot.DescribeJobExecutionInput{JobId: "j", ThingName: "a"}).Execution
		if *x.VersionNumber != 3 || x.StatusDetails.DetailsMap["why"] != "fun" || x.ThingArn != thing("a") || !*x.ForceCanceled {
			t.Errorf("got %+v", x)
		}
		deny(t, w.CancelJobExecution, in, badState, "terminal state CANCELED")
		ok(t, home, w.CancelJobExecution, &iot.CancelJobExecutionInput{JobId: "j", ThingName: "b"})
		w.stands("j", "COMPLETED a#1:CANCELED b#1:CANCELED") // nothing is left to do
	})
}

func TestDeleteJob(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.group("g", "", "a", "b")
		in := order("j", group("g"))
		in.NamespaceId, in.Tags = "ns", []iot.Tag{{Key: "k"}}
		w.create(in)
		yes := true
		deny(t, w.DeleteJob, &iot.DeleteJobInput{JobId: "j"}, badState, "its status is IN_PROGRESS")
		deny(t, w.DeleteJob, &iot.DeleteJobInput{JobId: "j", NamespaceId: "other", Force: &yes}, notFound)
		deny(t, w.DeleteJob, &iot.DeleteJobInput{JobId: "x", Force: &yes}, notFound)
		w.published()
		w.happened()
		ok(t, home, w.DeleteJob, &iot.DeleteJobInput{JobId: "j", NamespaceId: "ns", Force: &yes})
		w.want("events", w.happened(), "job/j/deleted", "job/j/deletion_in_progress")
		deny(t, w.DescribeJob, &iot.DescribeJobInput{JobId: "j"}, notFound)
		if told := w.published(); len(told) != 4 || !strings.Contains(strings.Join(told, "\n"), `a/jobs/notify {"timestamp":946684800,"jobs":{}}`) {
			t.Errorf("the things are told %q", told)
		}
		_, err := w.reg.ListTagsForResource(as(home), &iot.ListTagsForResourceInput{ResourceArn: "arn:aws:iot:eu-central-1:123456789012:job/j"})
		if iot.Service.ErrorFor(err).Shape != notFound {
			t.Errorf("the tags of the deleted job: got %v", err)
		}
		w.create(in) // its name is free
		w.stands("j", "IN_PROGRESS a#1:QUEUED b#1:QUEUED")
		tags := ok(t, home, w.reg.ListTagsForResource, &iot.ListTagsForResourceInput{ResourceArn: "arn:aws:iot:eu-central-1:123456789012:job/j"}).Tags
		if len(tags) != 1 {
			t.Errorf("got the tags %v", tags)
		}
		w.report("j", "a", succeeded)
		w.report("j", "b", rejected)
		w.stands("j", "COMPLETED a#1:SUCCEEDED b#1:REJECTED")
		ok(t, home, w.DeleteJob, &iot.DeleteJobInput{JobId: "j"})
		deny(t, w.DescribeJob, &iot.DescribeJobInput{JobId: "j"}, notFound)
	})
}

func TestDeleteMany(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.crowd("g", 2*portion+1)
		yes := true
		w.create(order("j", group("g")))
		ok(t, home, w.DeleteJob, &iot.DeleteJobInput{JobId: "j", Force: &yes})
		if s := w.describe("j").Status; s != "DELETION_IN_PROGRESS" {
			t.Errorf("while executions are still deleted: got %s", s)
		}
		ok(t, home, w.DeleteJob, &iot.DeleteJobInput{JobId: "j"}) // it is in deletion already
		w.happened()
		deny(t, w.DescribeJob, &iot.DescribeJobInput{JobId: "j"}, notFound)
		if n := len(ok(t, home, w.ListJobExecutionsForThing, &iot.ListJobExecutionsForThingInput{ThingName: "t00000"}).ExecutionSummaries); n != 0 {
			t.Errorf("%d executions are left", n)
		}
	})
}

func TestTooManyDeletions(t *testing.T) {
	w := newWorld(t, memory(t), Default()) // it does not run: deletions that are begun stay unfinished
	w.things("a")
	yes := true
	for i := range deletionsMost + 1 {
		id := fmt.Sprint("j", i)
		ok(t, home, w.CreateJob, order(id, thing("a")))
		if i == deletionsMost {
			deny(t, w.DeleteJob, &iot.DeleteJobInput{JobId: id, Force: &yes}, overMost, "10 jobs in deletion already")
			break
		}
		err := w.update(t.Context(), func(c *change) error {
			j, err := c.job(home, id)
			if err != nil {
				return err
			}
			return c.beginDeletion(j)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestDeleteJobExecution(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.group("g", "", "a", "b", "c")
		in := order("j", group("g"))
		in.NamespaceId = "ns"
		w.create(in)
		del := &iot.DeleteJobExecutionInput{JobId: "j", ThingName: "a", ExecutionNumber: 1}
		deny(t, w.DeleteJobExecution, del, badState, "its status is QUEUED")
		deny(t, w.DeleteJobExecution, with(del, func(in *iot.DeleteJobExecutionInput) { in.ExecutionNumber = 2 }), notFound)
		deny(t, w.DeleteJobExecution, with(del, func(in *iot.DeleteJobExecutionInput) { in.ExecutionNumber = 0 }), badRequest, "must be at least 1")
		deny(t, w.DeleteJobExecution, with(del, func(in *iot.DeleteJobExecutionInput) { in.NamespaceId = "x" }), notFound)
		w.report("j", "a", failed)
		w.happened()
		ok(t, home, w.DeleteJobExecution, del)
		w.want("events", w.happened(), "jobExecution/j/deleted")
		w.stands("j", "IN_PROGRESS b#1:QUEUED c#1:QUEUED")
		w.report("j", "b", succeeded)
		w.report("j", "c", inProgress)
		yes := true
		ok(t, home, w.DeleteJobExecution, &iot.DeleteJobExecutionInput{JobId: "j", ThingName: "c", ExecutionNumber: 1, Force: &yes, NamespaceId: "ns"})
		w.stands("j", "COMPLETED b#1:SUCCEEDED")
		if d := w.describe("j").JobProcessDetails; *d.NumberOfSucceededThings != 1 || *d.NumberOfFailedThings != 0 || *d.NumberOfInProgressThings != 0 {
			t.Errorf("got %+v", d)
		}
	})
}
