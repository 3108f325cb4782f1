package jobs

import (
	"time"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/lang/shape/iot"
	"telltale/service/jobs/plan"
	"telltale/store/state"
)

// job is what CreateJob made and what has become of it. Its document and its counts are rows of their own, so that this one stays small
// and is not written again for every execution.
type job struct {
	caller.Scope
	ID             string
	Targets        []string          // ARNs of things and thing groups
	Selection      string            // iot.TargetSelection…
	Description    string            `json:",omitempty"`
	Namespace      string            `json:",omitempty"`
	Template       string            `json:",omitempty"` // ARN of the template it was made from
	DocumentSource string            `json:",omitempty"` // the URL the document was read from
	Parameters     map[string]string `json:",omitempty"` // of the document

	plan.Settings
	Scheduling *plan.Schedule `json:",omitempty"`

	Status        string // iot.JobStatus…
	Comment       string `json:",omitempty"`
	ReasonCode    string `json:",omitempty"`
	ForceCanceled bool   `json:",omitempty"`
	Created       time.Time
	Updated       time.Time
	Completed     time.Time `json:",omitzero"`

	Progress progress
	Wake     time.Time `json:",omitzero"` // when there is something to do for the job; zero: not before something happens to it
}

// progress is how far the work on a job has come, so that a restart goes on where it was.
type progress struct {
	Target   int          `json:",omitempty"` // index of the target that is walked through; len(Targets): the walk is over
	After    state.Cursor `json:",omitzero"`  // where the walk through this target stands
	Done     bool         `json:",omitempty"` // all that were found are told: no thing waits for its turn
	Told     int64        `json:",omitempty"` // things that the rollout has told
	Next     time.Time    `json:",omitzero"`  // when the rate allows the next thing to be told
	Clearing bool         `json:",omitempty"` // executions are still to be canceled
	Slot     bool         `json:",omitempty"` // it is one of those that roll out or cancel at the same time
	Parked   time.Time    `json:",omitzero"`  // since when it waits to become one of them
}

var jobs = state.Table[job]{
	Name: "jobs_jobs",
	Key:  func(j *job) state.Key { return at(j.Scope, j.ID) },
	Index: []state.Index[job]{
		// The newest comes first.
		{Name: "newest", Key: func(j *job) []state.Key { return []state.Key{at(j.Scope, -j.Created.UnixMilli())} }},
		{Name: "status", Key: func(j *job) []state.Key { return []state.Key{at(j.Scope, j.Status, -j.Created.UnixMilli())} }},
		{Name: "group", Key: func(j *job) []state.Key { return j.ofGroups(-j.Created.UnixMilli()) }},
		// The continuous ones that follow who joins and leaves a group.
		{Name: "follows", Key: func(j *job) []state.Key {
			if j.Selection != iot.TargetSelectionContinuous || j.terminal() {
				return nil
			}
			return j.ofGroups(0)
		}},
		// Of all accounts: when there is something to do.
		{Name: "wake", Key: func(j *job) []state.Key {
			if j.Wake.IsZero() {
				return nil
			}
			return []state.Key{state.K(j.Wake.UnixMilli())}
		}},
		{Name: "slot", Key: func(j *job) []state.Key {
			if !j.Progress.Slot {
				return nil
			}
			return []state.Key{at(j.Scope)}
		}},
		{Name: "parked", Key: func(j *job) []state.Key {
			if j.Progress.Parked.IsZero() {
				return nil
			}
			return []state.Key{at(j.Scope, j.Progress.Parked.UnixMilli())}
		}},
	},
}

// ofGroups are index entries under each thing group that is a target.
func (j *job) ofGroups(order int64) (keys []state.Key) {
	for _, target := range j.Targets {
		if group := targetName(target, "thinggroup"); group != "" {
			keys = append(keys, at(j.Scope, group, order))
		}
	}
	return keys
}

// terminal reports whether the job makes no executions any more.
func (j *job) terminal() bool {
	return j.Status != iot.JobStatusInProgress && j.Status != iot.JobStatusScheduled
}

func (j *job) arn() string { return arn.IoT(j.Scope, "job", j.ID) }

// text is a job's document, with parameters filled in and placeholders of URLs left as they are.
type text struct {
	caller.Scope
	Job      string
	Document string
	Original string `json:",omitempty"` // before the parameters were filled in, if that made a difference
}

var texts = state.Table[text]{
	Name: "jobs_documents",
	Key:  func(t *text) state.Key { return at(t.Scope, t.Job) },
}

// tally counts the executions of a job by status.
type tally struct {
	caller.Scope
	Job    string
	All    map[status]int64 // every execution
	Things map[status]int64 // the newest execution of each thing
	First  map[status]int64 // those that are no retries; abort rules go by them
}

