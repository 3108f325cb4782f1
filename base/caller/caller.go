// Package caller says who acts: the account and region everything belongs to, the API caller in a context, and the origin of a
// message or a fact.
package caller

import (
	"context"
	"time"
)

// Scope is the account and region that a record, a message or an entry belongs to. Two scopes never see each other.
type Scope struct {
	Account string // 12 digits
	Region  string // e.g. us-east-1
}

// Kind is the kind of an API caller, spelled as in CloudTrail's userIdentity.type.
type Kind string

// The kinds of API caller.
const (
	Anonymous   Kind = "Anonymous"
	Root        Kind = "Root"
	User        Kind = "IAMUser"
	AssumedRole Kind = "AssumedRole"
	Federated   Kind = "FederatedUser"
	Service     Kind = "AWSService"
)

// Caller is who makes an API call.
type Caller struct {
	Scope
	Kind        Kind
	AccessKeyID string
	PrincipalID string // AIDA… of a user, AROA…:session of a role, the account of root
	ARN         string
	UserName    string
	Temporary   bool      // with temporary credentials; the token itself stays with the key
	Issued      time.Time // when the temporary credentials were given

	RequestID  string
	SourceIP   string
	SourcePort int
	UserAgent  string
	TLS        bool
}

type contextKey struct{}

// With returns a context that carries c.
func With(ctx context.Context, c *Caller) context.Context {
	return context.WithValue(ctx, contextKey{}, c)
}

// From returns the caller of ctx. A context without one gives an anonymous caller of no account, never nil.
func From(ctx context.Context) *Caller {
	if c, ok := ctx.Value(contextKey{}).(*Caller); ok {
		return c
	}
	return &Caller{Kind: Anonymous}
}
