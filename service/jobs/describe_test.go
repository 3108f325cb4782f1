package jobs

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"telltale/lang/shape/iot"
)

func TestListJobs(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.group("g", "", "a")
		w.group("h", "", "b")
		add := func(in *iot.CreateJobInput, namespace string) {
			in.NamespaceId = namespace
			w.create(in)
			time.Sleep(time.Second)
		}
		add(order("j1", group("g")), "")
		add(continuous("j2", group("g"), group("h")), "ns")
		add(order("j3", thing("a")), "ns")
		add(scheduled(order("j4", group("h")), iot.SchedulingConfig{StartTime: "2000-01-02T00:00"}), "")
		w.report("j3", "a", succeeded)
		f := func(in iot.ListJobsInput, want string) {
			t.Helper()
			var got []string
			for _, j := range ok(t, home, w.ListJobs, &in).Jobs {
				got = append(got, j.JobId)
			}
			if text := strings.Join(got, " "); text != want {
				t.Errorf("%+v: got %s, want %s", in, text, want)
			}
		}
		f(iot.ListJobsInput{}, "j4 j3 j2 j1")
		f(iot.ListJobsInput{Status: "IN_PROGRESS"}, "j2 j1")
		f(iot.ListJobsInput{Status: "COMPLETED"}, "j3")
		f(iot.ListJobsInput{Status: "SCHEDULED"}, "j4")
		f(iot.ListJobsInput{TargetSelection: "CONTINUOUS"}, "j2")
		f(iot.ListJobsInput{NamespaceId: "ns"}, "j3 j2")
		f(iot.ListJobsInput{ThingGroupName: "g"}, "j2 j1")
		f(iot.ListJobsInput{ThingGroupName: "h", Status: "SCHEDULED"}, "j4")
		f(iot.ListJobsInput{NamespaceId: "ns", Status: "CANCELED"}, "")
		deny(t, w.ListJobs, &iot.ListJobsInput{ThingGroupName: "x"}, notFound, "The thing group x")
		deny(t, w.ListJobs, &iot.ListJobsInput{ThingGroupId: "x"}, badRequest, "needs a thingGroupName")
		deny(t, w.ListJobs, &iot.ListJobsInput{ThingGroupName: "g", ThingGroupId: "x"}, badRequest, "contradict each other")
		deny(t, w.ListJobs, &iot.ListJobsInput{MaxResults: number(251)}, badRequest, "maxResults 251 is not allowed: it must be 1 to 250")
		deny(t, w.ListJobs, &iot.ListJobsInput{NextToken: "x"}, badRequest, "nextToken is invalid")

		summary := ok(t, home, w.ListJobs, &iot.ListJobsInput{ThingGroupName: "g"}).Jobs[1]
		id := ok(t, home, w.reg.DescribeThingGroup, &iot.DescribeThingGroupInput{ThingGroupName: "g"}).ThingGroupId
		if summary.ThingGroupId != id || summary.TargetSelection != "SNAPSHOT" || !summary.CreatedAt.Equal(time.Unix(epoch, 0)) || *summary.IsConcurrent || !summary.CompletedAt.IsZero() {
			t.Errorf("got %+v", summary)
		}
		var pages []string
		for in := (&iot.ListJobsInput{MaxResults: number(3)}); ; {
			out := ok(t, home, w.ListJobs, in)
			pages = append(pages, fmt.Sprint(len(out.Jobs)))
			if in.NextToken = out.NextToken; in.NextToken == "" {
				break
			}
		}
		w.want("pages", pages, "3", "1")
		if n := len(ok(t, stranger, w.ListJobs, &iot.ListJobsInput{}).Jobs); n != 0 {
			t.Errorf("a stranger sees %d jobs", n)
		}
	})
}

