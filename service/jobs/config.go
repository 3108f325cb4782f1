package jobs

import (
	"telltale/base/lane"
	"telltale/base/limit"
)

// Config is what an operator may change of the jobs.
type Config struct {
	// InFlight is the number of requests about one thing that a connection may have unanswered.
	InFlight int
	// Lanes is the number of goroutines that serve requests of devices.
	Lanes int
	// Waiting is the number of requests that may wait in one lane; what comes on top is refused.
	Waiting int
	// Concurrent is the number of jobs of an account and region that may roll out or cancel at the same time; others wait.
	Concurrent int
	// Timeline is the number of happenings that are remembered of one execution at most.
	Timeline int
}

// Default suits a single node. (aws: general/iot_device_management#job-limits)
func Default() Config {
	return Config{InFlight: 10, Lanes: 2, Waiting: 8192, Concurrent: 500, Timeline: 200}
}

// check refuses what cannot work.
func (c *Config) check() error {
	return limit.Check("jobs",
		limit.Int("InFlight", c.InFlight, 1, 1_000_000),
		limit.Int("Lanes", c.Lanes, 1, 256),
		limit.Int("Waiting", c.Waiting, 1, 1_000_000),
		limit.Int("Concurrent", c.Concurrent, 1, 1_000_000),
		limit.Int("Timeline", c.Timeline, 16, 100_000),
	)
}

// lanes are those in which requests of devices wait.
func (c *Config) lanes() lane.Config {
	return lane.Config{Lanes: c.Lanes, InFlight: c.InFlight, Waiting: c.Waiting, Crowded: errCrowded, Closed: errClosed}
}
