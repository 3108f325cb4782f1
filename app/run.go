package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Run builds the program, starts it, tells ready once everything listens, and stops it in order when ctx ends.
func Run(ctx context.Context, c *Config, ready func(*Running)) (err error) {
	began := time.Now()
	if err := c.check(); err != nil {
		return err
	}
	h := &host{config: *c, failed: make(chan error, 1)}
	if h.dir, err = c.dataDir(); err != nil {
		return err
	}
	if c.Ephemeral { // only what tells other commands about us is in the data directory, while we run
		defer os.RemoveAll(h.dir)
		defer os.Remove(c.DataDir) // unless there are data of another run
		defer os.Remove(filepath.Join(c.DataDir, runFile))
	}
	if h.listener, err = net.Listen("tcp", c.Gateway); err != nil {
		return fmt.Errorf("AWS API: %w", err)
	}
	defer h.listener.Close()
	h.config.Gateway = h.listener.Addr().String()
	if err := h.begin(ctx); err != nil {
		return err
	}
	running := h.running()
	running.Startup = time.Since(began)
	if err := running.save(c.DataDir); err != nil {
		return errors.Join(err, h.end())
	}
	ready(running)
	return h.serve(ctx)
}

// dataDir makes the directory that keeps everything.
func (c *Config) dataDir() (string, error) {
	dir, err := filepath.Abs(c.DataDir)
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err == nil && c.Ephemeral {
		dir, err = os.MkdirTemp("", "telltale-")
	}
	return dir, err
}

// serve serves the AWS API until ctx ends or something fails. Then the doors close and running calls finish, the clients are told,
// and the writers write what is left.
func (h *host) serve(ctx context.Context) error {
	server := httpServer(h, h.config.Logger())
	closed := make(chan error, 1)
	go func() { closed <- server.Serve(h.listener) }()
	var err error
	select {
	case <-ctx.Done():
	case err = <-h.failed:
	case err = <-closed:
	}
	h.leave() // devices are told first; API calls that run may take their time
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return errors.Join(err, server.Shutdown(grace), h.end())
}
