// Package eventlog decides which facts become log entries, at which level, and writes them.
//
// It follows the AWS IoT logging documents: levels by account, event type, thing group, client, address and principal
// (aws: iot/configure-logging), entries in the documented form (aws: iot/cwl-format).
package eventlog

import (
	"context"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/store/logseg"
	"telltale/store/state"
)

// DefaultGroup is the log group of V2 entries.
const DefaultGroup = "AWSIotLogsV2"

// Writer is where entries go; service/logs is one. The group and its stream are made when they are missing.
type Writer interface {
	Template(t logseg.Template) (uint32, error)
	// Prepare makes a group unless it is there; may asks whether the customer's role allows an action that takes.
	Prepare(ctx context.Context, s caller.Scope, group string, may func(action string) error) error
	Write(ctx context.Context, s caller.Scope, group, stream string, entries []logseg.Entry) error
}

// Groups tells the static thing groups of a thing: one line for each group it is in directly, from that group up to its root.
type Groups interface {
	GroupLines(s caller.Scope, thing string) [][]string
}

// Roles evaluates the logging role, and makes the one of a new account in dev mode.
type Roles interface {
	// RoleAllows returns nil if an AWS service principal may assume the role and its policies allow the action.
	RoleAllows(ctx context.Context, roleARN, service, action, resource string) error
	// EnsureRole makes a role with one inline policy unless it is there, and returns its ARN.
	EnsureRole(ctx context.Context, account, name, trust, inline string) (string, error)
}

// Config is what an operator may change.
type Config struct {
	// AutoEnable gives each account and region that has none a logging role and the default level INFO. Dev mode does so.
	AutoEnable bool
	// Node names this process in the log streams its entries go to. "" is telltale.
	Node string
	// MaxPending is how many entries may wait for the writer, per shard, before recording waits. 0 is 4096.
	MaxPending int
	// MaxWait is how long recording waits for the writer before the entry is dropped and counted. 0 is one second.
	MaxWait time.Duration
	// MaxTargets is the quota of resource levels per account and region. 0 is 10, as on AWS.
	MaxTargets int
	// MaxTemporary is how many resources of an account and region may have a temporary level, and how many a capture of payloads. 0 is 100.
	MaxTemporary int
}

// Needs is what the event log is built on.
type Needs struct {
	State   *state.DB
	Writer  Writer
	Groups  Groups
	Roles   Roles
	Metrics event.Sink // counts what could not be delivered; may be nil
	Diary   *slog.Logger
}

// Log is the event log of all accounts and regions. It is an event.Sink.
type Log struct {
	cfg   Config
	needs Needs

	scopes sync.Map                     // caller.Scope to *settings; absent until first used
	last   atomic.Pointer[settings]     // used last
	change sync.Mutex                   // held while a scope's settings are loaded or changed
	dests  map[destination]*destination // every one that settings name; guarded by change

	timers     chan struct{} // something temporary was set
	shards     []shard
	wake       chan struct{}
	delivering sync.Mutex                      // one delivery at a time
	entries    map[*destination][]logseg.Entry // of the present delivery; its memory is reused
	verdicts   verdicts
}

// New returns an event log. Entries are written once Run runs.
func New(cfg Config, needs Needs) *Log {
	if cfg.MaxPending == 0 {
		cfg.MaxPending = 4096
	}
	if cfg.MaxWait == 0 {
		cfg.MaxWait = time.Second
	}
	if cfg.MaxTargets == 0 {
		cfg.MaxTargets = 10
	}
	if cfg.MaxTemporary == 0 {
		cfg.MaxTemporary = 100
	}
	if cfg.Node == "" {
		cfg.Node = "telltale"
	}
	if needs.Diary == nil {
		needs.Diary = slog.Default()
	}
	l := &Log{cfg: cfg, needs: needs, shards: make([]shard, max(2, runtime.GOMAXPROCS(0))), wake: make(chan struct{}, 1),
		timers: make(chan struct{}, 1),
		dests:  make(map[destination]*destination), entries: make(map[*destination][]logseg.Entry)}
	for i := range l.shards {
		l.shards[i].init()
	}
	return l
}
