package app

import (
	"context"
	"crypto/tls"
	"net"

	"telltale/api/devicecreds"
	"telltale/lang/shape/sts"
	"telltale/service/authorizer"
	"telltale/service/domain"
	"telltale/service/identity"
	"telltale/service/rolealias"
)

// buildEntrance builds what decides who may enter by other means than the registry and identity alone.
func (p *program) buildEntrance(ctx context.Context, c *Config, _ string) (err error) {
	if p.authorizers, err = authorizer.New(ctx, authorizer.Needs{State: p.db, Registry: p.registry, Functions: p.outside.Functions}); err != nil {
		return err
	}
	own, err := readServerCertificates(c.ServerCertificates)
	if err != nil {
		return err
	}
	if p.domains, err = domain.New(ctx, domain.Config{Host: endpointHost(c.MQTTS)}, domain.Needs{State: p.db, Registry: p.registry, Authorizers: p.authorizers,
		Certificates: serverCertificates{p.authority, own}, Diary: p.diary}); err != nil {
		return err
	}
	if p.aliases, err = rolealias.New(ctx, rolealias.Needs{State: p.db, Registry: p.registry, Roles: deviceRoles{p.identity}, Facts: p.facts, Diary: p.diary}); err != nil {
		return err
	}
	certificate, err := p.serverCertificate(c)
	if err != nil {
		return err
	}
	p.credentials = devicecreds.New(devicecreds.Needs{Aliases: p.aliases, TLS: &tls.Config{Certificates: []tls.Certificate{certificate}}, Diary: p.diary})
	return nil
}

// serverCertificate names every host under which devices reach this process.
func (p *program) serverCertificate(c *Config) (tls.Certificate, error) {
	return p.authority.Server([]string{endpointHost(c.MQTTS), endpointHost(c.TLS), endpointHost(c.HTTPS), endpointHost(c.Credentials)}, nil)
}

// deviceRoles gives devices sessions of roles.
type deviceRoles struct{ *identity.Directory }

// Credentials is identity's ServiceCredentials.
func (d deviceRoles) Credentials(ctx context.Context, s rolealias.Session) (*sts.Credentials, error) {
	return d.ServiceCredentials(ctx, identity.ServiceSession(s))
}

// listenCredentials opens the listener of the credentials provider, if there is to be one, and notes the port that was picked.
func (p *program) listenCredentials(c *Config) error {
	if c.Credentials == off {
		return nil
	}
	address, err := p.credentials.Listen(c.Credentials)
	if err != nil {
		return err
	}
	_, port, _ := net.SplitHostPort(address)
	p.credentialEndpoint = net.JoinHostPort(endpointHost(c.Credentials), port)
	c.Credentials = address
	return nil
}
