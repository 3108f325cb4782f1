package jobs

import "fmt"

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
		bad, executed, reached := rule.Judge(func(s string) int64 { return t.First[status(s)] })
		if !reached {
			continue
		}
		comment := fmt.Sprintf("Aborted: %d of %d executions ended with %s; the job may have up to %v percent of at least %d.", bad, executed, rule.Words(), rule.Percentage, rule.Minimum)
		return true, c.cancel(j, false, "ABORT_CRITERIA_MET", comment)
	}
	return false, nil
}
