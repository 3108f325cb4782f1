package state

import "fmt"

// Sync says what a successful Update has survived when it returns.
type Sync int

const (
	// Full survives a crash of the process and loss of power: every group of updates is flushed to the disk.
	Full Sync = iota
	// Normal survives a crash of the process; loss of power may drop the last updates, never tear one apart.
	Normal
)

// String returns the word used in configuration files.
func (s Sync) String() string {
	if s == Normal {
		return "normal"
	}
	return "full"
}

// MarshalText writes the word used in configuration files.
func (s Sync) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads "full" or "normal".
func (s *Sync) UnmarshalText(text []byte) error {
	switch string(text) {
	case "full":
		*s = Full
	case "normal":
		*s = Normal
	default:
		return fmt.Errorf("sync is %q; allowed are \"full\" and \"normal\"", text)
	}
	return nil
}

// Config says where the database is and how careful it is.
type Config struct {
	// Path of the database file. Missing directories are made; the file is readable by its owner only.
	Path string
	// Sync is "full" (an acknowledged change survives loss of power) or "normal" (it survives a crash only).
	Sync Sync
	// Readers is the number of Views that may run at the same time. Connections are opened when first needed.
	Readers int
	// CacheKiB is the page cache of each connection in KiB.
	CacheKiB int
}

// Default returns the configuration of a careful database with a small memory; only Path is missing.
func Default() Config {
	return Config{Sync: Full, Readers: 4, CacheKiB: 2048}
}

// check fills what was left at zero and refuses what cannot work.
func (c Config) check() (Config, error) {
	def := Default()
	if c.Readers == 0 {
		c.Readers = def.Readers
	}
	if c.CacheKiB == 0 {
		c.CacheKiB = def.CacheKiB
	}
	switch {
	case c.Path == "":
		return c, fmt.Errorf("state: Path is empty; name the database file")
	case c.Sync != Full && c.Sync != Normal:
		return c, fmt.Errorf("state: Sync is %d; allowed are Full and Normal", c.Sync)
	case c.Readers < 1 || c.Readers > 256:
		return c, fmt.Errorf("state: Readers is %d; allowed are 1 to 256", c.Readers)
	case c.CacheKiB < 64 || c.CacheKiB > 1<<20:
		return c, fmt.Errorf("state: CacheKiB is %d; allowed are 64 to 1048576", c.CacheKiB)
	}
	return c, nil
}
