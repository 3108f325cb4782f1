package app

import (
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// foreign says why a request does not come from a tool of the developer's, or "". In dev mode nothing else keeps a web page that the
// developer visits from calling the API: neither the page's origin nor the name it reached us by (which its owner may have pointed
// at this machine) may be a stranger's. Serve mode demands signatures, which pages cannot make.
func (h *host) foreign(r *http.Request) string {
	if h.config.Mode != Dev {
		return ""
	}
	if !ownName(r.Host) {
		return "telltale dev answers only to addresses, localhost and names without dots, not to " + r.Host
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		if u, err := url.Parse(origin); err != nil || !ownName(u.Host) {
			return "telltale dev does not serve pages of other sites: the request's origin is " + origin
		}
	}
	return ""
}

// ownName reports whether a host, with or without a port, is an address, localhost, this machine, or a name without dots, as
// machines and containers next to us have.
func ownName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	if net.ParseIP(host) != nil || !strings.Contains(host, ".") || strings.HasSuffix(host, ".localhost") {
		return true
	}
	own, err := os.Hostname()
	return err == nil && strings.EqualFold(own, host)
}
