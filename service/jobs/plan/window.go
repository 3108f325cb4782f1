package plan

import (
	"fmt"
	"time"

	"telltale/lang/cron"
	"telltale/lang/shape/iot"
)

// Window is a maintenance window that comes again and again.
type Window struct {
	Cron    string
	Minutes int64
}

// windowMost is the longest a window may be open: ten minutes less than a day. (aws: iot/API_MaintenanceWindow)
const windowMost = 1430

// check refuses a window that cannot be understood or never opens after now.
func (w Window) check(now time.Time) error {
	if w.Minutes < 1 || w.Minutes > windowMost {
		return fmt.Errorf("the maintenance window %q lasts %d minutes; allowed are 1 to %d", w.Cron, w.Minutes, windowMost)
	}
	opening, err := cron.Parse(w.Cron)
	if err != nil {
		return err
	}
	if opening.Next(now.UTC()).IsZero() {
		return fmt.Errorf("the maintenance window %q never opens", w.Cron)
	}
	return nil
}

// opens is the first time after t at which the window opens, zero if it never does.
func (w Window) opens(t time.Time) time.Time {
	opening, err := cron.Parse(w.Cron)
	if err != nil {
		return time.Time{}
	}
	return opening.Next(t.UTC())
}

// closes is when the window that is open at t closes, zero if none is open. Where openings overlap it is the end of the first.
func (w Window) closes(t time.Time) time.Time {
	length := time.Duration(w.Minutes) * time.Minute
	start := w.opens(t.Add(-length))
	if start.IsZero() || start.After(t) {
		return time.Time{}
	}
	return start.Add(length)
}

// Windows are those of one job; without any, rollout is always allowed.
type Windows []Window

// open reports whether rollout is allowed at t.
func (list Windows) open(t time.Time) bool {
	for _, w := range list {
		if !w.closes(t).IsZero() {
			return true
		}
	}
	return len(list) == 0
}

// Turn is the next time after t at which a window may open or close, zero if there is none.
func (list Windows) Turn(t time.Time) (next time.Time) {
	for _, w := range list {
		next = earliest(next, w.opens(t))
		next = earliest(next, w.closes(t))
	}
	return next
}

// Openings are the next n times after t at which a window opens.
func (list Windows) Openings(t time.Time, n int) (times []time.Time) {
	for len(times) < n {
		var next time.Time
		for _, w := range list {
			next = earliest(next, w.opens(t))
		}
		if next.IsZero() {
			return times
		}
		times, t = append(times, next), next
	}
	return times
}

// earliest is the earlier of two times, of which a zero one does not count.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// ReadWindows reads maintenance windows, those that make sense.
func ReadWindows(in []iot.MaintenanceWindow, now time.Time) (list Windows, err error) {
	for _, w := range in {
		read := Window{Cron: w.StartTime, Minutes: int64(w.DurationInMinutes)}
		if err := read.check(now); err != nil {
			return nil, invalid("In the maintenanceWindows, %v.", err)
		}
		list = append(list, read)
	}
	return list, nil
}

// Shape is the list as answers show it.
func (list Windows) Shape() (out []iot.MaintenanceWindow) {
	for _, w := range list {
		out = append(out, iot.MaintenanceWindow{StartTime: w.Cron, DurationInMinutes: int32(w.Minutes)})
	}
	return out
}
