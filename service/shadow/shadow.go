// Package shadow keeps the shadows of things, answers those who read and change them over MQTT and HTTP, and remembers who changed what.
//
// A shadow is the list of its revisions, newest first: the first one is the shadow as it is now, the others are its history. An update
// writes one row, and nothing else has to be kept in step with it.
//
// Requests over MQTT wait in lanes. All requests about one thing use the same lane, so they are served in the order in which they came;
// those that wait in a lane together share one transaction, and the lanes share flushes to the disk. An answer leaves when what it
// says is durable.
//
// Everything belongs to the account and region of the message or the caller. A shadow needs no thing in the registry.
//
// (aws: iot/iot-device-shadows, iot/device-shadow-mqtt, iot/device-shadow-rest-api)
package shadow

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"telltale/base/event"
	"telltale/base/lane"
	"telltale/base/message"
	"telltale/store/state"
)

// Needs is what the service is built on.
type Needs struct {
	State     *state.DB
	Facts     *event.Recorder   // nil: nothing is recorded
	Publisher message.Publisher // sends the answers; it may call the service, but not wait for a change
	Diary     *slog.Logger      // nil: slog.Default()
}

// Shadows is the service. Its methods may be called by any number of goroutines; Run must be running for changes and for answers over
// MQTT.
type Shadows struct {
	cfg   Config
	needs Needs
	lanes *lane.Lanes[*request]
	heads []heads // of each lane
}

// New returns the service over a database, which it makes know its tables.
func New(ctx context.Context, cfg Config, needs Needs) (*Shadows, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if needs.State == nil || needs.Publisher == nil {
		return nil, fmt.Errorf("shadow: Needs.State or Needs.Publisher is missing")
	}
	if needs.Facts == nil {
		needs.Facts = event.NewRecorder()
	}
	if needs.Diary == nil {
		needs.Diary = slog.Default()
	}
	if err := needs.State.Use(ctx, Tables()...); err != nil {
		return nil, fmt.Errorf("shadow: %w", err)
	}
	s := &Shadows{cfg: cfg, needs: needs, lanes: lane.New[*request](cfg.lanes()), heads: make([]heads, cfg.Lanes)}
	return s, nil
}

// Tables are the tables the service keeps.
func Tables() []state.Schema { return []state.Schema{&revisions} }

// Run serves the requests and removes old history until ctx ends. What waits then is served before it returns; what comes later is
// refused.
func (s *Shadows) Run(ctx context.Context) error {
	var running sync.WaitGroup
	running.Go(func() { s.lanes.Run(ctx, s.serve) })
	s.sweepDaily(ctx)
	running.Wait()
	return nil
}
