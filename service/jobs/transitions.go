package jobs

import (
	"slices"

	"telltale/lang/shape/iotjobsdata"
)

// status is where an execution stands.
type status string

// The statuses. none is that of an execution that is not made yet.
const (
	none       status = ""
	queued     status = iotjobsdata.JobExecutionStatusQueued
	inProgress status = iotjobsdata.JobExecutionStatusInProgress
	succeeded  status = iotjobsdata.JobExecutionStatusSucceeded
	failed     status = iotjobsdata.JobExecutionStatusFailed
	timedOut   status = iotjobsdata.JobExecutionStatusTimedOut
	rejected   status = iotjobsdata.JobExecutionStatusRejected
	removed    status = iotjobsdata.JobExecutionStatusRemoved
	canceled   status = iotjobsdata.JobExecutionStatusCanceled
)

// statuses lists them in the order in which counts are told.
var statuses = []status{queued, inProgress, failed, succeeded, canceled, rejected, removed, timedOut}

// terminal reports whether an execution in this status is at its end.
func (s status) terminal() bool { return s != none && s != queued && s != inProgress }

// actor is who lets an execution change its status.
type actor string

// The actors.
const (
	byRollout   actor = "rollout"   // the job reaches the thing, or reaches it again
	byDevice    actor = "device"    // the thing's own requests
	byTimer     actor = "timer"     // a deadline has passed
	byCancel    actor = "cancel"    // an operator, an abort rule or the end of the schedule cancels
	byForce     actor = "force"     // the same, with force
	byDeparture actor = "departure" // the thing left the target group, or the registry
)

// transition is one change of status that can happen. Everything else is refused.
type transition struct {
	from, to status
	by       []actor
}

// transitions is the whole state machine of an execution. (aws: iot/iot-jobs-lifecycle#iot-job-execution-states)
//
// An execution at its end never changes; a retry is a new execution.
var transitions = []transition{
	{none, queued, []actor{byRollout}},
	{queued, inProgress, []actor{byDevice}},
	{queued, succeeded, []actor{byDevice}},
	{queued, failed, []actor{byDevice}},
	{queued, rejected, []actor{byDevice}},
	{queued, canceled, []actor{byCancel, byForce}},
	{queued, removed, []actor{byDeparture}},
	{inProgress, inProgress, []actor{byDevice}},
	{inProgress, succeeded, []actor{byDevice}},
	{inProgress, failed, []actor{byDevice}},
	{inProgress, rejected, []actor{byDevice}},
	{inProgress, timedOut, []actor{byTimer}},
	{inProgress, canceled, []actor{byForce}},
	{inProgress, removed, []actor{byDeparture}},
}

// checkTransition refuses a change of status that is not in the table.
func checkTransition(from, to status, by actor) *refusal {
	for _, t := range transitions {
		if t.from == from && t.to == to && slices.Contains(t.by, by) {
			return nil
		}
	}
	if from.terminal() {
		return refuse(terminalStateReached, "The job execution has reached the terminal state %s and cannot be changed.", from)
	}
	return refuse(invalidStateTransition, "A job execution in the state %s cannot be changed to %s by %s.", from, to, actorNames[by])
}

// actorNames are the actors in sentences.
var actorNames = map[actor]string{
	byRollout: "the rollout", byDevice: "the device", byTimer: "a timer", byCancel: "a cancellation without force",
	byForce: "a cancellation with force", byDeparture: "the removal of the thing",
}
