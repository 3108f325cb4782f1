package logseg

import (
	"cmp"
	"log/slog"
	"time"

	"telltale/base/fault"
)

// Config says where a store lives and when it does what. Zero members take the default.
type Config struct {
	// Dir holds the files; it is made when missing. Only one process may use it.
	Dir string
	// InMemory keeps everything in memory, segments compressed, and nothing after Close. Dir must be empty.
	InMemory bool
	// SealRows is how many rows are written as a segment together. 0: 262,144.
	SealRows int
	// SealAge is how long a row may wait for that. 0: 15 minutes.
	SealAge time.Duration
	// MemBytes is how much memory rows may take before they are written as a segment. Up to four such
	// amounts can be waiting for the disk. 0: 48 MiB.
	MemBytes int64
	// MergeRows is the size up to which neighbouring segments are merged. 0: 4,194,304.
	MergeRows int
	// SyncEvery is the longest time acknowledged rows wait for fsync; they survive the death of the process at
	// once, a power failure after this time. 0: 100 ms.
	SyncEvery time.Duration
	// SyncAlways makes Append wait for fsync.
	SyncAlways bool
	// MaintainEvery is the pause between two rounds of Run. 0: 1 minute.
	MaintainEvery time.Duration
	// Diary receives what the operator should know. Nil: slog.Default().
	Diary *slog.Logger
}

// Default is what zero members mean.
func Default() Config {
	return Config{
		SealRows:      256 << 10,
		SealAge:       15 * time.Minute,
		MemBytes:      48 << 20,
		MergeRows:     4 << 20,
		SyncEvery:     100 * time.Millisecond,
		MaintainEvery: time.Minute,
		Diary:         slog.Default(),
	}
}

func (c Config) withDefaults() (Config, error) {
	const op = "logseg.Open"
	if c.InMemory == (c.Dir != "") {
		return c, fault.New(op, fault.Invalid, "give either a directory or InMemory, not both or none (directory %q)", c.Dir)
	}
	if c.SealRows < 0 || c.SealAge < 0 || c.MemBytes < 0 || c.MergeRows < 0 || c.SyncEvery < 0 || c.MaintainEvery < 0 {
		return c, fault.New(op, fault.Invalid, "SealRows, SealAge, MemBytes, MergeRows, SyncEvery and MaintainEvery may not be negative")
	}
	d := Default()
	c.SealRows = cmp.Or(c.SealRows, d.SealRows)
	c.SealAge = cmp.Or(c.SealAge, d.SealAge)
	c.MemBytes = cmp.Or(c.MemBytes, d.MemBytes)
	c.MergeRows = cmp.Or(c.MergeRows, d.MergeRows)
	c.SyncEvery = cmp.Or(c.SyncEvery, d.SyncEvery)
	c.MaintainEvery = cmp.Or(c.MaintainEvery, d.MaintainEvery)
	c.Diary = cmp.Or(c.Diary, d.Diary)
	return c, nil
}
