package app

import (
	"context"
	"net/http"
)

// pages are the HTTP pages that are not AWS API calls.
func (p *program) pages(c *Config) map[string]http.Handler {
	pages := map[string]http.Handler{
		"/_telltale/health":     only(http.MethodGet, p.health),
		"/_telltale/iot/ca.pem": only(http.MethodGet, p.caPEM),
	}
	if c.Mode == Dev {
		pages["/_telltale/reset"] = only(http.MethodPost, p.reset)
	}
	return pages
}

func only(method string, f http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != method {
			w.Header().Set("Allow", method)
			http.Error(w, "use "+method, http.StatusMethodNotAllowed)
			return
		}
		f(w, r)
	})
}

// health answers once everything listens.
func (p *program) health(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"status":"running","version":"` + Version() + `"}` + "\n"))
}

// caPEM is the certificate that devices must trust.
func (p *program) caPEM(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/x-pem-file")
	_, _ = w.Write(p.registry.CAPEM())
}

// reset forgets everything of every account, for tests that want to start anew. Certificates of the server stay.
func (p *program) reset(w http.ResponseWriter, r *http.Request) {
	for _, forget := range []func(context.Context) error{
		p.broker.Reset, p.eventlog.Reset, p.registry.Reset, p.identity.Reset, p.logs.Reset, p.trail.Reset, p.metrics.Reset,
	} {
		if err := forget(r.Context()); err != nil {
			p.diary.Error("reset failed", "error", err)
			http.Error(w, "reset failed: "+err.Error(), http.StatusInternalServerError)
			return
		}
	}
	w.WriteHeader(http.StatusNoContent)
}
