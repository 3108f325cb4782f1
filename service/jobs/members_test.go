package jobs

import (
	"testing"
	"testing/synctest"
	"time"

	"telltale/lang/shape/iot"
)

func TestContinuousJob(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.group("g", "", "a", "b")
		w.group("below", "g")
		w.group("other", "")
		w.things("c", "d")
		w.create(continuous("j", group("g")))
		w.create(order("snapshot", group("g")))
		w.stands("j", "IN_PROGRESS a#1:QUEUED b#1:QUEUED")
		w.enter("c", "below")
		w.enter("d", "other")
		w.stands("j", "IN_PROGRESS a#1:QUEUED b#1:QUEUED c#1:QUEUED")
		w.report("j", "a", succeeded)
		w.report("j", "b", inProgress)
		w.happened()
		for _, name := range []string{"a", "b"} {
			w.exit(name, "g")
		}
		w.exit("c", "below")
		w.stands("j", "IN_PROGRESS a#1:SUCCEEDED b#1:REMOVED c#1:REMOVED")
		w.want("events", w.happened(), "jobExecution/j/removed", "jobExecution/j/removed")
		for _, name := range []string{"a", "b", "c"} {
			w.enter(name, "g")
		}
		w.stands("j", "IN_PROGRESS a#2:QUEUED a#1:SUCCEEDED b#2:QUEUED b#1:REMOVED c#2:QUEUED c#1:REMOVED")
		if d := w.describe("j").JobProcessDetails; *d.NumberOfQueuedThings != 3 || *d.NumberOfSucceededThings != 0 || *d.NumberOfRemovedThings != 0 {
			t.Errorf("got %+v", d)
		}
		w.stands("snapshot", "IN_PROGRESS a#1:QUEUED b#1:QUEUED")
	})
}

// A thing that is a target in two ways stays one until it has left both, and is told once.
func TestTwoWays(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.group("g", "", "a")
		w.group("h", "")
		w.create(continuous("j", group("g"), group("h"), thing("a")))
		w.report("j", "a", succeeded)
		w.enter("a", "h")
		w.stands("j", "IN_PROGRESS a#1:SUCCEEDED")
		w.exit("a", "g")
		w.exit("a", "h")
		w.enter("a", "h")
		w.stands("j", "IN_PROGRESS a#1:SUCCEEDED") // it is a target by its name
	})
}

// A thing that moves between descendants of a target in one step does not leave the target.
func TestMoveWithin(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.group("root", "")
		w.group("one", "root", "a", "b")
		w.group("two", "root")
		w.create(continuous("j", group("root")))
		w.report("j", "a", succeeded)
		for _, name := range []string{"a", "b"} {
			ok(t, home, w.reg.UpdateThingGroupsForThing, &iot.UpdateThingGroupsForThingInput{ThingName: name, ThingGroupsToRemove: []string{"one"}, ThingGroupsToAdd: []string{"two"}})
		}
		w.stands("j", "IN_PROGRESS a#1:SUCCEEDED b#1:QUEUED")
	})
}

func TestRetriesAndMembership(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.group("g", "", "a")
		in := continuous("j", group("g"))
		in.JobExecutionsRetryConfig = &iot.JobExecutionsRetryConfig{CriteriaList: []iot.RetryCriteria{{FailureType: "ALL", NumberOfRetries: 1}}}
		w.create(in)
		w.report("j", "a", failed)
		w.report("j", "a", failed)
		w.stands("j", "IN_PROGRESS a#2:FAILED a#1:FAILED")
		w.exit("a", "g")
		w.enter("a", "g")
		w.stands("j", "IN_PROGRESS a#3:QUEUED a#2:FAILED a#1:FAILED")
		w.report("j", "a", failed) // the counter has begun again
		w.stands("j", "IN_PROGRESS a#4:QUEUED a#3:FAILED a#2:FAILED a#1:FAILED")
		w.exit("a", "g")
		w.stands("j", "IN_PROGRESS a#4:REMOVED a#3:FAILED a#2:FAILED a#1:FAILED")
	})
}

func TestLaterJoinersDoNotWait(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.group("g", "", "a", "b", "c")
		w.things("d")
		in := continuous("j", group("g"))
		in.JobExecutionsRolloutConfig = &iot.JobExecutionsRolloutConfig{MaximumPerMinute: number(1)}
		w.create(in)
		w.enter("d", "g")
		w.stands("j", "IN_PROGRESS a#1:QUEUED d#1:QUEUED")
		w.exit("b", "g") // before its turn
		minutes(5)
		w.stands("j", "IN_PROGRESS a#1:QUEUED c#1:QUEUED d#1:QUEUED")
	})
}

