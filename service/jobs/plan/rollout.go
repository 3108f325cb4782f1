package plan

import (
	"math"

	"telltale/lang/shape/iot"
)

// Rollout is how many things are told of the job per minute.
type Rollout struct {
	PerMinute int64   `json:",omitempty"` // constant rate, or the most that the growing one becomes
	Base      int64   `json:",omitempty"` // the rate at first, if Factor is set
	Factor    float64 `json:",omitempty"` // by which the rate grows each time
	Notified  int64   `json:",omitempty"` // so many things were told
	Succeeded int64   `json:",omitempty"` // so many things succeeded
}

// rateMost is how many things may be told per minute. (aws: general/iot_device_management#job-limits)
const rateMost = 1000

func (x *Settings) applyRollout(in configs) error {
	if in.rollout == nil {
		return nil
	}
	most, grows := in.rollout.MaximumPerMinute, in.rollout.ExponentialRate
	r := &Rollout{PerMinute: rateMost}
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
func (r *Rollout) grow(in *iot.ExponentialRolloutRate) error {
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

// Rate is how many things a job may tell per minute when it has told so many and so many have succeeded; 0 is any number. A growing rate
// is multiplied each time that as many further things were told, or succeeded, as its criterion says. (aws: iot/jobs-configurations-details#job-rollout-abort-scheduling)
func (r *Rollout) Rate(told, succeeded int64) float64 {
	switch {
	case r == nil:
		return 0
	case r.Factor == 0:
		return float64(r.PerMinute)
	}
	steps := int64(0)
	if r.Notified > 0 {
		steps = told / r.Notified
	} else if r.Succeeded > 0 {
		steps = succeeded / r.Succeeded
	}
	return math.Min(float64(r.Base)*math.Pow(r.Factor, float64(steps)), float64(r.PerMinute))
}

// Shape is the setting as answers show it, nil if there is none.
func (r *Rollout) Shape() *iot.JobExecutionsRolloutConfig {
	if r == nil {
		return nil
	}
	out := &iot.JobExecutionsRolloutConfig{MaximumPerMinute: new(int32(r.PerMinute))}
	if r.Factor > 0 {
		criteria := &iot.RateIncreaseCriteria{}
		if r.Notified > 0 {
			criteria.NumberOfNotifiedThings = new(int32(r.Notified))
		} else {
			criteria.NumberOfSucceededThings = new(int32(r.Succeeded))
		}
		out.ExponentialRate = &iot.ExponentialRolloutRate{BaseRatePerMinute: int32(r.Base), IncrementFactor: r.Factor, RateIncreaseCriteria: criteria}
	}
	return out
}
