package gateway

import (
	"net"
	"net/http"
	"net/netip"

	"telltale/service/broker"
)

// entrant is who sends a request, as the broker wants to know.
func (s *Server) entrant(c *call) *broker.Entrant {
	e := &broker.Entrant{Caller: &c.caller, TLS: c.r.TLS != nil, ServerName: serverName(c.r), HTTP: &broker.Upgrade{Header: c.r.Header, RawQuery: c.r.URL.RawQuery}}
	if peer, err := netip.ParseAddrPort(c.r.RemoteAddr); err == nil {
		e.Source = peer
	}
	if here, ok := c.r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		if at, err := netip.ParseAddrPort(here.String()); err == nil {
			e.Target = at
		}
	}
	if s.needs.Domains != nil {
		e.Domain, _ = s.needs.Domains.Domain(e.ServerName)
	}
	if e.Domain != nil && c.signature == nil {
		c.caller.Scope = e.Domain.Scope
	}
	return e
}

// serverName is the name under which a request came: the one of the TLS handshake, without TLS that of the Host header.
func serverName(r *http.Request) string {
	if r.TLS != nil {
		return r.TLS.ServerName
	}
	if host, _, err := net.SplitHostPort(r.Host); err == nil {
		return host
	}
	return r.Host
}

// admits says why a domain does not let clients in that authenticate in this way, over this protocol, or nil.
func admits(e *broker.Entrant, authentication, protocol string) *broker.NotAdmitted {
	switch {
	case e.Domain == nil:
		return nil
	case e.Domain.Disabled:
		return &broker.NotAdmitted{Reason: "DOMAIN_CONFIGURATION_DISABLED", Details: "Domain configuration for the Server Name Indication (SNI) provided is disabled"}
	case !e.Domain.Accepts(authentication, protocol):
		return &broker.NotAdmitted{Reason: "DOMAIN_CONFIGURATION_INVALID",
			Details: "The endpoint type in domain configuration is invalid: it does not let clients come with " + authentication + " over " + protocol}
	}
	return nil
}
