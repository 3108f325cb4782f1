package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Run builds the program, starts it, tells ready once everything listens, and stops it in order when ctx ends: first the doors,
// then the clients, then the writers, so that everything acknowledged and every last entry is on disk.
func Run(ctx context.Context, c *Config, ready func(*Running)) error {
	began := time.Now()
	dir, err := c.dataDir()
	if err != nil {
		return err
	}
	if c.Ephemeral {
		defer os.RemoveAll(dir)
	}
	p, err := build(ctx, c, dir)
	if err != nil {
		return err
	}
	running, err := p.listen(c, dir)
	if err != nil {
		return errors.Join(err, p.close())
	}
	running.Startup = time.Since(began)
	if err := running.save(); err != nil {
		return errors.Join(err, p.close())
	}
	ready(running)
	return p.run(ctx)
}

// dataDir makes the directory that keeps everything.
func (c *Config) dataDir() (string, error) {
	if c.Ephemeral {
		return os.MkdirTemp("", "telltale-")
	}
	dir, err := filepath.Abs(c.DataDir)
	if err != nil {
		return "", err
	}
	return dir, os.MkdirAll(dir, 0o700)
}

// listen opens every door and says where they are.
func (p *program) listen(c *Config, dir string) (*Running, error) {
	var err error
	if p.gateway, err = net.Listen("tcp", c.Gateway); err != nil {
		return nil, fmt.Errorf("AWS API: %w", err)
	}
	r := &Running{Mode: c.Mode, Gateway: p.gateway.Addr().String(), Region: c.Region, AccountID: c.AccountID, DataDir: dir, Ephemeral: c.Ephemeral, PID: os.Getpid()}
	if r.MQTTS, r.MQTT, err = p.broker.Listen(); err != nil {
		_ = p.gateway.Close()
		return nil, err
	}
	p.registry.SetEndpoint(r.MQTTS)
	return r, nil
}

// run lets everything work until ctx ends or something fails, and then stops it in order.
func (p *program) run(ctx context.Context) error {
	doors, closeDoors := context.WithCancelCause(ctx)
	writers, stopWriters := context.WithCancel(context.WithoutCancel(ctx))
	defer closeDoors(nil)

	var front, back sync.WaitGroup
	start := func(group *sync.WaitGroup, ctx context.Context, name string, run func(context.Context) error) {
		group.Go(func() {
			if err := run(ctx); err != nil && !errors.Is(err, context.Canceled) {
				closeDoors(fmt.Errorf("%s: %w", name, err))
			}
		})
	}
	start(&front, doors, "AWS API", p.serveGateway)
	start(&front, doors, "broker", p.broker.Run)
	start(&back, writers, "event log", p.eventlog.Run)
	start(&back, writers, "log store", p.store.Run)
	start(&back, writers, "metrics", p.series.Run)

	<-doors.Done()
	p.diary.Info("stopping")
	front.Wait() // every client got its Disconnect entry
	stopWriters()
	back.Wait() // every entry is written
	err := p.close()
	if cause := context.Cause(doors); !errors.Is(cause, context.Canceled) {
		err = errors.Join(cause, err)
	}
	return err
}

// serveGateway serves the AWS API until ctx ends, and lets running calls finish.
func (p *program) serveGateway(ctx context.Context) error {
	server := &http.Server{Handler: p.handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		stopped <- server.Shutdown(grace)
	}()
	if err := server.Serve(p.gateway); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}
