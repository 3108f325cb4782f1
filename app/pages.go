package app

import "net/http"

// pages are the HTTP pages that are not AWS API calls.
func (p *program) pages() map[string]http.Handler {
	pages := map[string]http.Handler{
		"/_telltale/health":     only(http.MethodGet, p.health),
		"/_telltale/iot/ca.pem": only(http.MethodGet, p.caPEM),
	}
	return pages
}

func only(method string, f http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != method && (method != http.MethodGet || r.Method != http.MethodHead) {
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
	_, _ = w.Write(p.authority.RootPEM())
}
