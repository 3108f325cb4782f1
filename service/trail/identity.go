package trail

import (
	"strings"
	"time"

	"telltale/base/arn"
	"telltale/base/caller"
)

// userIdentity says who made a call. aws: awscloudtrail/cloudtrail-event-reference-user-identity
type userIdentity struct {
	Type           string          `json:"type"`
	PrincipalID    string          `json:"principalId,omitempty"`
	ARN            string          `json:"arn,omitempty"`
	AccountID      string          `json:"accountId,omitempty"`
	AccessKeyID    string          `json:"accessKeyId,omitempty"`
	UserName       string          `json:"userName,omitempty"`
	SessionContext *sessionContext `json:"sessionContext,omitempty"`
	InvokedBy      string          `json:"invokedBy,omitempty"`
}

type sessionContext struct {
	SessionIssuer       sessionIssuer     `json:"sessionIssuer"`
	WebIDFederationData struct{}          `json:"webIdFederationData"`
	Attributes          sessionAttributes `json:"attributes"`
}

type sessionIssuer struct {
	Type        string `json:"type,omitempty"`
	PrincipalID string `json:"principalId,omitempty"`
	ARN         string `json:"arn,omitempty"`
	AccountID   string `json:"accountId,omitempty"`
	UserName    string `json:"userName,omitempty"`
}

type sessionAttributes struct {
	CreationDate     string `json:"creationDate,omitempty"`
	MFAAuthenticated string `json:"mfaAuthenticated"` // "true" or "false", as text
}

// unknownIdentity is the type of a caller that could not be told.
const unknownIdentity = "Unknown"

func identityOf(c *caller.Caller) userIdentity {
	u := userIdentity{Type: string(c.Kind), PrincipalID: c.PrincipalID, ARN: c.ARN, AccountID: c.Account, AccessKeyID: c.AccessKeyID}
	switch c.Kind {
	case caller.Service:
		return userIdentity{Type: u.Type, InvokedBy: serviceName(c)}
	case caller.Root:
		u.PrincipalID, u.ARN = c.Account, arn.IAM(c.Account, "root")
	case caller.User:
		u.UserName = c.UserName
	case caller.AssumedRole:
		u.SessionContext = roleSession(c)
		return u
	case caller.Federated:
	default:
		u.Type, u.UserName = unknownIdentity, c.UserName
	}
	if c.Temporary {
		u.SessionContext = &sessionContext{Attributes: attributesOf(c)}
	}
	return u
}

func attributesOf(c *caller.Caller) sessionAttributes {
	a := sessionAttributes{MFAAuthenticated: "false"}
	if !c.Issued.IsZero() {
		a.CreationDate = c.Issued.UTC().Format(time.RFC3339)
	}
	return a
}

// roleSession describes the session of an assumed role: the caller's ARN is arn:aws:sts::account:assumed-role/role/session, its
// principal the role's id, a colon and the session's name.
func roleSession(c *caller.Caller) *sessionContext {
	s := &sessionContext{Attributes: attributesOf(c)}
	id, _, _ := strings.Cut(c.PrincipalID, ":")
	s.SessionIssuer = sessionIssuer{Type: "Role", PrincipalID: id, AccountID: c.Account}
	if a, err := arn.Parse(c.ARN); err == nil {
		_, rest := a.SplitResource()
		role, _, _ := strings.Cut(rest, "/")
		s.SessionIssuer.ARN, s.SessionIssuer.UserName = arn.IAM(c.Account, "role/"+role), role
	}
	return s
}

// serviceName is the name of a service that calls on its own account, such as iot.amazonaws.com.
func serviceName(c *caller.Caller) string {
	if c.PrincipalID != "" {
		return c.PrincipalID
	}
	return c.UserName
}

// lookupName is the name by which LookupEvents finds the calls of an identity.
func (u *userIdentity) lookupName() string {
	switch {
	case u.UserName != "":
		return u.UserName
	case u.Type == string(caller.AssumedRole) || u.Type == string(caller.Federated):
		_, session, _ := strings.Cut(u.PrincipalID, ":")
		return session
	case u.Type == string(caller.Root):
		return rootName
	}
	return u.InvokedBy
}

// rootName is the user name of the root of an account that has no alias.
const rootName = "root"
