package jobs

import (
	"strings"
	"testing"
	"testing/synctest"

	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/lang/shape/iotjobsdata"
)

// why checks what is told of a thing that has no execution.
func (w *world) why(job, thing, want string) {
	w.t.Helper()
	synctest.Wait()
	out, err := w.ListJobExecutionTimeline(as(home), &iotjobsdata.ListJobExecutionTimelineInput{JobId: job, ThingName: thing})
	if !fault.Is(err, fault.NotFound) || !strings.Contains(err.Error(), want) {
		w.t.Errorf("why %s %s: got %+v, %v\nwant %s", job, thing, out, err, want)
	}
}

func TestWhyAbsent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := Default()
		cfg.Concurrent = 1
		w := newWorld(t, memory(t), cfg)
		defer w.start()()
		w.crowd("g", 3)
		w.things("stray", "late")
		in := order("slow", group("g"))
		in.JobExecutionsRolloutConfig = &iot.JobExecutionsRolloutConfig{MaximumPerMinute: number(1)}
		w.create(in)
		minutes(0.5)
		w.why("slow", "t00001", "The thing t00001 has no execution of the job slow: the job found it through the thing group g, and it waits for its turn; things told until now: 1; "+
			"the next one is told at 2000-01-01T00:01:00Z, at 1 per minute.")
		w.why("slow", "stray", "it is not, or is no more, one of the targets arn:aws:iot:eu-central-1:123456789012:thinggroup/g")
		w.why("slow", "nobody", "the thing does not exist")
		w.why("none", "stray", "The job none does not exist in account 123456789012, region eu-central-1.")
		w.create(order("parked", group("g")))
		w.why("parked", "t00000", "the job waits since 2000-01-01T00:00:30Z, because as many others roll out or cancel as may at the same time: 1")
		w.create(scheduled(order("later", group("g")), iot.SchedulingConfig{StartTime: "2000-01-01T01:00"}))
		w.why("later", "t00000", "the job begins at 2000-01-01T01:00:00Z")
		w.create(scheduled(continuous("nights", group("g")), nightly()))
		w.why("nights", "t00000", "no maintenance window of the job is open; the next opens at 2000-01-01T02:00:00Z")
		ok(t, home, w.CancelJob, &iot.CancelJobInput{JobId: "nights", Comment: "never mind"})
		w.why("nights", "t00000", "the job is CANCELED (never mind)")
		minutes(10)
		w.enter("late", "g")
		w.why("slow", "late", "it became a target after the job began, and the job is a SNAPSHOT")
		out := ok(t, home, w.ListJobExecutionTimeline, &iotjobsdata.ListJobExecutionTimelineInput{JobId: "slow", ThingName: "t00001"})
		if want := "rollout: the job reached the thing through the thing group g, as number 2, at 1 things per minute"; len(out.Events) == 0 || out.Events[0].Reason != want {
			t.Errorf("got %+v, want %s", out.Events, want)
		}
	})
}

// A job that is woken for a free place but does not take it does not keep others from it.
func TestParkedBehindClosedWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := Default()
		cfg.Concurrent = 1
		w := newWorld(t, memory(t), cfg)
		defer w.start()()
		w.crowd("g", 150)
		in := order("slow", group("g"))
		in.JobExecutionsRolloutConfig = &iot.JobExecutionsRolloutConfig{MaximumPerMinute: number(1)}
		w.create(in) // until 02:29
		w.create(scheduled(continuous("window", group("g")), iot.SchedulingConfig{MaintenanceWindows: []iot.MaintenanceWindow{{StartTime: "0 2 * * ? *", DurationInMinutes: 20}}}))
		minutes(130)
		w.create(order("next", group("g")))
		minutes(25)
		for job, want := range map[string]int64{"slow": 150, "window": 0, "next": 150} {
			if got := w.told(job); got != want {
				t.Errorf("%s has told %d things, want %d", job, got, want)
			}
		}
		minutes(24 * 60)
		if got := w.told("window"); got != 150 {
			t.Errorf("in its next window the job has told %d things, want 150", got)
		}
	})
}