func TestListExecutions(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.group("g", "", "a", "b", "c")
		for i, namespace := range []string{"", "ns", ""} {
			in := order(fmt.Sprint("j", i+1), group("g"))
			in.NamespaceId = namespace
			w.create(in)
			time.Sleep(time.Second)
		}
		w.report("j1", "a", failed)
		w.report("j2", "a", inProgress)
		forJob := func(in iot.ListJobExecutionsForJobInput, want string) {
			t.Helper()
			var got []string
			for _, x := range ok(t, home, w.ListJobExecutionsForJob, &in).ExecutionSummaries {
				got = append(got, targetName(x.ThingArn, "thing"))
			}
			if text := strings.Join(got, " "); text != want {
				t.Errorf("%+v: got %s, want %s", in, text, want)
			}
		}
		forJob(iot.ListJobExecutionsForJobInput{JobId: "j1"}, "a b c")
		forJob(iot.ListJobExecutionsForJobInput{JobId: "j1", Status: "QUEUED"}, "b c")
		forJob(iot.ListJobExecutionsForJobInput{JobId: "j1", Status: "FAILED"}, "a")
		forJob(iot.ListJobExecutionsForJobInput{JobId: "j1", Status: "REMOVED"}, "")
		first := ok(t, home, w.ListJobExecutionsForJob, &iot.ListJobExecutionsForJobInput{JobId: "j1", MaxResults: number(2)})
		forJob(iot.ListJobExecutionsForJobInput{JobId: "j1", MaxResults: number(2), NextToken: first.NextToken}, "c")
		deny(t, w.ListJobExecutionsForJob, &iot.ListJobExecutionsForJobInput{JobId: "x"}, notFound)
		deny(t, w.ListJobExecutionsForJob, &iot.ListJobExecutionsForJobInput{JobId: "j1", Status: "QUEUED", NextToken: first.NextToken}, badRequest, "nextToken")

		forThing := func(in iot.ListJobExecutionsForThingInput, want string) {
			t.Helper()
			var got []string
			for _, x := range ok(t, home, w.ListJobExecutionsForThing, &in).ExecutionSummaries {
				s := x.JobExecutionSummary
				got = append(got, fmt.Sprintf("%s#%d:%s:%d", x.JobId, *s.ExecutionNumber, s.Status, *s.RetryAttempt))
			}
			if text := strings.Join(got, " "); text != want {
				t.Errorf("%+v: got %s, want %s", in, text, want)
			}
		}
		forThing(iot.ListJobExecutionsForThingInput{ThingName: "a"}, "j2#1:IN_PROGRESS:0 j3#1:QUEUED:0 j1#1:FAILED:0")
		forThing(iot.ListJobExecutionsForThingInput{ThingName: "a", Status: "FAILED"}, "j1#1:FAILED:0")
		forThing(iot.ListJobExecutionsForThingInput{ThingName: "a", NamespaceId: "ns"}, "j2#1:IN_PROGRESS:0")
		forThing(iot.ListJobExecutionsForThingInput{ThingName: "a", JobId: "j3"}, "j3#1:QUEUED:0")
		forThing(iot.ListJobExecutionsForThingInput{ThingName: "a", JobId: "j3", Status: "FAILED"}, "")
		deny(t, w.ListJobExecutionsForThing, &iot.ListJobExecutionsForThingInput{ThingName: "x"}, notFound, "The thing x")
		ok(t, home, w.reg.DeleteThing, &iot.DeleteThingInput{ThingName: "a"})
		w.happened()
		forThing(iot.ListJobExecutionsForThingInput{ThingName: "a", Status: "FAILED"}, "j1#1:FAILED:0")
	})
}

func TestDescribeExecution(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.things("lamp")
		in := order("j", thing("lamp"))
		five := int64(5)
		in.TimeoutConfig = &iot.TimeoutConfig{InProgressTimeoutInMinutes: &five}
		in.JobExecutionsRetryConfig = &iot.JobExecutionsRetryConfig{CriteriaList: []iot.RetryCriteria{{FailureType: "TIMED_OUT", NumberOfRetries: 1}}}
		w.create(in)
		describe := func(number *int64) *iot.JobExecution {
			t.Helper()
			return ok(t, home, w.DescribeExecution, &iot.DescribeJobExecutionInput{JobId: "j", ThingName: "lamp", ExecutionNumber: number}).Execution
		}
		if x := describe(nil); x.Status != "QUEUED" || *x.ExecutionNumber != 1 || *x.VersionNumber != 1 || !x.StartedAt.IsZero() || x.ApproximateSecondsBeforeTimedOut != nil || x.ThingArn != thing("lamp") {
			t.Errorf("got %+v", x)
		}
		w.send(lamp+"start-next", `{"statusDetails":{"at":"1"}}`)
		time.Sleep(10 * time.Second)
		if x := describe(nil); x.Status != "IN_PROGRESS" || *x.ApproximateSecondsBeforeTimedOut != 290 || x.StatusDetails.DetailsMap["at"] != "1" || x.StartedAt.Unix() != epoch {
			t.Errorf("got %+v", x)
		}
		minutes(5)
		one, three := int64(1), int64(3)
		if x := describe(&one); x.Status != "TIMED_OUT" {
			t.Errorf("got %+v", x)
		}
		if x := describe(nil); x.Status != "QUEUED" || *x.ExecutionNumber != 2 {
			t.Errorf("got %+v", x)
		}
		deny(t, w.DescribeExecution, &iot.DescribeJobExecutionInput{JobId: "j", ThingName: "lamp", ExecutionNumber: &three}, notFound)
		deny(t, w.DescribeExecution, &iot.DescribeJobExecutionInput{JobId: "x", ThingName: "lamp"}, notFound, "The job x")
	})
}
