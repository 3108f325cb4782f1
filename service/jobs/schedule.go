package jobs

import (
	"time"

	"telltale/lang/shape/iot"
)

// ended reports whether the schedule of a job is over.
func (j *job) ended(now time.Time) bool {
	return j.Scheduling != nil && !j.Scheduling.End.IsZero() && !now.Before(j.Scheduling.End)
}

// opened reports whether the schedule of a job lets it roll out.
func (j *job) opened(now time.Time) bool {
	x := j.Scheduling
	return x == nil || !now.Before(x.Start) && !j.ended(now) && windows(x.Windows).open(now)
}

// wakeAtTurn wakes a job when its schedule says something else.
func (c *change) wakeAtTurn(j *job) {
	if j.Scheduling == nil {
		return
	}
	if end := j.Scheduling.End; !end.IsZero() {
		c.wakeAt(j, end)
	}
	if turn := windows(j.Scheduling.Windows).turn(c.now); !turn.IsZero() {
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

// rollouts are the next openings of a job's maintenance windows, those that its schedule still allows.
func (j *job) rollouts(now time.Time) (list []iot.ScheduledJobRollout) {
	x := j.Scheduling
	if x == nil || j.terminal() {
		return nil
	}
	if len(x.Windows) == 0 {
		if now.Before(x.Start) {
			list = append(list, iot.ScheduledJobRollout{StartTime: writeTime(x.Start)})
		}
		return list
	}
	from := now
	if x.Start.After(from) {
		from = x.Start.Add(-time.Second)
	}
	for _, t := range windows(x.Windows).openings(from, rolloutsShown) {
		if x.End.IsZero() || t.Before(x.End) {
			list = append(list, iot.ScheduledJobRollout{StartTime: writeTime(t)})
		}
	}
	return list
}

// rolloutsShown is how many openings of windows DescribeJob tells.
const rolloutsShown = 5
