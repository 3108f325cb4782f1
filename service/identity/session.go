package identity

import (
	"strconv"
	"time"

	"telltale/base/caller"
)

// session answers what policies ask of a caller and its request.
//
// aws: iam/reference_policies_condition-keys
type session struct {
	caller *caller.Caller
	now    time.Time
	keys   map[string]string // what else is known, by names in lower case

	request map[string]string // the same about what is asked
}

// Lookup implements policy.Context.
func (s *session) Lookup(name string) []string {
	if v := s.value(name); v != "" {
		return []string{v}
	}
	return nil
}

func (s *session) value(name string) string {
	c := s.caller
	if v, ok := s.keys[name]; ok {
		return v
	}
	if v, ok := s.request[name]; ok {
		return v
	}
	switch name {
	case "aws:username":
		return c.UserName
	case "aws:userid":
		return c.PrincipalID
	case "aws:principalarn":
		return c.ARN
	case "aws:principalaccount":
		return c.Account
	case "aws:principaltype":
		return principalTypes[c.Kind]
	case "aws:sourceip":
		return c.SourceIP
	case "aws:useragent":
		return c.UserAgent
	case "aws:requestedregion":
		return c.Region
	case "aws:securetransport":
		return strconv.FormatBool(c.TLS)
	case "aws:currenttime":
		return s.now.UTC().Format(time.RFC3339)
	case "aws:epochtime":
		return strconv.FormatInt(s.now.Unix(), 10)
	}
	return ""
}

// principalTypes are the values of aws:PrincipalType.
var principalTypes = map[caller.Kind]string{
	caller.Anonymous:   "Anonymous",
	caller.Root:        "Account",
	caller.User:        "User",
	caller.AssumedRole: "AssumedRole",
	caller.Federated:   "FederatedUser",
}
