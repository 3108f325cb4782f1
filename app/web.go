package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"telltale/api/gateway"
)

// serveHTTPS answers the HTTPS requests that come through the broker's doors, until ctx ends; requests that run then are answered.
func (p *program) serveHTTPS(handler http.Handler) func(context.Context) error {
	return func(ctx context.Context) error {
		server := httpServer(handler, p.diary)
		closed := make(chan error, 1)
		go func() { closed <- server.Serve(p.broker.HTTPS()) }()
		select {
		case err := <-closed:
			if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				break
			}
			return fmt.Errorf("HTTPS: %w", err)
		case <-ctx.Done():
		}
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		return server.Shutdown(grace)
	}
}

// httpServer is a server with the bounds that all of ours have.
func httpServer(handler http.Handler, diary *slog.Logger) *http.Server {
	return &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(diary.Handler(), slog.LevelWarn),
		ConnContext: gateway.WithConnection}
}
