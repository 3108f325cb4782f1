package broker

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/lang/policy"
)

// Entrant is who comes over HTTP to speak MQTT.
type Entrant struct {
	// Caller signed the request; its identity's policies decide what it may do. Without one an authorizer is asked on CONNECT. Its scope
	// counts either way.
	Caller *caller.Caller
	Signed bool
	// HTTP is shown to the authorizer.
	HTTP *Upgrade
	// Domain is the one of the server name; nil: the default endpoint.
	Domain     *Domain
	TLS        bool
	ServerName string
	Source     netip.AddrPort
	Target     netip.AddrPort
}

// Upgrade is the HTTP request that opened a WebSocket.
type Upgrade struct {
	Header   map[string][]string
	RawQuery string // without the question mark
}

// Identity decides about callers who sign what they send, as callers of AWS do.
type Identity interface {
	// Allow returns a fault.Denied that says why c may not do the action, in which the policies may have a part.
	Allow(ctx context.Context, c *caller.Caller, action, resource string) error
}

// Authorizers are the custom authorizers. (aws: iot/custom-authentication)
type Authorizers interface {
	// Authenticate asks one who a client is and what it may do. A *NotAdmitted says why it is not let in.
	Authenticate(ctx context.Context, s caller.Scope, who *Credentials) (*Grant, error)
}

// Credentials are what a client presents that an authorizer is to judge.
type Credentials struct {
	Authorizer string // that of the domain, for clients that name none
	Fixed      bool   // no other may be named
	TLS        bool
	ServerName string
	HTTP       *Upgrade // nil: none
	MQTT       bool     // user name, password and client id are those of a CONNECT
	Username   string
	Password   []byte
	ClientID   string
	Connection string // the same for all that one connection asks
}

// Grant is what an authorizer says of a client.
type Grant struct {
	PrincipalID     string
	Policies        []policy.Policy // shared: nobody changes them
	DisconnectAfter time.Duration
	RefreshAfter    time.Duration // then it is asked again
}

// NotAdmitted is why a client is not let in: reason and details of a Connection.AuthNError.
type NotAdmitted struct{ Reason, Details string }

func (e *NotAdmitted) Error() string { return e.Reason + ": " + e.Details }

// notAdmitted is an error of an authorizer as entries tell it.
func (b *Broker) notAdmitted(err error) *NotAdmitted {
	if no, ok := errors.AsType[*NotAdmitted](err); ok {
		return no
	}
	b.needs.Diary.Error("a custom authorizer could not be asked", "error", err)
	return &NotAdmitted{Reason: "INTERNAL_SERVER_ERROR", Details: "Internal server error"}
}

// RecordNotAdmitted tells that somebody who came over HTTP was not let in, and returns the trace of that. way is AWS_SIGV4, AWS_X509 or CUSTOM_AUTH.
func (b *Broker) RecordNotAdmitted(e *Entrant, way, protocol string, why *NotAdmitted) caller.Trace {
	o := e.origin()
	o.Protocol = protocol
	b.needs.Facts.Record(&o, &AuthN{Failure: event.Failure{Outcome: event.AuthError, Reason: why.Reason, Details: why.Details},
		Protocol: protocol, Type: way, ServerName: e.ServerName, TargetPort: int(e.Target.Port())})
	b.needs.Diary.Info("client not admitted", "peer", e.Source, "reason", why.Reason, "details", why.Details)
	return o.Trace
}

// origin is where facts of an entrant come from.
func (e *Entrant) origin() caller.Origin {
	o := caller.Origin{Trace: caller.NewTrace(), Scope: e.Caller.Scope, Protocol: protocolMQTT}
	if e.Signed {
		o.PrincipalID = e.Caller.PrincipalID
	}
	if e.Source.IsValid() {
		o.SetSource(e.Source)
	}
	return o
}
