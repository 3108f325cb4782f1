package plan

import "telltale/lang/shape/iot"

// RetryRule lets an execution be tried again.
type RetryRule struct {
	Failure string // iot.RetryableFailureType…
	Times   int64
}

// MaxRetries is how often a thing may try a job again in all. (aws: iot/job-limits)
const MaxRetries = 10

func (x *Settings) applyRetry(in configs) error {
	if in.retry == nil {
		return nil
	}
	var rules []RetryRule
	var sum int64
	for _, c := range in.retry.CriteriaList {
		if c.NumberOfRetries < 0 {
			return invalid("The numberOfRetries %d is not allowed: it must be 0 to %d.", c.NumberOfRetries, MaxRetries)
		}
		for _, r := range rules {
			if r.Failure == c.FailureType || r.Failure == iot.RetryableFailureTypeAll || c.FailureType == iot.RetryableFailureTypeAll {
				return invalid("The retry criteria for %s and %s exclude each other.", r.Failure, c.FailureType)
			}
		}
		rules, sum = append(rules, RetryRule{c.FailureType, int64(c.NumberOfRetries)}), sum+int64(c.NumberOfRetries)
	}
	switch {
	case len(rules) == 0:
		return invalid("The jobExecutionsRetryConfig has no criteria.")
	case sum > MaxRetries:
		return invalid("The retry criteria allow %d retries in all; allowed are %d.", sum, MaxRetries)
	}
	x.Retry = rules
	return nil
}

// RetryShape is the setting as answers show it, nil if there is none.
func (x *Settings) RetryShape() *iot.JobExecutionsRetryConfig {
	if x.Retry == nil {
		return nil
	}
	out := &iot.JobExecutionsRetryConfig{}
	for _, r := range x.Retry {
		out.CriteriaList = append(out.CriteriaList, iot.RetryCriteria{FailureType: r.Failure, NumberOfRetries: int32(r.Times)})
	}
	return out
}
