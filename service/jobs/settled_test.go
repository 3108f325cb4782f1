package jobs

import (
	"strings"
	"testing"
	"time"

	"telltale/lang/shape/iot"
)

func TestCompletion(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.group("g", "", "a", "b", "c")
		w.create(order("j", group("g")))
		w.report("j", "a", succeeded)
		w.report("j", "b", failed)
		w.stands("j", "IN_PROGRESS a#1:SUCCEEDED b#1:FAILED c#1:QUEUED")
		w.take(&w.events)
		w.take(&w.facts)
		time.Sleep(1500 * time.Millisecond)
		w.report("j", "c", rejected)
		w.stands("j", "COMPLETED a#1:SUCCEEDED b#1:FAILED c#1:REJECTED")
		events := w.take(&w.events)
		i := 0
		if len(events) == 2 && !strings.Contains(events[0], "/completed ") {
			i = 1
		}
		head, tail, _ := strings.Cut(events[i], `"eventId":"`)
		_, tail, _ = strings.Cut(tail, `"`)
		w.want("event", []string{head + "…" + tail}, `JOB $aws/events/job/j/completed {"eventType":"JOB",…,"timestamp":946684801,"operation":"completed","jobId":"j","status":"COMPLETED",`+
			`"targetSelection":"SNAPSHOT","targets":["arn:aws:iot:eu-central-1:123456789012:thinggroup/g"],"description":"","completedAt":946684801500,"createdAt":946684800000,`+
			`"lastUpdatedAt":946684801500,"jobProcessDetails":{"numberOfCanceledThings":0,"numberOfRejectedThings":1,"numberOfFailedThings":1,"numberOfRemovedThings":0,"numberOfSucceededThings":1}}`)
		w.want("facts", w.take(&w.facts), "ReportFinalJobExecutionCount Success jobId=j details=Job j completed. QUEUED job execution count: 0 IN_PROGRESS job execution count: 0 "+
			"FAILED job execution count: 1 SUCCEEDED job execution count: 1 CANCELED job execution count: 0 REJECTED job execution count: 1 REMOVED job execution count: 0")
		j := w.describe("j")
		if j.CompletedAt.UnixMilli() != epoch*1000+1500 {
			t.Errorf("completed at %v", j.CompletedAt)
		}
	})
}

func TestEmptyTargets(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.group("g", "")
		w.create(order("j", group("g")))
		w.stands("j", "COMPLETED")
		w.create(continuous("k", group("g")))
		w.stands("k", "IN_PROGRESS")
	})
}

func TestAbort(t *testing.T) {
	f := func(name string, abort *iot.AbortConfig, reports []status, want string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.crowd("g", 6)
				in := order("j", group("g"))
				in.AbortConfig = abort
				w.create(in)
				w.report("j", "t00005", inProgress)
				for i, s := range reports {
					w.report("j", "t0000"+string(rune('0'+i)), s)
				}
				w.stands("j", want)
				if j := w.describe("j"); j.Status == "CANCELED" && (j.ReasonCode != "ABORT_CRITERIA_MET" || !strings.HasPrefix(j.Comment, "Aborted: ")) {
					t.Errorf("got %s: %s", j.ReasonCode, j.Comment)
				}
			})
		})
	}
	const rest = " t00004#1:CANCELED t00005#1:IN_PROGRESS"
	f("reached", aborting("FAILED", 50, 2), []status{succeeded, failed}, "CANCELED t00000#1:SUCCEEDED t00001#1:FAILED t00002#1:CANCELED t00003#1:CANCELED"+rest)
	f("too few executed", aborting("FAILED", 50, 3), []status{succeeded, failed}, "IN_PROGRESS t00000#1:SUCCEEDED t00001#1:FAILED t00002#1:QUEUED t00003#1:QUEUED t00004#1:QUEUED t00005#1:IN_PROGRESS")
	f("too small a part", aborting("FAILED", 33.34, 3), []status{succeeded, succeeded, failed}, "IN_PROGRESS t00000#1:SUCCEEDED t00001#1:SUCCEEDED t00002#1:FAILED t00003#1:QUEUED t00004#1:QUEUED t00005#1:IN_PROGRESS")
	f("just enough", aborting("FAILED", 33.33, 3), []status{succeeded, succeeded, failed}, "CANCELED t00000#1:SUCCEEDED t00001#1:SUCCEEDED t00002#1:FAILED t00003#1:CANCELED"+rest)
	f("another failure", aborting("FAILED", 1, 1), []status{rejected}, "IN_PROGRESS t00000#1:REJECTED t00001#1:QUEUED t00002#1:QUEUED t00003#1:QUEUED t00004#1:QUEUED t00005#1:IN_PROGRESS")
	f("all failures", aborting("ALL", 100, 2), []status{rejected, failed}, "CANCELED t00000#1:REJECTED t00001#1:FAILED t00002#1:CANCELED t00003#1:CANCELED"+rest)
	f("the last one", aborting("FAILED", 100, 1), []status{failed}, "CANCELED t00000#1:FAILED t00001#1:CANCELED t00002#1:CANCELED t00003#1:CANCELED"+rest)
}

// A retry neither counts for the abort rules, nor is it made once the job is aborted.
func TestAbortAndRetry(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.group("g", "", "a", "b", "c")
		in := order("j", group("g"))
		in.AbortConfig = aborting("FAILED", 60, 3)
		in.JobExecutionsRetryConfig = &iot.JobExecutionsRetryConfig{CriteriaList: []iot.RetryCriteria{{FailureType: "FAILED", NumberOfRetries: 5}}}
		w.create(in)
		for range 3 {
			w.report("j", "a", failed)
		}
		w.report("j", "b", succeeded)
		w.stands("j", "IN_PROGRESS a#4:QUEUED a#3:FAILED a#2:FAILED a#1:FAILED b#1:SUCCEEDED c#1:QUEUED")
		w.report("j", "c", failed) // 2 of 3 first tries
		w.stands("j", "CANCELED a#4:CANCELED a#3:FAILED a#2:FAILED a#1:FAILED b#1:SUCCEEDED c#2:CANCELED c#1:FAILED")
	})
}

func TestRetention(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.things("a")
		w.create(order("j", thing("a")))
		w.report("j", "a", succeeded)
		time.Sleep(retention - time.Second)
		w.stands("j", "COMPLETED a#1:SUCCEEDED")
		time.Sleep(2 * time.Second)
		w.happened()
		deny(t, w.DescribeJob, &iot.DescribeJobInput{JobId: "j"}, notFound)
	})
}
