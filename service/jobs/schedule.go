package jobs

import "telltale/lang/shape/iot"

// wakeAtTurn wakes a job when its schedule says something else.
func (c *change) wakeAtTurn(j *job) {
	if j.Scheduling == nil {
		return
	}
	if end := j.Scheduling.End; !end.IsZero() {
		c.wakeAt(j, end)
	}
	if turn := j.Scheduling.Windows.Turn(c.now); !turn.IsZero() {
		c.wakeAt(j, turn)
	}
}

// endSchedule does what a job's schedule says about its end. Without the cancellation, what is queued or running goes on, and the job is
// complete when that is at its end.
func (c *change) endSchedule(j *job) error {
	switch j.Scheduling.EndAction {
	case iot.JobEndBehaviorCancel, iot.JobEndBehaviorForceCancel:
		return c.cancel(j, j.Scheduling.EndAction == iot.JobEndBehaviorForceCancel, "SCHEDULE_ENDED", "The end of the job's schedule was reached.")
	}
	c.setStatus(j, iot.JobStatusInProgress)
	done, err := c.forgetWaiting(j, portion)
	if err != nil {
		return err
	}
	if !done {
		c.again(j)
		return nil
	}
	j.Progress.Target, j.Progress.Done = len(j.Targets), true
	return c.finish(j)
}
