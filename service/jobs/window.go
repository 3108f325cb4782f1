package jobs

import (
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/cronexpr"
)

// windowMost is the longest a window may be open: ten minutes less than a day. (aws: iot/API_MaintenanceWindow)
const windowMost = 1430

// check refuses a window that cannot be understood or never opens after now.
func (w window) check(now time.Time) error {
	if w.Minutes < 1 || w.Minutes > windowMost {
		return fmt.Errorf("the maintenance window %q lasts %d minutes; allowed are 1 to %d", w.Cron, w.Minutes, windowMost)
	}
	opening, err := readCron(w.Cron)
	if err != nil {
		return err
	}
	if opening.Next(now.UTC()).IsZero() {
		return fmt.Errorf("the maintenance window %q never opens", w.Cron)
	}
	return nil
}

// opens is the first time after t at which the window opens, zero if it never does.
func (w window) opens(t time.Time) time.Time {
	opening, err := readCron(w.Cron)
	if err != nil {
		return time.Time{}
	}
	return opening.Next(t.UTC())
}

// closes is when the window that is open at t closes, zero if none is open. Where openings overlap it is the end of the first.
func (w window) closes(t time.Time) time.Time {
	length := time.Duration(w.Minutes) * time.Minute
	start := w.opens(t.Add(-length))
	if start.IsZero() || start.After(t) {
		return time.Time{}
	}
	return start.Add(length)
}

// windows are those of one job; without any, rollout is always allowed.
type windows []window

// open reports whether rollout is allowed at t.
func (list windows) open(t time.Time) bool {
	for _, w := range list {
		if !w.closes(t).IsZero() {
			return true
		}
	}
	return len(list) == 0
}

// turn is the next time after t at which a window may open or close, zero if there is none.
func (list windows) turn(t time.Time) (next time.Time) {
	for _, w := range list {
		next = earliest(next, w.opens(t))
		next = earliest(next, w.closes(t))
	}
	return next
}

// openings are the next n times after t at which a window opens.
func (list windows) openings(t time.Time, n int) (times []time.Time) {
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

// latest is the later of two times.
func latest(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// readCron reads a cron expression of AWS: minutes, hours, day of month, month, day of week, year. In it a week begins with Sunday as
// day 1, for the library as day 0. The library takes what it does not understand in its own way, so everything is checked before.
// (aws: iot/jobs-configurations-details#job-scheduling, eventbridge/eb-scheduled-rule-pattern)
func readCron(text string) (*cronexpr.Expression, error) {
	fields := strings.Fields(strings.ToUpper(text))
	if len(fields) != len(cronFields) {
		return nil, fmt.Errorf("the cron expression %q has %d fields; needed are 6: minutes, hours, day of month, month, day of week, year", text, len(fields))
	}
	if (fields[2] == "?") == (fields[4] == "?") {
		return nil, fmt.Errorf("the cron expression %q must have ? as the day of month or as the day of week, and not as both", text)
	}
	for i, f := range cronFields {
		var err error
		if fields[i], err = f.read(fields[i]); err != nil {
			return nil, fmt.Errorf("the cron expression %q is invalid: %w", text, err)
		}
	}
	expression, err := cronexpr.Parse(strings.Join(fields, " "))
	if err != nil {
		return nil, fmt.Errorf("the cron expression %q is invalid: %w", text, err)
	}
	return expression, nil
}
