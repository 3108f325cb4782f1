package plan

import "telltale/lang/shape/iot"

// AbortRule cancels the job when too many executions end badly.
type AbortRule struct {
	Failure    string // iot.JobExecutionFailureType…
	Percentage float64
	Minimum    int64 // of executed things
}

func (x *Settings) applyAbort(in configs) error {
	if in.abort == nil {
		return nil
	}
	if len(in.abort.CriteriaList) == 0 {
		return invalid("The abortConfig has no criteria.")
	}
	var rules []AbortRule
	for _, c := range in.abort.CriteriaList {
		switch {
		case c.ThresholdPercentage <= 0 || c.ThresholdPercentage > 100 || !decimals(c.ThresholdPercentage, 100):
			return invalid("The thresholdPercentage %v is not allowed: it must be above 0 and at most 100, with two decimals.", c.ThresholdPercentage)
		case c.MinNumberOfExecutedThings < 1:
			return invalid("The minNumberOfExecutedThings %d is not allowed: it must be at least 1.", c.MinNumberOfExecutedThings)
		case c.Action != iot.AbortActionCancel:
			return invalid("The abort action %q is not allowed: it must be CANCEL.", c.Action)
		}
		rules = append(rules, AbortRule{Failure: c.FailureType, Percentage: c.ThresholdPercentage, Minimum: int64(c.MinNumberOfExecutedThings)})
	}
	x.Abort = rules
	return nil
}

// Judge counts what the rule is about, given the executions of each status, and reports whether that is too much.
func (r AbortRule) Judge(count func(status string) int64) (bad, executed int64, reached bool) {
	for _, s := range []string{iot.JobExecutionStatusSucceeded, iot.JobExecutionStatusFailed, iot.JobExecutionStatusRejected, iot.JobExecutionStatusTimedOut} {
		n := count(s)
		executed += n
		if s != iot.JobExecutionStatusSucceeded && (r.Failure == iot.JobExecutionFailureTypeAll || r.Failure == s) {
			bad += n
		}
	}
	return bad, executed, executed >= r.Minimum && bad > 0 && float64(bad)*100 >= r.Percentage*float64(executed)
}

// Words name the endings that the rule is about.
func (r AbortRule) Words() string {
	if r.Failure == iot.JobExecutionFailureTypeAll {
		return "FAILED, REJECTED or TIMED_OUT"
	}
	return r.Failure
}

// AbortShape is the setting as answers show it, nil if there is none.
func (x *Settings) AbortShape() *iot.AbortConfig {
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
