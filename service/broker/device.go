package broker

import (
	"context"
	"crypto/x509"
	"errors"
	"strconv"
	"time"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iotdata"
)

// Device is who sends HTTP requests with a client certificate, or with what a custom authorizer judges. Neither has a control plane: all
// that it may do is what policies of devices allow. (aws: iot/http)
type Device struct {
	Caller caller.Caller
	who    *permissions
}

// IdentifyDevice finds out who shows a client certificate. The error says why it does not do, as Connection.AuthNError entries tell it.
func (b *Broker) IdentifyDevice(leaf *x509.Certificate, e *Entrant) (*Device, *NotAdmitted) {
	cert, err := b.identify(leaf)
	if refused, ok := errors.AsType[*certificateRefused](err); ok {
		if refused.certificate != nil {
			e.Caller.Scope = refused.certificate.Scope
		}
		return nil, &NotAdmitted{refused.reason, refused.details}
	} else if err != nil {
		return nil, b.notAdmitted(err)
	}
	d := b.device(e, cert.Scope)
	d.who.principal = cert.ID
	d.who.present(leaf)
	d.Caller.PrincipalID, d.Caller.ARN = cert.ID, arn.IoT(cert.Scope, "cert", cert.ID)
	return d, nil
}

// AdmitDevice asks a custom authorizer about a request.
func (b *Broker) AdmitDevice(ctx context.Context, e *Entrant, connection string) (*Device, *NotAdmitted) {
	if b.needs.Authorizers == nil {
		return nil, noAuthorizers
	}
	k := &Credentials{TLS: e.TLS, ServerName: e.ServerName, HTTP: e.HTTP, Connection: connection}
	if e.Domain != nil {
		k.Authorizer, k.Fixed = e.Domain.Authorizer, e.Domain.Fixed
	}
	g, err := b.needs.Authorizers.Authenticate(ctx, e.Caller.Scope, k)
	if err != nil {
		return nil, b.notAdmitted(err)
	}
	d := b.device(e, e.Caller.Scope)
	d.who.granted, d.who.principal, d.who.policies = true, g.PrincipalID, g.Policies
	d.who.keys.Set("aws:SecureTransport", strconv.FormatBool(e.TLS))
	d.Caller.PrincipalID = g.PrincipalID
	return d, nil
}

func (b *Broker) device(e *Entrant, s caller.Scope) *Device {
	d := &Device{Caller: *e.Caller, who: &permissions{registry: b.needs.Registry, scope: s, permissive: b.cfg.Permissive}}
	d.Caller.Scope, d.Caller.Kind = s, caller.Anonymous
	d.who.keys.Set("aws:SourceIp", d.Caller.SourceIP)
	return d
}

// whyMember is the member of a fault that holds the explanation of a denial; it is no member of an answer.
const whyMember = "authorization"

// SetKey sets what policies may ask about the request of the device.
func (d *Device) SetKey(name, value string) { d.who.keys.Set(name, value) }

// Allow returns a fault.Denied if the policies do not let the device do an action.
func (d *Device) Allow(action, resource string) error {
	v := d.who.allow(time.Now(), action, resource)
	switch {
	case v.err != nil:
		return fault.Wrap("broker.Allow", fault.Internal, v.err)
	case v.allowed:
		return nil
	}
	f := fault.New("broker.Allow", fault.Denied, "%s is not authorized to perform: %s on resource: %s", d.who.named(), action, resource).Named(iotdata.ForbiddenException)
	f.Members = map[string]any{whyMember: v.why}
	return f
}
