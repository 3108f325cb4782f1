package domain

import (
	"context"
	"crypto/tls"
	"slices"
	"strings"

	"telltale/base/caller"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// Domain is what a connection needs to know of the configuration behind its server name. It is shared: nobody changes it.
type Domain struct {
	caller.Scope
	Configuration string // its name
	ServerName    string // "" of the default endpoint
	Enabled       bool
	// Authentication and Protocol are how clients may come: see Accepts.
	Authentication, Protocol string
	// Authorizer judges clients that name none, "" leaves that to the account's default; AllowOverride lets clients name another.
	Authorizer    string
	AllowOverride bool

	certificate *tls.Certificate // nil: that of the default endpoint
	security    security
}

// names are all domains as they are now.
type names struct {
	domains  map[string]*Domain // by server name
	defaults map[caller.Scope]*Domain
}

// Lookup finds the domain of a server name, as a client gave it in its handshake. The default endpoint is none of them.
func (d *Domains) Lookup(serverName string) (*Domain, bool) {
	found, ok := d.names.Load().domains[strings.ToLower(strings.TrimSuffix(serverName, "."))]
	return found, ok
}

// Default is the default endpoint as an account configured it in a region.
func (d *Domains) Default(s caller.Scope) *Domain {
	if found, ok := d.names.Load().defaults[s]; ok {
		return found
	}
	return unchanged(s).domain()
}

// Any reports whether there is a domain beside the default endpoint, so that a client that names no server may mean another.
func (d *Domains) Any() bool { return len(d.names.Load().domains) > 0 }

// Accepts reports whether a client may come that authenticates in this way, iot.AuthenticationTypeAwsX509, …AwsSigv4 or …CustomAuth, with this
// protocol, iot.ApplicationProtocolSecureMqtt, …MqttWss or …Https. What the ways demand beyond that, is for the caller to know: with
// CUSTOM_AUTH_X509 both are needed.
func (m *Domain) Accepts(authentication, protocol string) bool {
	ways := []string{m.Authentication}
	switch m.Authentication {
	case iot.AuthenticationTypeDefault:
		ways = []string{iot.AuthenticationTypeAwsX509, iot.AuthenticationTypeAwsSigv4, iot.AuthenticationTypeCustomAuth}
	case iot.AuthenticationTypeCustomAuthX509:
		ways = []string{iot.AuthenticationTypeAwsX509, iot.AuthenticationTypeCustomAuth}
	}
	return slices.Contains(ways, authentication) && (m.Protocol == iot.ApplicationProtocolDefault || m.Protocol == protocol)
}

// TLS is the configuration of a listener as it is for this domain, for tls.Config.GetConfigForClient.
func (m *Domain) TLS(listener *tls.Config) *tls.Config {
	c := listener.Clone()
	c.MinVersion, c.MaxVersion, c.CipherSuites = m.security.lowest, m.security.highest, m.security.suites
	if m.certificate != nil {
		c.Certificates = []tls.Certificate{*m.certificate}
	}
	return c
}

// reload reads all domains anew. A certificate that is not there any more is told to the diary; clients then get that of the default endpoint.
func (d *Domains) reload(ctx context.Context) error {
	d.reloading.Lock()
	defer d.reloading.Unlock()
	found := &names{map[string]*Domain{}, map[caller.Scope]*Domain{}}
	err := d.needs.State.View(ctx, func(tx *state.Tx) error {
		for r, err := range stored.Scan(tx, state.Key{}, state.Key{}, 0) {
			if err != nil {
				return err
			}
			m := r.domain()
			if r.Name == Default {
				found.defaults[r.Scope] = m
				continue
			}
			if m.certificate, err = d.certificate(r); err != nil {
				d.needs.Diary.Error("a domain has no certificate of its own", "domain", r.ServerName, "configuration", r.Name, "account", r.Account, "error", err)
			}
			found.domains[r.ServerName] = m
		}
		return nil
	})
	if err != nil {
		return err
	}
	d.names.Store(found)
	return nil
}

func (r *record) domain() *Domain {
	return &Domain{
		Scope: r.Scope, Configuration: r.Name, ServerName: r.ServerName, Enabled: !r.Disabled, Authentication: r.Authentication, Protocol: r.Protocol,
		Authorizer: r.Authorizer, AllowOverride: r.AllowOverride || r.Authorizer == "", security: securities[r.Security],
	}
}

func (d *Domains) certificate(r *record) (*tls.Certificate, error) {
	if err := d.checkServerCertificate(r); err != nil {
		return nil, err
	}
	if r.Certificate == "" {
		return d.needs.Certificates.For(r.ServerName)
	}
	c, _ := d.needs.Certificates.Known(r.Certificate)
	return c, nil
}
