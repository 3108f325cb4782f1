// Package trail keeps a record of every API call that the audit rule names, and finds the records again.
//
// A record is the JSON text that CloudTrail would write. It is an entry of the log store, in a group of its own for each account
// and region, so it is as durable as a log entry and is searched with the same predicates. What a lookup returns is that text, byte
// for byte.
//
// aws: awscloudtrail/cloudtrail-event-reference, awscloudtrail/view-cloudtrail-events, iot/iot-using-cloudtrail
package trail

import (
	"context"
	"log/slog"
	"sync"

	"telltale/base/fault"
	"telltale/store/logseg"
	"telltale/store/state"
)

// Config is what an operator may change of the trail.
type Config struct {
	// IoTReads says which read-only calls of the IoT control plane are recorded: "denied" records those that failed, "all" those
	// that succeeded too, "none" none. Empty is "denied".
	IoTReads string
}

// The values of Config.IoTReads.
const (
	ReadsDenied = "denied"
	ReadsAll    = "all"
	ReadsNone   = "none"
)

// Needs is what the trail is built on.
type Needs struct {
	Store logseg.Store
	State *state.DB
	Diary *slog.Logger // nil: slog.Default()
}

// Trail records API calls. Its methods may be called by any number of goroutines.
type Trail struct {
	cfg    Config
	needs  Needs
	groups sync.Map // caller.Scope → uint32: the log groups this process has used; a cache of the groups table
}

// New returns a trail. The database must know Tables.
func New(_ context.Context, cfg Config, needs Needs) (*Trail, error) {
	switch cfg.IoTReads {
	case "":
		cfg.IoTReads = ReadsDenied
	case ReadsDenied, ReadsAll, ReadsNone:
	default:
		return nil, fault.New("trail.New", fault.Invalid, "IoTReads is %q, want %s, %s or %s", cfg.IoTReads, ReadsDenied, ReadsAll, ReadsNone)
	}
	if needs.Diary == nil {
		needs.Diary = slog.Default()
	}
	return &Trail{cfg: cfg, needs: needs}, nil
}
