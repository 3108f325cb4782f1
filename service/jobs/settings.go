package jobs

import (
	"math"
	"time"

	"telltale/lang/shape/iot"
)

// settings are how a job is to be rolled out, as jobs and templates keep them.
type settings struct {
	Presign *presign    `json:",omitempty"`
	Rollout *rollout    `json:",omitempty"`
	Abort   []abortRule `json:",omitempty"`
	Timeout int64       `json:",omitempty"` // minutes an execution may be in progress; 0: any time
	Retry   []retryRule `json:",omitempty"`
}

// configs are the settings as a request gives them; what is nil is not given.
type configs struct {
	presign *iot.PresignedUrlConfig
	rollout *iot.JobExecutionsRolloutConfig
	abort   *iot.AbortConfig
	timeout *iot.TimeoutConfig
	retry   *iot.JobExecutionsRetryConfig
}

// The limits of settings. (aws: general/iot_device_management#job-limits)
const (
	rateMost       = 1000 // things per minute
	expiresLeast   = 60   // seconds
	expiresMost    = 3600
	timeoutMost    = 10080 // minutes: seven days
	defaultExpires = 3600
)

// apply takes over the settings that are given, those that make sense.
func (x *settings) apply(in configs) error {
	for _, f := range []func(configs) error{x.applyPresign, x.applyRollout, x.applyAbort, x.applyTimeout, x.applyRetry} {
		if err := f(in); err != nil {
			return err
		}
	}
	return nil
}

func (x *settings) applyPresign(in configs) error {
	if in.presign == nil {
		return nil
	}
	p := &presign{Role: in.presign.RoleArn, Expires: defaultExpires}
	if e := in.presign.ExpiresInSec; e != nil {
		if *e < expiresLeast || *e > expiresMost {
			return invalid("The expiresInSec %d is not allowed: it must be %d to %d.", *e, expiresLeast, expiresMost)
		}
		p.Expires = *e
	}
	if p.Role == "" {
		return invalid("The presignedUrlConfig has no roleArn.")
	}
	x.Presign = p
	return nil
}

func (x *settings) applyRollout(in configs) error {
	if in.rollout == nil {
		return nil
	}
	most, grows := in.rollout.MaximumPerMinute, in.rollout.ExponentialRate
	r := &rollout{PerMinute: rateMost}
	if most != nil {
		if *most < 1 || *most > rateMost {
			return invalid("The maximumPerMinute %d is not allowed: it must be 1 to %d.", *most, rateMost)
		}
		r.PerMinute = int64(*most)
	}
	switch {
	case most == nil && grows == nil:
		return invalid("The jobExecutionsRolloutConfig must give maximumPerMinute or exponentialRate.")
	case grows != nil:
		if err := r.grow(grows); err != nil {
			return err
		}
	}
	x.Rollout = r
	return nil
}

// grow makes a rollout that becomes faster.
func (r *rollout) grow(in *iot.ExponentialRolloutRate) error {
	criteria := in.RateIncreaseCriteria
	switch {
	case in.BaseRatePerMinute < 1 || int64(in.BaseRatePerMinute) > r.PerMinute:
		return invalid("The baseRatePerMinute %d is not allowed: it must be 1 to %d.", in.BaseRatePerMinute, r.PerMinute)
	case in.IncrementFactor < 1.1 || in.IncrementFactor > 5 || !decimals(in.IncrementFactor, 10):
		return invalid("The incrementFactor %v is not allowed: it must be 1.1 to 5 with one decimal.", in.IncrementFactor)
	case criteria == nil || (criteria.NumberOfNotifiedThings == nil) == (criteria.NumberOfSucceededThings == nil):
		return invalid("The rateIncreaseCriteria must give either numberOfNotifiedThings or numberOfSucceededThings.")
	}
	r.Base, r.Factor = int64(in.BaseRatePerMinute), in.IncrementFactor
	name, n := "numberOfNotifiedThings", criteria.NumberOfNotifiedThings
	if n == nil {
		name, n = "numberOfSucceededThings", criteria.NumberOfSucceededThings
		r.Succeeded = int64(*n)
	} else {
		r.Notified = int64(*n)
	}
	if *n < 1 {
		return invalid("The %s %d is not allowed: it must be at least 1.", name, *n)
	}
	return nil
}

// decimals reports whether x is a whole number of 1/of.
func decimals(x, of float64) bool { return math.Abs(x*of-math.Round(x*of)) < 1e-6 }

func (x *settings) applyAbort(in configs) error {
	if in.abort == nil {
		return nil
	}
	if len(in.abort.CriteriaList) == 0 {
		return invalid("The abortConfig has no criteria.")
	}
	var rules []abortRule
	for _, c := range in.abort.CriteriaList {
		switch {
		case c.ThresholdPercentage <= 0 || c.ThresholdPercentage > 100 || !decimals(c.ThresholdPercentage, 100):
			return invalid("The thresholdPercentage %v is not allowed: it must be above 0 and at most 100, with two decimals.", c.ThresholdPercentage)
		case c.MinNumberOfExecutedThings < 1:
			return invalid("The minNumberOfExecutedThings %d is not allowed: it must be at least 1.", c.MinNumberOfExecutedThings)
		case c.Action != iot.AbortActionCancel:
			return invalid("The abort action %q is not allowed: it must be CANCEL.", c.Action)
		}
		rules = append(rules, abortRule{Failure: c.FailureType, Percentage: c.ThresholdPercentage, Minimum: int64(c.MinNumberOfExecutedThings)})
	}
	x.Abort = rules
	return nil
}

