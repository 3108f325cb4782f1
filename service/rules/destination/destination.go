// Package destination keeps topic rule destinations, the web services that http actions may post to, and asks their owners to confirm them.
//
// A destination is made unconfirmed. Its confirmation URL gets a token, which its owner gives back; from then on it is enabled. What
// has to be sent is part of the record, so a restart forgets no request.
//
// (aws: iot/rule-destination-http, iot/rule-destination-http-managing)
package destination

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"telltale/store/state"
)

// Config is what an operator may change of the service.
type Config struct {
	// Endpoint is the URL under which owners of destinations reach the control plane, without a path.
	Endpoint func() string
	// PlainHTTP allows http:// and any port on loopback addresses, as on a developer's machine.
	PlainHTTP bool
}

// Needs is what the service is built on.
type Needs struct {
	State *state.DB
	HTTP  *http.Client // nil: one with the system's trusted authorities
	Diary *slog.Logger // nil: slog.Default()
}

// Destinations is the service. Its methods may be called by any number of goroutines; Run must be running for confirmation requests to
// be sent.
type Destinations struct {
	cfg    Config
	needs  Needs
	client http.Client
	wake   chan struct{} // there may be something to send earlier than was thought
}

// New returns the service over a database, which it makes know its table.
func New(ctx context.Context, cfg Config, needs Needs) (*Destinations, error) {
	if cfg.Endpoint == nil || needs.State == nil {
		return nil, fmt.Errorf("destination: Config.Endpoint or Needs.State is missing")
	}
	if needs.Diary == nil {
		needs.Diary = slog.Default()
	}
	if err := needs.State.Use(ctx, Tables()...); err != nil {
		return nil, fmt.Errorf("destination: %w", err)
	}
	d := &Destinations{cfg: cfg, needs: needs, wake: make(chan struct{}, 1)}
	if needs.HTTP != nil {
		d.client = *needs.HTTP
	}
	d.client.Timeout = sendTimeout
	d.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // only who was named gets the token
	return d, nil
}

// Tables are the tables the service keeps.
func Tables() []state.Schema { return []state.Schema{&records} }

// Run sends confirmation requests and lets tokens expire until ctx ends.
func (d *Destinations) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		wait, err := d.work(ctx)
		if err != nil && ctx.Err() == nil {
			d.needs.Diary.Error("destinations: cannot read or keep what is to be sent", "error", err)
			wait = time.Second
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-d.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

// hurry lets Run look again.
func (d *Destinations) hurry() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}
