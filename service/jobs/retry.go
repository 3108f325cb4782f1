package jobs

import (
	"fmt"

	"telltale/lang/shape/iot"
	"telltale/service/jobs/plan"
	"telltale/store/state"
)

// retry queues the job for the thing again if the rules allow it. While the job does not roll out, the retry waits.
func (c *change) retry(j *job, e *execution) error {
	if j.Status != iot.JobStatusInProgress && j.Status != iot.JobStatusScheduled || !j.retries(e) {
		return nil
	}
	if !c.open(j) {
		e.RetryWaits = true
		return executions.Put(c.tx, e)
	}
	return c.queueRetry(j, e)
}

func (c *change) queueRetry(j *job, e *execution) error {
	why := fmt.Sprintf("retry %d: execution %d ended with %s and the job's retry configuration allows it to be tried again", e.Attempt+1, e.Number, e.Status)
	_, err := c.queue(j, e.Thing, e, why)
	return err
}

// retries reports whether an execution that has ended may be tried again.
func (j *job) retries(e *execution) bool {
	if e.Status != failed && e.Status != timedOut || e.Attempt >= plan.MaxRetries {
		return false
	}
	for _, r := range j.Retry {
		var made int64
		switch r.Failure {
		case string(e.Status):
			made = e.retriesAfter(e.Status)
		case iot.RetryableFailureTypeAll:
			made = e.Attempt
		default:
			continue
		}
		if made < r.Times {
			return true
		}
	}
	return false
}

// retriesAfter is how many of the retries were made because of a status.
func (e *execution) retriesAfter(s status) int64 {
	if s == timedOut {
		return e.Timeouts
	}
	return e.Failures
}

// countRetry makes e the retry of an execution that has ended.
func (e *execution) countRetry(after *execution) {
	e.Attempt, e.Failures, e.Timeouts = after.Attempt+1, after.Failures, after.Timeouts
	if after.Status == timedOut {
		e.Timeouts++
	} else {
		e.Failures++
	}
}

// releaseRetries queues up to limit retries that waited for the job to roll out again, and reports whether all are queued.
func (c *change) releaseRetries(j *job, limit int) (done bool, err error) {
	n := 0
	for e, err := range executions.ScanIndex(c.tx, "waiting", at(j.Scope, j.ID), state.Cursor{}, 0) {
		if err != nil {
			return false, err
		}
		if n++; n > limit {
			return false, nil
		}
		if err := c.dropRetry(e); err != nil {
			return false, err
		}
		if err := c.queueRetry(j, e); err != nil {
			return false, err
		}
	}
	return true, nil
}

// dropRetry makes a retry that waits for the job no longer wait.
func (c *change) dropRetry(e *execution) error {
	e.RetryWaits = false
	return executions.Put(c.tx, e)
}