func (x *settings) applyTimeout(in configs) error {
	if in.timeout == nil || in.timeout.InProgressTimeoutInMinutes == nil {
		return nil
	}
	minutes := *in.timeout.InProgressTimeoutInMinutes
	if minutes < 1 || minutes > timeoutMost {
		return invalid("The inProgressTimeoutInMinutes %d is not allowed: it must be 1 to %d.", minutes, timeoutMost)
	}
	x.Timeout = minutes
	return nil
}

func (x *settings) applyRetry(in configs) error {
	if in.retry == nil {
		return nil
	}
	var rules []retryRule
	var sum int64
	for _, c := range in.retry.CriteriaList {
		if c.NumberOfRetries < 0 {
			return invalid("The numberOfRetries %d is not allowed: it must be 0 to %d.", c.NumberOfRetries, maxRetries)
		}
		for _, r := range rules {
			if r.Failure == c.FailureType || r.Failure == iot.RetryableFailureTypeAll || c.FailureType == iot.RetryableFailureTypeAll {
				return invalid("The retry criteria for %s and %s exclude each other.", r.Failure, c.FailureType)
			}
		}
		rules, sum = append(rules, retryRule{c.FailureType, int64(c.NumberOfRetries)}), sum+int64(c.NumberOfRetries)
	}
	switch {
	case len(rules) == 0:
		return invalid("The jobExecutionsRetryConfig has no criteria.")
	case sum > maxRetries:
		return invalid("The retry criteria allow %d retries in all; allowed are %d.", sum, maxRetries)
	}
	x.Retry = rules
	return nil
}

// The settings as answers show them: nil where there are none.

func (p *presign) shape() *iot.PresignedUrlConfig {
	if p == nil {
		return nil
	}
	return &iot.PresignedUrlConfig{RoleArn: p.Role, ExpiresInSec: &p.Expires}
}

func (r *rollout) shape() *iot.JobExecutionsRolloutConfig {
	if r == nil {
		return nil
	}
	out := &iot.JobExecutionsRolloutConfig{MaximumPerMinute: number(r.PerMinute)}
	if r.Factor > 0 {
		criteria := &iot.RateIncreaseCriteria{}
		if r.Notified > 0 {
			criteria.NumberOfNotifiedThings = number(r.Notified)
		} else {
			criteria.NumberOfSucceededThings = number(r.Succeeded)
		}
		out.ExponentialRate = &iot.ExponentialRolloutRate{BaseRatePerMinute: int32(r.Base), IncrementFactor: r.Factor, RateIncreaseCriteria: criteria}
	}
	return out
}

func (x *settings) abortShape() *iot.AbortConfig {
	if x.Abort == nil {
		return nil
	}
	out := &iot.AbortConfig{}
	for _, r := range x.Abort {
		out.CriteriaList = append(out.CriteriaList, iot.AbortCriteria{FailureType: r.Failure, Action: iot.AbortActionCancel,
			ThresholdPercentage: r.Percentage, MinNumberOfExecutedThings: int32(r.Minimum)})
	}
	return out
}

func (x *settings) timeoutShape() *iot.TimeoutConfig {
	if x.Timeout == 0 {
		return nil
	}
	return &iot.TimeoutConfig{InProgressTimeoutInMinutes: &x.Timeout}
}

func (x *settings) retryShape() *iot.JobExecutionsRetryConfig {
	if x.Retry == nil {
		return nil
	}
	out := &iot.JobExecutionsRetryConfig{}
	for _, r := range x.Retry {
		out.CriteriaList = append(out.CriteriaList, iot.RetryCriteria{FailureType: r.Failure, NumberOfRetries: int32(r.Times)})
	}
	return out
}

// number is n as shapes have it.
func number(n int64) *int32 {
	small := int32(n)
	return &small
}

// noPackages refuses what needs the software package catalogue.
func noPackages(arns []string) error {
	if len(arns) > 0 {
		return invalid("The destinationPackageVersions are not allowed: this server has no software package catalogue.")
	}
	return nil
}

// The limits of a schedule. (aws: iot/API_SchedulingConfig)
const (
	scheduleSoonest = 30 * time.Minute
	startYears      = 1
	endYears        = 2
)

// readSchedule reads when a job rolls out.
func readSchedule(in *iot.SchedulingConfig, selection string, now time.Time) (*scheduling, error) {
	if in == nil {
		return nil, nil
	}
	x := &scheduling{EndAction: in.EndBehavior}
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
	x.Windows, err = readWindows(in.MaintenanceWindows, now)
	return x, err
}

func readWindows(in []iot.MaintenanceWindow, now time.Time) (list []window, err error) {
	for _, w := range in {
		read := window{Cron: w.StartTime, Minutes: int64(w.DurationInMinutes)}
		if err := read.check(now); err != nil {
			return nil, invalid("In the maintenanceWindows, %v.", err)
		}
		list = append(list, read)
	}
	return list, nil
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

func (x *scheduling) shape() *iot.SchedulingConfig {
	if x == nil {
		return nil
	}
	out := &iot.SchedulingConfig{StartTime: writeTime(x.Start), EndTime: writeTime(x.End), EndBehavior: x.EndAction}
	out.MaintenanceWindows = windowShapes(x.Windows)
	return out
}

func windowShapes(list []window) (out []iot.MaintenanceWindow) {
	for _, w := range list {
		out = append(out, iot.MaintenanceWindow{StartTime: w.Cron, DurationInMinutes: int32(w.Minutes)})
	}
	return out
}

// writeTime writes a time of a schedule, "" for none.
func writeTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
