package registry

import (
	"strings"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/store/state"
)

// principal is whom a policy or a thing is attached to: a certificate, a Cognito identity or, for policies only, a thing group.
type principal struct {
	kind string // cert, thinggroup, cognito
	name string // certificate id, name of the group
	text string // the one spelling under which it is stored: an ARN or a Cognito identity id
}

// readPrincipal reads a certificate ARN or a Cognito identity id.
func readPrincipal(s caller.Scope, text string) (principal, error) {
	p, err := readTarget(s, text)
	if err == nil && p.kind == "thinggroup" {
		return p, refuse(fault.Invalid, "The principal %s is a thing group; allowed are the ARN of a certificate and the id of a Cognito identity.", text)
	}
	return p, err
}

// readTarget reads what a policy can be attached to. (aws: iot/API_AttachPolicy)
func readTarget(s caller.Scope, text string) (principal, error) {
	const allowed = "allowed are the ARN of a certificate (arn:aws:iot:region:account:cert/id), the ARN of a thing group, and the id of a Cognito identity (region:uuid)"
	if !strings.HasPrefix(text, "arn:") {
		if !isCognito(text) {
			return principal{}, refuse(fault.Invalid, "%q is not a principal; %s.", text, allowed)
		}
		return principal{"cognito", text, text}, nil
	}
	kind, name, err := readARN(s, text)
	if err != nil {
		return principal{}, err
	}
	switch kind {
	case "cert":
		name = strings.ToLower(name)
	case "thinggroup":
	default:
		return principal{}, refuse(fault.Invalid, "%q is not a principal; %s.", text, allowed)
	}
	return principal{kind, name, arn.IoT(s, kind, name)}, nil
}

// isCognito reports whether text is an identity id, region:uuid. (aws: cognitoidentity/API_GetId)
func isCognito(text string) bool {
	region, id, ok := strings.Cut(text, ":")
	return ok && region != "" && len(region) <= 32 && len(id) == 36 &&
		strings.Trim(region, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" && strings.Trim(id, "abcdefABCDEF0123456789-") == ""
}

// readARN splits the ARN of one of the caller's own IoT resources into kind and name.
func readARN(s caller.Scope, text string) (kind, name string, err error) {
	a, err := arn.Parse(text)
	if err != nil {
		return "", "", refuse(fault.Invalid, "%s.", err)
	}
	kind, name = a.SplitResource()
	switch {
	case a.Partition != arn.Partition || a.Service != "iot" || name == "":
		return "", "", refuse(fault.Invalid, "%q is not the ARN of an IoT resource: want arn:aws:iot:region:account:kind/name.", text)
	case a.Account != s.Account || a.Region != s.Region:
		return "", "", refuse(fault.Invalid, "%s belongs to account %s, region %s; this call is for account %s, region %s.", text, a.Account, a.Region, s.Account, s.Region)
	}
	return kind, name, nil
}

// mustExist refuses a certificate or group the caller does not have. Cognito identities are not kept here.
func (p principal) mustExist(tx *state.Tx, s caller.Scope) error {
	var err error
	switch p.kind {
	case "cert":
		_, err = findCertificate(tx, s, p.name)
	case "thinggroup":
		_, err = findGroup(tx, s, p.name)
	}
	return err
}

// findPrincipal reads a principal that must exist.
func findPrincipal(tx *state.Tx, s caller.Scope, text string) (principal, error) {
	p, err := readPrincipal(s, text)
	if err != nil {
		return p, err
	}
	return p, p.mustExist(tx, s)
}

// certificatePrincipal is the spelling under which a certificate is stored as a principal.
func certificatePrincipal(s caller.Scope, id string) string { return arn.IoT(s, "cert", id) }
