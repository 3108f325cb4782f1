// Package plan decides how a job is rolled out: how fast and when, how long an execution may take, which ones are tried again, and when
// too many fail. It reads that from requests, checks it, and shows it in answers.
//
// (aws: iot/jobs-configurations-details)
package plan

import (
	"telltale/base/fault"
	"telltale/lang/shape/iot"
)

// Settings are how a job is to be rolled out, as jobs and templates keep them.
type Settings struct {
	Presign *Presign    `json:",omitempty"`
	Rollout *Rollout    `json:",omitempty"`
	Abort   []AbortRule `json:",omitempty"`
	Timeout int64       `json:",omitempty"` // minutes an execution may be in progress; 0: any time
	Retry   []RetryRule `json:",omitempty"`
}

// configs are the settings as a request gives them; what is nil is not given.
type configs struct {
	presign *iot.PresignedUrlConfig
	rollout *iot.JobExecutionsRolloutConfig
	abort   *iot.AbortConfig
	timeout *iot.TimeoutConfig
	retry   *iot.JobExecutionsRetryConfig
}

// Apply takes over the settings that are given, those that make sense. What is nil is not given.
func (x *Settings) Apply(p *iot.PresignedUrlConfig, r *iot.JobExecutionsRolloutConfig, a *iot.AbortConfig, t *iot.TimeoutConfig, y *iot.JobExecutionsRetryConfig) error {
	in := configs{p, r, a, t, y}
	for _, f := range []func(configs) error{x.applyPresign, x.applyRollout, x.applyAbort, x.applyTimeout, x.applyRetry} {
		if err := f(in); err != nil {
			return err
		}
	}
	return nil
}

// invalid refuses a request that breaks a rule.
func invalid(format string, args ...any) *fault.Error {
	return fault.New("", fault.Invalid, format, args...).Named(iot.InvalidRequestException)
}
