package jobs

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"telltale/base/arn"
	"telltale/lang/shape/iot"
)

// The tests of the control side fill a registry and use the operations of the control plane.

func thing(name string) string { return arn.IoT(home, "thing", name) }
func group(name string) string { return arn.IoT(home, "thinggroup", name) }

// things registers things.
func (w *world) things(names ...string) {
	w.t.Helper()
	for _, name := range names {
		ok(w.t, home, w.reg.CreateThing, &iot.CreateThingInput{ThingName: name})
	}
}

// groups makes a group, below a parent unless that is "", with things in it that it registers.
func (w *world) group(name, parent string, things ...string) {
	w.t.Helper()
	ok(w.t, home, w.reg.CreateThingGroup, &iot.CreateThingGroupInput{ThingGroupName: name, ParentGroupName: parent})
	w.things(things...)
	for _, t := range things {
		w.enter(t, name)
	}
}

func (w *world) enter(thing, group string) {
	w.t.Helper()
	ok(w.t, home, w.reg.AddThingToThingGroup, &iot.AddThingToThingGroupInput{ThingName: thing, ThingGroupName: group})
}

func (w *world) exit(thing, group string) {
	w.t.Helper()
	ok(w.t, home, w.reg.RemoveThingFromThingGroup, &iot.RemoveThingFromThingGroupInput{ThingName: thing, ThingGroupName: group})
}

// order is the request for a job on targets.
func order(id string, targets ...string) *iot.CreateJobInput {
	return &iot.CreateJobInput{JobId: id, Targets: targets, Document: `{"do":"` + id + `"}`}
}

// continuous is the request for a continuous job on targets.
func continuous(id string, targets ...string) *iot.CreateJobInput {
	in := order(id, targets...)
	in.TargetSelection = iot.TargetSelectionContinuous
	return in
}

// create makes a job and lets everything come to rest.
func (w *world) create(in *iot.CreateJobInput) {
	w.t.Helper()
	ok(w.t, home, w.CreateJob, in)
	synctest.Wait()
}

// job describes a job.
func (w *world) describe(id string) *iot.Job {
	w.t.Helper()
	return ok(w.t, home, w.DescribeJob, &iot.DescribeJobInput{JobId: id}).Job
}

// stands checks where a job and its executions stand: its status, then thing, number and status of each execution.
func (w *world) stands(id, want string) {
	w.t.Helper()
	synctest.Wait()
	got := []string{w.describe(id).Status}
	in := &iot.ListJobExecutionsForJobInput{JobId: id}
	for _, x := range ok(w.t, home, w.ListJobExecutionsForJob, in).ExecutionSummaries {
		s := x.JobExecutionSummary
		got = append(got, fmt.Sprintf("%s#%d:%s", targetName(x.ThingArn, "thing"), *s.ExecutionNumber, s.Status))
	}
	if text := strings.Join(got, " "); text != want {
		w.t.Errorf("the job %s stands\n got %s\nwant %s", id, text, want)
	}
}

// told counts the executions of a job, whatever their status.
func (w *world) told(id string) (n int64) {
	w.t.Helper()
	synctest.Wait()
	all, _ := w.counts(id)
	for _, count := range all {
		n += count
	}
	return n
}

// report lets a thing change its newest execution.
func (w *world) report(job, thing string, to status) {
	w.t.Helper()
	w.moveTo(job, thing, to, byDevice)
}

// deny checks the name of the error of an operation, and parts of its text.
func deny[In, Out any](t testing.TB, f func(context.Context, *In) (*Out, error), in *In, code string, parts ...string) {
	t.Helper()
	out, err := f(as(home), in)
	if err == nil {
		t.Errorf("%+v: got %+v, want %s", *in, *out, code)
		return
	}
	if out != nil {
		t.Errorf("%+v: an output came with the error %v", *in, err)
	}
	e := iot.Service.ErrorFor(err)
	if e.Shape != code {
		t.Errorf("%+v: got %s (%v), want %s", *in, e.Shape, err, code)
	}
	for _, part := range parts {
		if !strings.Contains(e.Message, part) {
			t.Errorf("%+v\n got %s\nwant a text with %s", *in, e.Message, part)
		}
	}
	if !strings.HasPrefix(err.Error(), "jobs.") {
		t.Errorf("the diary does not learn the operation: %v", err)
	}
}

// The errors of the model, for short.
const (
	badRequest = iot.InvalidRequestException
	notFound   = iot.ResourceNotFoundException
	exists     = iot.ResourceAlreadyExistsException
	overMost   = iot.LimitExceededException
	badState   = iot.InvalidStateTransitionException
	badVersion = iot.VersionConflictException
)

// with returns a copy of a request that is changed.
func with[T any](in *T, edit func(*T)) *T {
	changed := *in
	edit(&changed)
	return &changed
}

// happened returns the topics of the event messages since the last time, without their common beginning.
func (w *world) happened() (list []string) {
	synctest.Wait()
	for _, text := range w.take(&w.events) {
		list = append(list, strings.TrimPrefix(strings.Fields(text)[1], "$aws/events/"))
	}
	slices.Sort(list)
	return list
}
