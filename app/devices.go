package app

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"

	"telltale/base/caller"
	"telltale/lang/shape/iot"
	"telltale/service/authorizer"
	"telltale/service/broker"
	"telltale/service/domain"
)

// deviceDomains tells the broker's doors of domain configurations.
type deviceDomains struct{ *domain.Domains }

// Domain finds the domain of a server name.
func (d deviceDomains) Domain(serverName string) (*broker.Domain, bool) {
	m, found := d.Lookup(serverName)
	if !found {
		return nil, false
	}
	x := &broker.Domain{Scope: m.Scope, Disabled: !m.Enabled, Accepts: m.Accepts, TLS: m.TLS, Authorizer: m.Authorizer, Fixed: !m.AllowOverride,
		Both: m.Authentication == iot.AuthenticationTypeCustomAuthX509}
	if m.Protocol != iot.ApplicationProtocolDefault {
		x.WithoutALPN = m.Protocol
	}
	return x, true
}

// deviceAuthorizers let devices in.
type deviceAuthorizers struct{ *authorizer.Authorizers }

// Authenticate asks a custom authorizer.
func (a deviceAuthorizers) Authenticate(ctx context.Context, s caller.Scope, who *broker.Credentials) (*broker.Grant, error) {
	req := authorizer.Request{Default: who.Authorizer, Fixed: who.Fixed, TLS: who.TLS, ServerName: who.ServerName, Connection: who.Connection}
	if who.HTTP != nil {
		req.HTTP = &authorizer.HTTP{Header: who.HTTP.Header, RawQuery: who.HTTP.RawQuery}
	}
	if who.MQTT {
		req.MQTT = &authorizer.MQTT{Username: who.Username, Password: who.Password, ClientID: who.ClientID}
	}
	g, err := a.Authorizers.Authenticate(ctx, s, req)
	if refused, ok := errors.AsType[*authorizer.Refusal](err); ok && refused.Err == nil {
		return nil, &broker.NotAdmitted{Reason: refused.Reason, Details: refused.Details}
	}
	if err != nil {
		return nil, err
	}
	return &broker.Grant{PrincipalID: g.PrincipalID, Policies: g.Policies, DisconnectAfter: g.DisconnectAfter, RefreshAfter: g.RefreshAfter}, nil
}

// root is the certificate of our own authority.
func (p *program) root() (*x509.Certificate, error) {
	block, _ := pem.Decode(p.authority.RootPEM())
	if block == nil {
		return nil, errors.New("the root certificate of the authority is not in PEM form")
	}
	return x509.ParseCertificate(block.Bytes)
}
