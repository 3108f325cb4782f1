package broker

import (
	"crypto/tls"
	"fmt"
	"slices"
	"strings"

	"telltale/base/caller"
	"telltale/lang/shape/iot"
)

// Domain is what a door needs to know of the name under which a client comes. (aws: iot/iot-custom-endpoints-configurable)
type Domain struct {
	caller.Scope
	Disabled bool
	// WithoutALPN is the one protocol of the domain, iot.ApplicationProtocolSecureMqtt and so on, for clients that offer none; "" leaves
	// that to the door.
	WithoutALPN string
	// Accepts says whether clients may come that authenticate in one way, iot.AuthenticationTypeAwsX509 and so on, with one protocol.
	Accepts func(authentication, protocol string) bool
	// TLS adapts the configuration of a listener.
	TLS func(listener *tls.Config) *tls.Config
	// Authorizer judges clients that name none, "" leaves that to the account; Fixed keeps clients from naming another.
	Authorizer string
	Fixed      bool
	// Both says that a certificate alone does not do: the authorizer is asked, too.
	Both bool
}

// Domains knows the names under which clients come.
type Domains interface {
	// Domain finds the domain of a server name. Any other name, and none, is that of the default endpoint, which belongs to nobody.
	Domain(serverName string) (d *Domain, found bool)
}

// greeting is how a client began its TLS handshake, and what was made of it.
type greeting struct {
	door       *door
	hello      bool // it came at all
	serverName string
	protocols  []string
	versions   []uint16
	way        *way
	domain     *Domain  // nil: that of the default endpoint
	refused    *refused // why it goes no further
}

// refused is why a client is not let in, as an entry tells it.
type refused struct{ reason, details string }

func (r *refused) Error() string { return r.reason + ": " + r.details }

// greet is called by a handshake when the client has said hello, and chooses how it goes on.
func (d *door) greet(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	g := hello.Conn.(*transport).greeting
	g.hello, g.serverName, g.protocols, g.versions = true, printable(hello.ServerName), hello.SupportedProtos, hello.SupportedVersions
	if d.b.needs.Domains != nil {
		g.domain, _ = d.b.needs.Domains.Domain(hello.ServerName)
	}
	g.way = d.choose(g)
	if g.refused = d.refusal(g); g.refused != nil {
		return nameless(g.way.config), nil
	}
	if g.domain != nil && g.domain.TLS != nil {
		return g.domain.TLS(g.way.config), nil
	}
	return g.way.config, nil
}

// nameless makes a handshake fail with the alert that the server has not the name asked for.
func nameless(config *tls.Config) *tls.Config {
	config = config.Clone()
	config.Certificates, config.GetCertificate = nil, nil
	return config
}

// choose finds the way for a client: the door's only one, the first whose protocol it offers, or for a client that offers none, that of
// its domain's protocol or else the last. A client that offers only others gets the last, too, which will tell it so.
func (d *door) choose(g *greeting) *way {
	for _, w := range d.ways {
		if slices.ContainsFunc(g.protocols, func(p string) bool { return slices.Contains(w.protocols, p) }) {
			return w
		}
	}
	if len(g.protocols) == 0 && g.domain != nil && g.domain.WithoutALPN == iot.ApplicationProtocolSecureMqtt {
		for _, w := range d.ways {
			if !w.http && g.domain.Accepts(w.authentication(), iot.ApplicationProtocolSecureMqtt) {
				return w
			}
		}
	}
	return d.ways[len(d.ways)-1]
}

// authentication is how clients of a way authenticate. Those of HTTPS without a certificate may do so in several ways: the request says
// how.
func (w *way) authentication() string {
	switch {
	case w.certificate:
		return iot.AuthenticationTypeAwsX509
	case w.http:
		return ""
	}
	return iot.AuthenticationTypeCustomAuth
}

// refusal says why a client goes no further whose name and protocol are known, or nil.
func (d *door) refusal(g *greeting) *refused {
	switch {
	case g.serverName == "" && d.b.cfg.RequireServerName:
		return &refused{"SNI_MISSING", "The client names no server, which this broker demands"}
	case g.domain == nil:
		return nil
	case g.domain.Disabled:
		return &refused{"DOMAIN_CONFIGURATION_DISABLED", "Domain configuration for the Server Name Indication (SNI) provided is disabled"}
	}
	authentication, protocol := g.way.authentication(), iot.ApplicationProtocolSecureMqtt
	if g.way.http {
		protocol = iot.ApplicationProtocolHttps
	}
	if authentication != "" && !g.domain.Accepts(authentication, protocol) {
		return &refused{"DOMAIN_CONFIGURATION_INVALID", fmt.Sprintf("The endpoint type in domain configuration is invalid: "+
			"it does not let clients come with %s over %s", authentication, protocol)}
	}
	return nil
}

// offered is what the door takes of ALPN.
func (d *door) offered() string {
	var all []string
	for _, w := range d.ways {
		all = append(all, w.protocols...)
	}
	return strings.Join(all, ", ")
}

// scope is the account and region that a client without a known certificate is told of to: that of its domain, or else the one of
// anonymous clients.
func (g *greeting) scope() caller.Scope {
	if g.domain != nil {
		return g.domain.Scope
	}
	return g.door.b.needs.Anonymous
}
