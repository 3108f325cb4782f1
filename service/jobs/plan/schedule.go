package plan

import (
	"time"

	"telltale/lang/shape/iot"
)

// Schedule is when the job rolls out.
type Schedule struct {
	Start, End time.Time `json:",omitzero"`
	EndAction  string    `json:",omitempty"` // iot.JobEndBehavior…
	Windows    Windows   `json:",omitempty"`
}

// The limits of a schedule. (aws: iot/API_SchedulingConfig)
const (
	scheduleSoonest = 30 * time.Minute
	startYears      = 1
	endYears        = 2
)

// ReadSchedule reads when a job rolls out.
func ReadSchedule(in *iot.SchedulingConfig, selection string, now time.Time) (*Schedule, error) {
	if in == nil {
		return nil, nil
	}
	x := &Schedule{EndAction: in.EndBehavior}
	for _, t := range []struct {
		name, text string
		into       *time.Time
		years      int
	}{{"startTime", in.StartTime, &x.Start, startYears}, {"endTime", in.EndTime, &x.End, endYears}} {
		if t.text == "" {
			continue
		}
		at, err := readTime(t.text)
		switch {
		case err != nil:
			return nil, invalid("The %s %q is not a time: write it as 2006-01-02T15:04, in UTC.", t.name, t.text)
		case at.Before(now.Add(scheduleSoonest)) || at.After(now.AddDate(t.years, 0, 0)):
			return nil, invalid("The %s %s is not allowed: it must be at least 30 minutes and at most %d year(s) from now.", t.name, t.text, t.years)
		}
		*t.into = at
	}
	switch begin := x.Start; {
	case x.End.IsZero() && x.EndAction != "":
		return nil, invalid("The endBehavior %s needs an endTime.", x.EndAction)
	case !x.End.IsZero() && !begin.IsZero() && (x.End.Before(begin.Add(scheduleSoonest)) || x.End.After(begin.AddDate(endYears, 0, 0))):
		return nil, invalid("The endTime %s is not allowed: it must be at least 30 minutes and at most %d years after the startTime %s.", in.EndTime, endYears, in.StartTime)
	case !x.End.IsZero() && x.EndAction == "":
		x.EndAction = iot.JobEndBehaviorStopRollout
	}
	if len(in.MaintenanceWindows) > 0 && selection != iot.TargetSelectionContinuous {
		return nil, invalid("The maintenanceWindows are not allowed: only a CONTINUOUS job can have them.")
	}
	var err error
	x.Windows, err = ReadWindows(in.MaintenanceWindows, now)
	return x, err
}

// readTime reads a time of a schedule. Without a zone it is UTC.
func readTime(text string) (at time.Time, err error) {
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04Z07:00", time.RFC3339} {
		if at, err = time.Parse(layout, text); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, err
}

// Ended reports whether the schedule is over. Where there is none, it never is.
func (x *Schedule) Ended(now time.Time) bool {
	return x != nil && !x.End.IsZero() && !now.Before(x.End)
}

// Opened reports whether the schedule lets the job roll out.
func (x *Schedule) Opened(now time.Time) bool {
	return x == nil || !now.Before(x.Start) && !x.Ended(now) && x.Windows.open(now)
}

// Rollouts are the next openings of the maintenance windows, those that the schedule still allows.
func (x *Schedule) Rollouts(now time.Time) (list []iot.ScheduledJobRollout) {
	if x == nil {
		return nil
	}
	if len(x.Windows) == 0 {
		if now.Before(x.Start) {
			list = append(list, iot.ScheduledJobRollout{StartTime: Write(x.Start)})
		}
		return list
	}
	from := now
	if x.Start.After(from) {
		from = x.Start.Add(-time.Second)
	}
	for _, t := range x.Windows.Openings(from, rolloutsShown) {
		if x.End.IsZero() || t.Before(x.End) {
			list = append(list, iot.ScheduledJobRollout{StartTime: Write(t)})
		}
	}
	return list
}

// rolloutsShown is how many openings of windows DescribeJob tells.
const rolloutsShown = 5

// Shape is the schedule as answers show it, nil if there is none.
func (x *Schedule) Shape() *iot.SchedulingConfig {
	if x == nil {
		return nil
	}
	return &iot.SchedulingConfig{StartTime: Write(x.Start), EndTime: Write(x.End), EndBehavior: x.EndAction, MaintenanceWindows: x.Windows.Shape()}
}

// Write writes a time of a schedule, "" for none.
func Write(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
