package jobs

import (
	"fmt"

	"telltale/lang/shape/iot"
)

// abort cancels a job if too many of its executions failed, and reports whether it did. Only first tries count.
// (aws: iot/jobs-configurations-details#job-rollout-abort-scheduling)
func (c *change) abort(j *job) (bool, error) {
	if len(j.Abort) == 0 {
		return false, nil
	}
	t, err := c.tally(j.Scope, j.ID)
	if err != nil {
		return false, err
	}
	for _, rule := range j.Abort {
		bad, executed, reached := rule.judge(t.First)
		if !reached {
			continue
		}
		comment := fmt.Sprintf("Aborted: %d of %d executions ended with %s; the job may have up to %v percent of at least %d.", bad, executed, rule.words(), rule.Percentage, rule.Minimum)
		return true, c.cancel(j, false, "ABORT_CRITERIA_MET", comment)
	}
	return false, nil
}

// judge counts what the rule is about, and reports whether that is too much.
func (r abortRule) judge(counts map[status]int64) (bad, executed int64, reached bool) {
	for _, s := range []status{succeeded, failed, rejected, timedOut} {
		executed += counts[s]
		if s != succeeded && (r.Failure == iot.JobExecutionFailureTypeAll || r.Failure == string(s)) {
			bad += counts[s]
		}
	}
	return bad, executed, executed >= r.Minimum && bad > 0 && float64(bad)*100 >= r.Percentage*float64(executed)
}

func (r abortRule) words() string {
	if r.Failure == iot.JobExecutionFailureTypeAll {
		return "FAILED, REJECTED or TIMED_OUT"
	}
	return r.Failure
}
