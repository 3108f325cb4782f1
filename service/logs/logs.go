// Package logs keeps log groups, log streams and their events, and finds events again: it is CloudWatch Logs.
//
// Groups and streams are rows of the state database; events are entries of the log store, which knows groups and streams only by
// their numbers. Numbers are never given twice, so that what comes after a deletion never meets what was before it.
// Everything belongs to the account and region of the caller.
//
// (aws: logs/API_Operations)
package logs

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"telltale/base/caller"
	"telltale/store/logseg"
	"telltale/store/state"
)

// Config is what an operator may change. The zero Config behaves as AWS does.
type Config struct {
	// Retention is the number of days that a group keeps events when Write makes it. 0 is 30, as for the groups that AWS services make.
	Retention int32
}

// Needs is what the service is built on.
type Needs struct {
	State *state.DB // knows Tables
	Store logseg.Store
	Diary *slog.Logger // nil: slog.Default()
}

// Logs is the service. Its methods may be called from several goroutines.
type Logs struct {
	cfg   Config
	needs Needs

	change sync.Mutex // held while groups and streams are made, deleted or opened for writing
	open   sync.Map   // groupKey to *openGroup: the groups that were written to
}

// groupKey names a log group.
type groupKey struct {
	caller.Scope
	Name string
}

// New returns the service, after finishing in the store what the last run had decided. Nothing runs in its background.
func New(ctx context.Context, cfg Config, needs Needs) (*Logs, error) {
	if needs.State == nil || needs.Store == nil {
		return nil, fmt.Errorf("logs: Needs.State or Needs.Store is missing")
	}
	if cfg.Retention == 0 {
		cfg.Retention = 30
	}
	if !validRetention(cfg.Retention) {
		return nil, fmt.Errorf("logs: Config.Retention is %d days; allowed are %s", cfg.Retention, retentionWords())
	}
	if needs.Diary == nil {
		needs.Diary = slog.Default()
	}
	l := &Logs{cfg: cfg, needs: needs}
	l.change.Lock()
	defer l.change.Unlock()
	l.settle(ctx)
	return l, nil
}

// Template gives the store a layout of messages, for entries that are written with values instead of text. The same layout has the
// same id for the life of the store.
func (l *Logs) Template(t logseg.Template) (uint32, error) { return l.needs.Store.Template(t) }

// GroupID is the number under which the store knows a group. It fails with fault.NotFound if there is no such group.
func (l *Logs) GroupID(ctx context.Context, s caller.Scope, name string) (uint32, error) {
	const op = "logs.GroupID"
	g, err := l.group(ctx, op, s, name)
	if err != nil {
		return 0, err
	}
	return g.ID, nil
}
