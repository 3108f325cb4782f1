package domain

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"net"
	"regexp"
	"strings"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// most is how many configurations an account may have in a region. (aws: general/iot-core#message-broker-limits)
const most = 10

var serverNameForm = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)+$`)

// CreateDomainConfiguration makes a domain configuration: for the customer's own domainName, or for one of ours. Whether the name is the
// customer's is not checked here, so a validationCertificateArn has nothing to prove. (aws: iot/API_CreateDomainConfiguration)
func (d *Domains) CreateDomainConfiguration(ctx context.Context, in *iot.CreateDomainConfigurationInput) (*iot.CreateDomainConfigurationOutput, error) {
	const op = "CreateDomainConfiguration"
	r := &record{
		Scope: caller.From(ctx).Scope, Name: in.DomainConfigurationName, ID: strings.ToLower(rand.Text()[:5]), Changed: now(), Security: defaultSecurity,
		Authentication: cmp.Or(in.AuthenticationType, iot.AuthenticationTypeDefault), Protocol: cmp.Or(in.ApplicationProtocol, iot.ApplicationProtocolDefault),
	}
	r.setTLS(in.TlsConfig)
	r.setAuthorizer(in.AuthorizerConfig)
	if err := d.setName(r, in); err != nil {
		return nil, blame(op, err)
	}
	err := d.update(ctx, func(tx *state.Tx) error {
		if err := d.check(tx, r); err != nil {
			return err
		}
		if err := insert(tx, r); err != nil {
			return err
		}
		list, err := all(tx, r.Scope)
		if err != nil {
			return err
		}
		if n := len(list) - 1; n > most { // the default endpoint's does not count
			return refuse(fault.Limit, "There would be %d domain configurations in account %s, region %s; allowed are %d.", n, r.Account, r.Region, most).
				Named(iot.LimitExceededException)
		}
		return d.needs.Registry.PutTags(tx, r.Scope, r.resource(), in.Tags)
	})
	if err != nil {
		return nil, blame(op, err)
	}
	return &iot.CreateDomainConfigurationOutput{DomainConfigurationName: r.Name, DomainConfigurationArn: r.arn()}, nil
}

func insert(tx *state.Tx, r *record) error {
	err := stored.Insert(tx, r)
	switch {
	case errors.Is(err, state.ErrExists):
		return refuse(fault.Exists, "The domain configuration %s already exists in account %s, region %s.", r.Name, r.Account, r.Region).
			Named(iot.ResourceAlreadyExistsException).With("resourceId", r.Name)
	case errors.Is(err, state.ErrNotUnique):
		return refuse(fault.Exists, "The domain name %s belongs to another domain configuration already.", r.ServerName).Named(iot.ResourceAlreadyExistsException)
	}
	return err
}

// setName sets server name and certificate.
func (d *Domains) setName(r *record, in *iot.CreateDomainConfigurationInput) error {
	if in.ServiceType != "" && in.ServiceType != iot.ServiceTypeData {
		return invalid("The serviceType %s is not offered; allowed is DATA.", in.ServiceType)
	}
	if err := checkOffered(in.ServerCertificateConfig, in.ClientCertificateConfig); err != nil {
		return err
	}
	r.ServerName, r.Custom = strings.ToLower(strings.TrimSuffix(in.DomainName, ".")), in.DomainName != ""
	switch {
	case r.Custom && (!serverNameForm.MatchString(r.ServerName) || net.ParseIP(r.ServerName) != nil):
		return invalid("The domainName %q is not the full name of a host, such as iot.example.com.", in.DomainName)
	case r.ServerName == strings.ToLower(d.cfg.Host):
		return invalid("The domainName %q is that of the default endpoint, whose configuration is %s.", in.DomainName, Default)
	case !r.Custom && len(in.ServerCertificateArns) > 0:
		return invalid("The serverCertificateArns go with a domainName only.")
	case !r.Custom:
		r.ServerName = d.ownName(r)
	}
	if len(in.ServerCertificateArns) > 0 {
		r.Certificate = in.ServerCertificateArns[0]
	}
	return d.checkServerCertificate(r)
}

// ownName is the server name of a configuration for which the customer brings none: below that of the default endpoint.
func (d *Domains) ownName(r *record) string {
	host := d.cfg.Host
	if host == "" || net.ParseIP(host) != nil {
		host = "localhost"
	}
	label := strings.Trim(strings.NewReplacer(".", "-", "_", "-").Replace(strings.ToLower(r.Name)), "-")
	return strings.Trim(label[:min(len(label), 50)]+"-"+r.ID, "-") + "." + host
}

func (r *record) setTLS(c *iot.TlsConfig) {
	if c != nil && c.SecurityPolicy != "" {
		r.Security = c.SecurityPolicy
	}
}

func (r *record) setAuthorizer(c *iot.AuthorizerConfig) {
	if c == nil {
		return
	}
	r.HasAuthorizer = true
	if c.DefaultAuthorizerName != "" {
		r.Authorizer = c.DefaultAuthorizerName
	}
	if c.AllowAuthorizerOverride != nil {
		r.AllowOverride = *c.AllowAuthorizerOverride
	}
}
