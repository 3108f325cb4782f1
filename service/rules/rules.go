// Package rules is the rules engine: it keeps topic rules, runs the statement of each rule over the messages it listens to, and hands the
// results to the rule's actions.
//
// A statement runs on the goroutine of the publisher, at once and in the order of the messages, unless it asks other services. So do
// actions that wait for nobody. What waits for a network is done by lanes, one for each action of a rule, which are bounded; before the
// publisher's message is acknowledged, the message is in the journal, and it stays there until every action has run and was told of. After
// a crash the engine does what the journal still holds: an action runs at least once.
//
// Everything belongs to the account and region of the message or the caller.
//
// (aws: iot/iot-rules)
package rules

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/lang/shape/iotdata"
	"telltale/service/registry"
	"telltale/service/rules/action"
	"telltale/service/rules/connect"
	"telltale/store/state"
)

// Needs is what the engine is built on.
type Needs struct {
	State    *state.DB
	Facts    *event.Recorder // nil: nothing is recorded
	Roles    Roles
	Shadows  Shadows
	Registry *registry.Registry
	Actions  action.Needs
	Outside  *connect.Outside
	Told     func(context.Context) // returns when all facts recorded until now are kept; nil: they need not be
	Diary    *slog.Logger          // nil: slog.Default()
}

// Roles answers whether a role may be used, and passed to a rule, as identity does.
type Roles interface {
	Allow(ctx context.Context, c *caller.Caller, action, resource string) error
	RoleAllows(ctx context.Context, roleARN, service, action, resource string) error
}

// Shadows answers get_thing_shadow.
type Shadows interface {
	GetThingShadow(context.Context, *iotdata.GetThingShadowInput) (*iotdata.GetThingShadowOutput, error)
}

// Engine is the service. Its methods may be called by any number of goroutines; Run must be running for actions that wait.
type Engine struct {
	cfg     Config
	needs   Needs
	journal *journal
	left    []*pending // by an earlier run of the program
	workers sync.Pool  // of *worker

	change     sync.Mutex // held while a rule is changed, in the state and then here
	generation atomic.Uint64
	scopes     sync.Map // caller.Scope to *book
	permits    sync.Map // action.Permission to the time.Time of its grant
	permitted  atomic.Uint64

	serving  sync.WaitGroup
	stopping atomic.Bool
	tasks    context.Context // of running tasks
	abandon  context.CancelFunc
}

// New returns the engine with the rules it keeps. A rule that cannot run any more, because an endpoint is no longer configured, stays, and
// its failures tell why.
func New(ctx context.Context, cfg Config, needs Needs) (*Engine, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if needs.State == nil || needs.Registry == nil || needs.Roles == nil {
		return nil, fmt.Errorf("rules: Needs.State, Needs.Registry or Needs.Roles is missing")
	}
	if needs.Facts == nil {
		needs.Facts = event.NewRecorder()
	}
	if needs.Diary == nil {
		needs.Diary = slog.Default()
	}
	if needs.Told == nil {
		needs.Told = func(context.Context) {}
	}
	if err := needs.State.Use(ctx, Tables()...); err != nil {
		return nil, fmt.Errorf("rules: %w", err)
	}
	e := &Engine{cfg: cfg, needs: needs}
	e.workers.New = func() any { return e.newWorker() }
	e.tasks, e.abandon = context.WithCancel(context.Background())
	needs.Registry.LetTag("rule", e.exists)
	if err := e.load(ctx); err != nil {
		return nil, fmt.Errorf("rules: %w", err)
	}
	var err error
	if e.journal, err = openJournal(cfg.Journal, needs.Diary, needs.Told); err != nil {
		return nil, fmt.Errorf("rules: %w", err)
	}
	if e.left, err = e.journal.unfinished(); err != nil {
		needs.Diary.Error("the journal of the rules engine is damaged; what could be read is done", "error", err)
	}
	return e, nil
}

// Tables are the tables the engine keeps.
func Tables() []state.Schema { return []state.Schema{&stored} }

// load compiles the rules that are stored.
func (e *Engine) load(ctx context.Context) error {
	return e.needs.State.View(ctx, func(tx *state.Tx) error {
		for row, err := range stored.Scan(tx, state.Key{}, state.Key{}, 0) {
			if err != nil {
				return err
			}
			e.book(row.Scope).put(e.build(row))
		}
		return nil
	})
}

// Run runs what waits until ctx ends; then running actions may finish for a while. What was not done stays in the journal for the next
// start.
func (e *Engine) Run(ctx context.Context) error {
	e.resume()
	e.journal.run(ctx)
	e.stopping.Store(true)
	impatient := time.AfterFunc(patience, e.abandon)
	e.serving.Wait()
	impatient.Stop()
	e.abandon()
	for _, r := range e.all() {
		r.close()
	}
	return e.journal.close()
}

// scopeOf is the scope of the caller.
func scopeOf(ctx context.Context) caller.Scope { return caller.From(ctx).Scope }

// isAbsent reports whether a table has no such row.
func isAbsent(err error) bool { return errors.Is(err, state.ErrNotFound) }
