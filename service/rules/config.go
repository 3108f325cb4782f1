package rules

import (
	"time"

	"telltale/base/limit"
)

// Config is what an operator may change of the rules engine.
type Config struct {
	// Rules is the number of rules an account may have in a region.
	Rules int
	// Evaluations is the number of times in a second that rules of an account may be matched in a region.
	Evaluations int
	// Missing is the number of messages in a second that an account may send straight to rules that do not exist before they are refused
	// without a look.
	Missing int
	// Hops is how often a message may be republished by rules, one after the other.
	Hops int
	// Waiting is the number of messages that may wait for an action of a rule; what comes on top is refused.
	Waiting int
	// Parallel is the number of messages for which an action of a rule runs at the same time.
	Parallel int
	// Journal is the directory of messages whose actions have not all run. "" keeps them in memory only.
	Journal string
	// Relaxed lets actions use roles that do not exist, as on a developer's machine.
	Relaxed bool
}

// Default is AWS's quotas. (aws: general/iot-core#rules-limits)
func Default() Config {
	return Config{Rules: 1000, Evaluations: 20_000, Missing: 100, Hops: 16, Waiting: 8192, Parallel: 16}
}

// The times that actions have.
const (
	taskTime = 10 * time.Second // for one task, retries included
	patience = 5 * time.Second  // for the running ones, when the program ends
)

// check refuses what cannot work.
func (c *Config) check() error {
	return limit.Check("rules",
		limit.Int("Rules", c.Rules, 1, 1_000_000),
		limit.Int("Evaluations", c.Evaluations, 1, 1_000_000_000),
		limit.Int("Missing", c.Missing, 1, 1_000_000_000),
		limit.Int("Hops", c.Hops, 0, 64),
		limit.Int("Waiting", c.Waiting, 1, 1_000_000),
		limit.Int("Parallel", c.Parallel, 1, 1024),
	)
}
