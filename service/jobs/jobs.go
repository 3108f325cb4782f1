// Package jobs keeps jobs and their executions on things, answers the devices that do them over MQTT and HTTP, and remembers of every
// execution what happened to it and why.
//
// An execution changes its status in one place only, (*change).move, and only as the table of transitions allows. One transaction holds
// all that a change means: the execution, its timers, the counts of the job, the line of its history and the note that the thing must
// be told. What must be told is sent when that is durable; after a crash what was not sent yet is sent.
//
// (aws: iot/iot-jobs, iot/jobs-mqtt-api, iot/jobs-http-api)
package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/base/lane"
	"telltale/base/message"
	"telltale/service/registry"
	"telltale/store/state"
)

// Announcer sends messages to the topics $aws/events/… for accounts that have switched them on.
type Announcer interface {
	Announce(ctx context.Context, s caller.Scope, eventType, topic string, payload []byte) error
}

// Needs is what the service is built on.
type Needs struct {
	State     *state.DB
	Facts     *event.Recorder    // nil: nothing is recorded
	Publisher message.Publisher  // sends answers and notifications; it may call the service, but not wait for a change
	Announcer Announcer          // nil: no event messages
	Registry  *registry.Registry // knows the things and groups that jobs are for
	Documents Documents          // nil: there is no S3; documents are given with the job
	Diary     *slog.Logger       // nil: slog.Default()
}

// Jobs is the service. Its methods may be called by any number of goroutines; Run must be running for answers over MQTT,
// notifications, timers and rollouts.
type Jobs struct {
	cfg      Config
	needs    Needs
	lanes    *lane.Lanes[*request]
	told     wake // of notices that are due
	timers   wake // of deadlines that are new
	rollouts wake // of jobs that have something to do
}

// New returns the service over a database, which it makes know its tables.
func New(ctx context.Context, cfg Config, needs Needs) (*Jobs, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if needs.State == nil || needs.Publisher == nil || needs.Registry == nil {
		return nil, fmt.Errorf("jobs: Needs.State, Needs.Publisher or Needs.Registry is missing")
	}
	if needs.Facts == nil {
		needs.Facts = event.NewRecorder()
	}
	if needs.Diary == nil {
		needs.Diary = slog.Default()
	}
	if err := needs.State.Use(ctx, Tables()...); err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	s := &Jobs{cfg: cfg, needs: needs, lanes: lane.New[*request](cfg.lanes()), told: newWake(), timers: newWake(), rollouts: newWake()}
	needs.Registry.LetTag("job", func(tx *state.Tx, s caller.Scope, name string) (bool, error) { return jobs.Has(tx, at(s, name)) })
	needs.Registry.LetTag(templateKind, func(tx *state.Tx, s caller.Scope, name string) (bool, error) { return templates.Has(tx, at(s, name)) })
	return s, nil
}

// Tables are the tables the service keeps.
func Tables() []state.Schema {
	return []state.Schema{&jobs, &texts, &tallies, &executions, &notices, &happenings, &waitings, &templates}
}

// Run serves devices, sends notifications and event messages, and watches the timers until ctx ends. Requests that wait then are served
// before it returns.
func (s *Jobs) Run(ctx context.Context) error {
	var running sync.WaitGroup
	for _, f := range []func(context.Context){s.answer, s.tell, s.watchTimers, s.announce, s.rollOut, s.follow} {
		running.Go(func() { f(ctx) })
	}
	running.Wait()
	return nil
}

// wake holds a token while somebody should look for work.
type wake chan struct{}

func newWake() wake { return make(wake, 1) }

func (w wake) up() {
	select {
	case w <- struct{}{}:
	default:
	}
}