func TestDeletedGroupsAndThings(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.group("g", "", "a", "b")
		w.group("h", "", "c", "d")
		w.create(continuous("j", group("g"), group("h")))
		w.create(order("snapshot", group("h"), thing("a")))
		w.report("snapshot", "a", succeeded)
		w.report("snapshot", "c", inProgress)
		slow := order("slow", thing("a"), thing("d"))
		slow.JobExecutionsRolloutConfig = &iot.JobExecutionsRolloutConfig{MaximumPerMinute: number(1)}
		w.create(slow)
		ok(t, home, w.reg.DeleteThingGroup, &iot.DeleteThingGroupInput{ThingGroupName: "g"})
		w.stands("j", "IN_PROGRESS a#1:REMOVED b#1:REMOVED c#1:QUEUED d#1:QUEUED")
		ok(t, home, w.reg.DeleteThing, &iot.DeleteThingInput{ThingName: "c"})
		ok(t, home, w.reg.DeleteThing, &iot.DeleteThingInput{ThingName: "d"})
		w.stands("j", "IN_PROGRESS a#1:REMOVED b#1:REMOVED c#1:REMOVED d#1:REMOVED")
		w.stands("snapshot", "COMPLETED a#1:SUCCEEDED c#1:REMOVED d#1:REMOVED")
		minutes(5)
		w.stands("slow", "IN_PROGRESS a#1:QUEUED")
	})
}

func TestAssociateTargets(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.group("g", "", "a")
		w.group("h", "", "b", "c")
		w.things("d")
		w.create(continuous("j", group("g")))
		w.create(order("snapshot", group("g")))
		more := &iot.AssociateTargetsWithJobInput{JobId: "j", Targets: []string{group("h"), group("g"), thing("d")}, Comment: "more"}
		deny(t, w.AssociateTargetsWithJob, with(more, func(in *iot.AssociateTargetsWithJobInput) { in.JobId = "snapshot" }), badRequest, "only a CONTINUOUS one can")
		deny(t, w.AssociateTargetsWithJob, with(more, func(in *iot.AssociateTargetsWithJobInput) { in.JobId = "x" }), notFound)
		deny(t, w.AssociateTargetsWithJob, with(more, func(in *iot.AssociateTargetsWithJobInput) { in.NamespaceId = "x" }), notFound)
		deny(t, w.AssociateTargetsWithJob, with(more, func(in *iot.AssociateTargetsWithJobInput) { in.Targets = nil }), badRequest, "no targets")
		deny(t, w.AssociateTargetsWithJob, with(more, func(in *iot.AssociateTargetsWithJobInput) { in.Targets = []string{thing("x")} }), notFound, "The thing x")
		w.stands("j", "IN_PROGRESS a#1:QUEUED")
		out := ok(t, home, w.AssociateTargetsWithJob, more)
		if out.JobId != "j" || out.JobArn == "" {
			t.Errorf("got %+v", out)
		}
		w.stands("j", "IN_PROGRESS a#1:QUEUED b#1:QUEUED c#1:QUEUED d#1:QUEUED")
		if j := w.describe("j"); len(j.Targets) != 3 || j.Comment != "more" {
			t.Errorf("got %+v", j)
		}
		w.things("e")
		w.enter("e", "h")
		w.exit("b", "h")
		w.stands("j", "IN_PROGRESS a#1:QUEUED b#1:REMOVED c#1:QUEUED d#1:QUEUED e#1:QUEUED")
		ok(t, home, w.CancelJob, &iot.CancelJobInput{JobId: "j"})
		deny(t, w.AssociateTargetsWithJob, more, badRequest, "its status is CANCELED")
	})
}

// What happens while the program does not run is made up for when it does again.
func TestMembershipWhileStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := memory(t)
		w := newWorld(t, db, Default())
		stop := w.start()
		w.group("g", "", "a", "b")
		w.things("c")
		w.create(continuous("j", group("g")))
		stop()
		w.exit("a", "g")
		w.enter("c", "g")
		w.exit("b", "g")
		w.enter("b", "g")
		time.Sleep(time.Hour)
		w = newWorld(t, db, Default())
		defer w.start()()
		w.stands("j", "IN_PROGRESS a#1:REMOVED b#2:QUEUED b#1:REMOVED c#1:QUEUED")
	})
}
