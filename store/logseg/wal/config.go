package wal

import (
	"log/slog"
	"time"
)

// Config says where a log lives and how durable an acknowledged record is.
type Config struct {
	// Dir holds the parts; it is made when missing. Empty: the log numbers records but keeps none.
	Dir string
	// SyncEvery is the longest time a written record waits for fsync. Records survive the death of the process at
	// once, a power failure after this time. 0: 100 ms.
	SyncEvery time.Duration
	// SyncAlways makes Append wait for fsync.
	SyncAlways bool
	// First is the least number for the next item, for an owner that has seen numbers the log may have lost. 0: 1.
	First uint64
	// Diary receives what the operator should know. Nil: slog.Default().
	Diary *slog.Logger
}

func (c Config) withDefaults() Config {
	if c.SyncEvery <= 0 {
		c.SyncEvery = 100 * time.Millisecond
	}
	if c.First == 0 {
		c.First = 1
	}
	if c.Diary == nil {
		c.Diary = slog.Default()
	}
	return c
}
