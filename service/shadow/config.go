package shadow

import (
	"time"

	"telltale/base/lane"
	"telltale/base/limit"
	"telltale/lang/shadowdoc"
)

// Config is what an operator may change of the shadows.
type Config struct {
	// History is the number of days for which past revisions of a shadow can be seen. 0 keeps none.
	History int
	// Revisions is the number of past revisions of a shadow that can be seen at most. 0 keeps none.
	Revisions int
	// InFlight is the number of requests about one thing that a connection may have unanswered.
	InFlight int
	// Lanes is the number of goroutines that serve requests.
	Lanes int
	// Waiting is the number of requests that may wait in one lane; what comes on top is refused.
	Waiting int
	// Limits are those of documents.
	Limits shadowdoc.Limits
}

// Default is AWS's quotas, and a history of 30 days and 100 revisions. (aws: general/iot_device_management#device-shadow-limits)
func Default() Config {
	return Config{History: 30, Revisions: 100, InFlight: 10, Lanes: 2, Waiting: 8192, Limits: shadowdoc.DefaultLimits()}
}

// check refuses what cannot work.
func (c *Config) check() error {
	return limit.Check("shadow",
		limit.Int("History", c.History, 0, 36500),
		limit.Int("Revisions", c.Revisions, 0, 1_000_000),
		limit.Int("InFlight", c.InFlight, 1, 1_000_000),
		limit.Int("Lanes", c.Lanes, 1, 256),
		limit.Int("Waiting", c.Waiting, 1, 1_000_000),
		limit.Int("Limits.StateBytes", c.Limits.StateBytes, 2, 128<<10),
		limit.Int("Limits.Levels", c.Limits.Levels, 1, 100),
		limit.Int("Limits.TokenBytes", c.Limits.TokenBytes, 0, 1024),
	)
}

// lanes are those in which requests about shadows wait.
func (c *Config) lanes() lane.Config {
	return lane.Config{Lanes: c.Lanes, InFlight: c.InFlight, Waiting: c.Waiting, Crowded: shadowdoc.TooMany(), Closed: errClosed}
}

// versionMemory is how long the version of a deleted shadow is remembered. (aws: iot/device-shadow-data-flow#delete-shadow)
const versionMemory = 48 * time.Hour

// horizon is the moment before which history is not seen.
func (c *Config) horizon(now time.Time) time.Time { return now.AddDate(0, 0, -c.History) }
