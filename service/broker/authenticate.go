package broker

import (
	"context"

	"github.com/google/uuid"

	"telltale/base/event"
	"telltale/lang/mqtt"
)

// authenticate asks a custom authorizer about a client that neither a certificate nor a signature lets in, or both a certificate and an
// authorizer must.
func (c *conn) authenticate(a *attempt) *refusal {
	if !c.needsGrant() {
		return nil
	}
	c.credentials = c.presented(a)
	var why *NotAdmitted
	if c.b.needs.Authorizers == nil {
		why = noAuthorizers
	} else if g, err := c.b.needs.Authorizers.Authenticate(context.Background(), c.origin.Scope, c.credentials); err != nil {
		why = c.b.notAdmitted(err)
	} else {
		c.grant = g
		c.origin.PrincipalID = g.PrincipalID
		return nil
	}
	c.recordNotAdmitted(why)
	return &refusal{Failure: event.Failure{Outcome: event.AuthError, Reason: why.Reason, Details: why.Details}, code: mqtt.NotAuthorized, end: "AUTH_ERROR"}
}

var noAuthorizers = &NotAdmitted{"CUSTOM_AUTHORIZER_NOT_FOUND", "Could not find custom authorizer: this broker has none"}

// needsGrant reports whether an authorizer must let the connection in.
func (c *conn) needsGrant() bool {
	switch {
	case c.anonymous:
		return false
	case c.entrant != nil:
		return !c.entrant.Signed
	case c.under != nil && c.under.Both:
		return true
	}
	return c.certificate == ""
}

// presented is what the client shows.
func (c *conn) presented(a *attempt) *Credentials {
	k := &Credentials{TLS: c.way != nil, ServerName: c.serverName, Connection: uuid.NewString(),
		MQTT: true, Username: string(a.packet.Username), Password: append([]byte(nil), a.packet.Password...), ClientID: a.clientID}
	if e := c.entrant; e != nil {
		k.TLS, k.HTTP = e.TLS, e.HTTP
	}
	if c.under != nil {
		k.Authorizer, k.Fixed = c.under.Authorizer, c.under.Fixed
	}
	return k
}

// recordNotAdmitted tells that an authorizer did not let the client in.
func (c *conn) recordNotAdmitted(why *NotAdmitted) {
	f := &AuthN{Failure: event.Failure{Outcome: event.AuthError, Reason: why.Reason, Details: why.Details}, Type: "CUSTOM_AUTH",
		ServerName: c.serverName, TargetPort: c.targetPort()}
	if c.certificate != "" {
		f.Type = "CUSTOM_AUTH_X509"
	}
	c.b.needs.Facts.Record(&c.origin, f)
}
