package series

import (
	"fmt"
	"time"
)

// Config says how careful the store is and how much memory it may use.
type Config struct {
	// FlushEvery is how often counted data are written to the journal: what a killed process loses at most. 1s to 1m.
	FlushEvery time.Duration
	// MaxPending is the number of minutes, of all series together, that are held in memory before they are folded early.
	// One takes about 150 bytes. At least 1,000.
	MaxPending int
}

// Default returns the configuration for everyday use.
func Default() Config { return Config{FlushEvery: 5 * time.Second, MaxPending: 500_000} }

func (c Config) check() error {
	switch {
	case c.FlushEvery < time.Second || c.FlushEvery > time.Minute:
		return fmt.Errorf("series: FlushEvery is %v; allowed are 1s to 1m", c.FlushEvery)
	case c.MaxPending < 1000:
		return fmt.Errorf("series: MaxPending is %d; allowed are 1000 and more", c.MaxPending)
	}
	return nil
}
