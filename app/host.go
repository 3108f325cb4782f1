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
	"sync/atomic"
)

// host holds the running program behind the listener of the AWS API, and can replace it by a new one on an emptied data directory.
type host struct {
	config   Config // its ports are those that were picked, once the program listens
	dir      string
	listener net.Listener
	failed   chan error // the first part that failed on its own

	mu      sync.Mutex // held while the program is replaced
	program *program
	handler atomic.Pointer[http.Handler] // nil while there is no program
}

// begin builds and starts a program.
func (h *host) begin(ctx context.Context) error {
	p, err := build(ctx, &h.config, h.dir)
	if err != nil {
		return err
	}
	if err := p.listen(&h.config); err != nil {
		return errors.Join(err, p.close())
	}
	if err := p.listenCredentials(&h.config); err != nil {
		return errors.Join(err, p.close())
	}
	p.start(context.WithoutCancel(ctx), h, h.fail)
	h.program = p
	h.handler.Store(&p.handler)
	return nil
}

// end stops the program.
func (h *host) end() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.handler.Store(nil)
	if h.program == nil {
		return nil
	}
	p := h.program
	h.program = nil
	return p.stop()
}

// leave closes the broker's doors and returns when every client got its Disconnect entry.
func (h *host) leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.program != nil {
		h.program.leave()
	}
}

// fail notes that a part of the program ended with an error.
func (h *host) fail(err error) {
	select {
	case h.failed <- err:
	default:
	}
}

// ServeHTTP passes a request to the program.
func (h *host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if why := h.foreign(r); why != "" {
		http.Error(w, why, http.StatusForbidden)
		return
	}
	if r.URL.Path == "/_telltale/reset" && h.config.Mode == Dev {
		h.reset(w, r)
		return
	}
	if handler := h.handler.Load(); handler != nil {
		(*handler).ServeHTTP(w, r)
		return
	}
	http.Error(w, "telltale is being reset or stopped", http.StatusServiceUnavailable)
}

// kept is what a reset leaves in the data directory: devices go on trusting the same authority.
var kept = map[string]bool{"ca": true, runFile: true}

// reset forgets everything of every account, for tests that want to start anew: the program is stopped, its data are removed, and a
// new one is started on the same ports.
func (h *host) reset(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "use POST", http.StatusMethodNotAllowed)
		return
	}
	if err := h.replace(r.Context()); err != nil {
		h.fail(fmt.Errorf("reset: %w", err))
		http.Error(w, "reset failed: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (h *host) replace(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.program == nil {
		return errors.New("telltale is stopping")
	}
	h.handler.Store(nil)
	p := h.program
	h.program = nil
	if err := p.stop(); err != nil {
		return err
	}
	entries, err := os.ReadDir(h.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !kept[e.Name()] {
			if err := os.RemoveAll(filepath.Join(h.dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return h.begin(context.WithoutCancel(ctx))
}

// running is what the host tells about itself.
func (h *host) running() *Running {
	c := &h.config
	return &Running{Mode: c.Mode, Gateway: c.Gateway, MQTTS: c.MQTTS, MQTT: unlessOff(c.MQTT), TLS: unlessOff(c.TLS), HTTPS: unlessOff(c.HTTPS),
		Credentials: unlessOff(c.Credentials), Region: c.Region,
		AccountID: c.AccountID, DataDir: h.dir, Ephemeral: c.Ephemeral, Permissive: c.Permissive, PID: os.Getpid()}
}

// start lets every part work until stop; handler answers requests over HTTPS. A part that ends with an error is told to fail.
func (p *program) start(ctx context.Context, handler http.Handler, fail func(error)) {
	doors, closeDoors := context.WithCancel(ctx)
	services, stopServices := context.WithCancel(ctx)
	writers, stopWriters := context.WithCancel(ctx)
	var front, middle, back sync.WaitGroup
	run := func(group *sync.WaitGroup, ctx context.Context, name string, f func(context.Context) error) {
		group.Go(func() {
			if err := f(ctx); err != nil && !errors.Is(err, context.Canceled) {
				fail(fmt.Errorf("%s: %w", name, err))
			}
		})
	}
	run(&front, doors, "broker", p.broker.Run)
	run(&front, doors, "HTTPS", p.serveHTTPS(handler))
	run(&front, doors, "credentials provider", p.credentials.Run)
	run(&middle, services, "shadows", p.shadows.Run)
	run(&middle, services, "jobs", p.jobs.Run)
	run(&middle, services, "rules", p.rules.Run)
	run(&middle, services, "destinations", p.destinations.Run)
	run(&back, writers, "event log", p.eventlog.Run)
	run(&back, writers, "log store", p.store.Run)
	run(&back, writers, "metrics", p.series.Run)
	p.leave = func() {
		closeDoors()
		front.Wait() // every client got its Disconnect entry
	}
	p.stop = func() error {
		p.leave()
		stopServices()
		middle.Wait() // every request that was accepted is answered
		stopWriters()
		back.Wait() // every entry is written
		return p.close()
	}
}

// listen opens the broker's doors and notes the ports that were picked.
func (p *program) listen(c *Config) error {
	at, err := p.broker.Listen()
	if err != nil {
		return err
	}
	_, port, _ := net.SplitHostPort(at.MQTTS)
	p.endpoint = net.JoinHostPort(endpointHost(c.MQTTS), port)
	c.MQTTS, c.MQTT, c.TLS, c.HTTPS = at.MQTTS, orOff(at.MQTT), orOff(at.TLS), orOff(at.HTTPS)
	return nil
}

// endpointHost is the name under which clients reach a listener: localhost for a loopback address, the host's own name for all
// addresses, otherwise the address itself.
func endpointHost(address string) string {
	host, _, _ := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	switch {
	case host == "" || ip != nil && ip.IsUnspecified():
		if name, err := os.Hostname(); err == nil {
			return name
		}
		return "localhost"
	case ip != nil && ip.IsLoopback():
		return "localhost"
	}
	return host
}
