package jobs

import (
	"testing"
	"testing/synctest"
	"time"

	"telltale/lang/shape/iot"
)

// All bubbles begin on 2000-01-01, a Saturday, at 00:00.

func scheduled(in *iot.CreateJobInput, x iot.SchedulingConfig) *iot.CreateJobInput {
	in.SchedulingConfig = &x
	return in
}

func TestStartTime(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.group("g", "", "a")
		w.create(scheduled(order("j", group("g")), iot.SchedulingConfig{StartTime: "2000-01-01T01:00"}))
		w.stands("j", "SCHEDULED")
		if r := w.describe("j").ScheduledJobRollouts; len(r) != 1 || r[0].StartTime != "2000-01-01T01:00:00Z" {
			t.Errorf("got %v", r)
		}
		w.things("b")
		w.enter("b", "g") // a snapshot is taken at the start
		minutes(59)
		w.stands("j", "SCHEDULED")
		minutes(2)
		w.stands("j", "IN_PROGRESS a#1:QUEUED b#1:QUEUED")
		if r := w.describe("j").ScheduledJobRollouts; len(r) != 0 {
			t.Errorf("got %v", r)
		}
		w.create(scheduled(order("k", group("g")), iot.SchedulingConfig{StartTime: "2000-01-01T02:00"}))
		ok(t, home, w.CancelJob, &iot.CancelJobInput{JobId: "k"})
		minutes(120)
		w.stands("k", "CANCELED")
	})
}

func TestEndTime(t *testing.T) {
	f := func(behavior, before, after string) {
		t.Helper()
		t.Run(behavior, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.group("g", "", "a", "b", "c", "d")
				in := scheduled(order("j", group("g")), iot.SchedulingConfig{EndTime: "2000-01-01T01:00", EndBehavior: behavior})
				in.JobExecutionsRolloutConfig = &iot.JobExecutionsRolloutConfig{MaximumPerMinute: number(1)}
				w.create(in)
				minutes(2.5)
				ok(t, home, w.UpdateJob, &iot.UpdateJobInput{JobId: "j", Description: "nothing new"})
				w.change(func(c *change) error { // d must not be told before the end
					j, err := c.job(home, "j")
					if err != nil {
						return err
					}
					j.Progress.Next = j.Scheduling.End
					return c.putJob(j)
				})
				w.report("j", "a", succeeded)
				w.report("j", "b", inProgress)
				minutes(56)
				w.stands("j", before)
				minutes(3)
				w.stands("j", after)
				if behavior == "STOP_ROLLOUT" {
					w.report("j", "b", succeeded)
					w.report("j", "c", succeeded)
					w.stands("j", "COMPLETED a#1:SUCCEEDED b#1:SUCCEEDED c#1:SUCCEEDED")
				}
			})
		})
	}
	const before = "IN_PROGRESS a#1:SUCCEEDED b#1:IN_PROGRESS c#1:QUEUED"
	f("STOP_ROLLOUT", before, before)
	f("CANCEL", before, "CANCELED a#1:SUCCEEDED b#1:IN_PROGRESS c#1:CANCELED")
	f("FORCE_CANCEL", before, "CANCELED a#1:SUCCEEDED b#1:CANCELED c#1:CANCELED")
}

// A continuous job completes only when its schedule has ended and nothing is left to do.
func TestContinuousEnd(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.group("g", "", "a", "b")
		w.create(scheduled(continuous("j", group("g")), iot.SchedulingConfig{EndTime: "2000-01-01T01:00"}))
		w.report("j", "a", succeeded)
		minutes(61)
		w.things("c")
		w.enter("c", "g")
		w.stands("j", "IN_PROGRESS a#1:SUCCEEDED b#1:QUEUED")
		deny(t, w.AssociateTargetsWithJob, &iot.AssociateTargetsWithJobInput{JobId: "j", Targets: []string{thing("c")}}, badRequest, "its schedule not over")
		w.report("j", "b", failed)
		w.stands("j", "COMPLETED a#1:SUCCEEDED b#1:FAILED")

		w.create(scheduled(continuous("k", thing("a")), iot.SchedulingConfig{EndTime: "2000-01-01T02:00"}))
		w.report("k", "a", succeeded)
		w.stands("k", "IN_PROGRESS a#1:SUCCEEDED")
		minutes(61)
		w.stands("k", "COMPLETED a#1:SUCCEEDED")
	})
}

func nightly() iot.SchedulingConfig {
	return iot.SchedulingConfig{MaintenanceWindows: []iot.MaintenanceWindow{{StartTime: "0 2 * * ? *", DurationInMinutes: 60}}}
}

func TestMaintenanceWindows(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.group("g", "", "a", "b")
		w.things("c", "d")
		in := scheduled(continuous("j", group("g")), nightly())
		in.JobExecutionsRetryConfig = &iot.JobExecutionsRetryConfig{CriteriaList: []iot.RetryCriteria{{FailureType: "FAILED", NumberOfRetries: 3}}}
		w.create(in)
		w.stands("j", "SCHEDULED")
		j := w.describe("j")
		if r := j.ScheduledJobRollouts; len(r) != 5 || r[0].StartTime != "2000-01-01T02:00:00Z" || r[4].StartTime != "2000-01-05T02:00:00Z" {
			t.Errorf("got %v", r)
		}
		if x := j.SchedulingConfig.MaintenanceWindows; len(x) != 1 || x[0] != in.SchedulingConfig.MaintenanceWindows[0] {
			t.Errorf("got %v", x)
		}
		minutes(121) // 02:01
		w.stands("j", "IN_PROGRESS a#1:QUEUED b#1:QUEUED")
		w.enter("c", "g")
		w.stands("j", "IN_PROGRESS a#1:QUEUED b#1:QUEUED c#1:QUEUED")
		minutes(60) // 03:01
		w.stands("j", "SCHEDULED a#1:QUEUED b#1:QUEUED c#1:QUEUED")
		w.enter("d", "g")
		w.report("j", "a", inProgress) // what was told before goes on
		w.report("j", "a", failed)     // but a retry waits
		w.report("j", "b", succeeded)
		w.stands("j", "SCHEDULED a#1:FAILED b#1:SUCCEEDED c#1:QUEUED")
		minutes(23 * 60) // 02:01 on the next day
		w.stands("j", "IN_PROGRESS a#2:QUEUED a#1:FAILED b#1:SUCCEEDED c#1:QUEUED d#1:QUEUED")
	})
}

// A rollout with a rate stops when the window closes and goes on in the next one.
func TestWindowInRollout(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.crowd("g", 80)
		in := scheduled(continuous("j", group("g")), nightly())
		in.JobExecutionsRolloutConfig = &iot.JobExecutionsRolloutConfig{MaximumPerMinute: number(1)}
		w.create(in)
		w.until(3*3600-30, "j", 60)
		w.until(24*3600, "j", 60)
		w.until(27*3600, "j", 80)
	})
}

func TestWindowsAndRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := memory(t)
		w := newWorld(t, db, Default())
		stop := w.start()
		w.group("g", "", "a")
		w.create(scheduled(continuous("j", group("g")), nightly()))
		stop()
		time.Sleep(150 * time.Minute) // 02:30
		w = newWorld(t, db, Default())
		defer w.start()()
		w.stands("j", "IN_PROGRESS a#1:QUEUED")
		minutes(31)
		w.stands("j", "SCHEDULED a#1:QUEUED")
	})
}