var tallies = state.Table[tally]{
	Name: "jobs_tallies",
	Key:  func(t *tally) state.Key { return at(t.Scope, t.Job) },
}

// execution is one try of one thing to do a job.
type execution struct {
	caller.Scope
	Job, Thing string
	Number     int64 // counts the tries of the thing from 1

	Status        status
	Details       map[string]string `json:",omitempty"`
	Version       int64
	Queued        time.Time
	Started       time.Time `json:",omitzero"`
	Updated       time.Time
	ForceCanceled bool `json:",omitempty"`

	Deadline     time.Time `json:",omitzero"`  // of the in-progress timer
	StepDeadline time.Time `json:",omitzero"`  // of the step timer
	Attempt      int64     `json:",omitempty"` // 0 of the first try, 1 of the first retry
	Failures     int64     `json:",omitempty"` // retries made because of FAILED
	Timeouts     int64     `json:",omitempty"` // retries made because of TIMED_OUT
	RetryWaits   bool      `json:",omitempty"` // it is tried again when the job rolls out again
	Left         bool      `json:",omitempty"` // the thing left the targets after it was at its end: if it joins again, it is told again
}

var executions = state.Table[execution]{
	Name: "jobs_executions",
	// The newest try of a thing is met first.
	Key: func(e *execution) state.Key { return at(e.Scope, e.Job, e.Thing, -e.Number) },
	Index: []state.Index[execution]{
		{Name: "thing", Key: func(e *execution) []state.Key {
			return []state.Key{at(e.Scope, e.Thing, e.rank(), e.Queued.UnixMilli())}
		}},
		{Name: "status", Key: func(e *execution) []state.Key { return []state.Key{at(e.Scope, e.Job, e.Status)} }},
		{Name: "deadline", Key: func(e *execution) []state.Key {
			if d := e.deadline(); !d.IsZero() {
				return []state.Key{state.K(d.UnixMilli())}
			}
			return nil
		}},
		{Name: "waiting", Key: func(e *execution) []state.Key {
			if e.RetryWaits {
				return []state.Key{at(e.Scope, e.Job)}
			}
			return nil
		}},
	},
}

// rank is the place of executions of a status among those of a thing: pending ones come first, and of these the one that runs.
func (e *execution) rank() int {
	switch {
	case e.Status == inProgress:
		return 0
	case e.Status == queued:
		return 1
	}
	return terminalRank
}

const terminalRank = 2

// deadline is when the execution times out; zero: never. Only one that is in progress has a deadline.
func (e *execution) deadline() time.Time {
	switch {
	case e.Status != inProgress:
		return time.Time{}
	case e.Deadline.IsZero(), !e.StepDeadline.IsZero() && e.StepDeadline.Before(e.Deadline):
		return e.StepDeadline
	}
	return e.Deadline
}

// waiting is a thing that a job has found and will tell when the rate and the schedule allow it.
type waiting struct {
	caller.Scope
	Job, Thing string
	Target     string // ARN of the target through which it was found
}

var waitings = state.Table[waiting]{
	Name: "jobs_waiting",
	Key:  func(w *waiting) state.Key { return at(w.Scope, w.Job, w.Thing) },
	Index: []state.Index[waiting]{
		{Name: "thing", Key: func(w *waiting) []state.Key { return []state.Key{at(w.Scope, w.Thing)} }},
	},
}

// notice is what a thing was told about its pending executions, and whether it must be told again. A thing has one as long as
// executions are pending, or were when it was last told.
type notice struct {
	caller.Scope
	Thing  string
	Due    uint64  `json:",omitempty"` // order in which things are told; 0: nothing to tell
	List   bool    `json:",omitempty"` // the list of pending executions has changed
	Causes []point `json:",omitempty"` // executions that came or went
	First  point   `json:",omitzero"`  // the first pending execution that the thing was told of
}

// point names an execution of a thing.
type point struct {
	Job    string
	Number int64
}

var notices = state.Table[notice]{
	Name: "jobs_notices",
	Key:  func(n *notice) state.Key { return at(n.Scope, n.Thing) },
	Index: []state.Index[notice]{{Name: "due", Key: func(n *notice) []state.Key {
		if n.Due == 0 {
			return nil
		}
		return []state.Key{state.K(n.Due)}
	}}},
}

// at is the key of what belongs to a scope.
func at(s caller.Scope, parts ...any) state.Key { return state.K(s.Account, s.Region).With(parts...) }

// now is the present moment as stored.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// targetName is the name in the ARN of a thing or a thinggroup, "" if it is the ARN of something else.
func targetName(text, kind string) string {
	a, err := arn.Parse(text)
	if err != nil {
		return ""
	}
	if is, name := a.SplitResource(); is == kind {
		return name
	}
	return ""
}
