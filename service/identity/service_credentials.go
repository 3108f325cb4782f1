package identity

import (
	"context"
	"time"

	"telltale/base/arn"
	"telltale/base/fault"
	"telltale/lang/policy"
	"telltale/lang/shape/sts"
)

// ServiceSession is a session of a role that an AWS service asks for on behalf of somebody.
type ServiceSession struct {
	RoleARN string
	Service string // its principal, such as credentials.iot.amazonaws.com
	Source  string // ARN of the resource of the account for which the service asks
	Name    string // of the session
	Seconds int32
	Keys    map[string]string // what policies of the role may ask about the session, by names in lower case
}

// ServiceCredentials gives temporary credentials of a role to an AWS service. The fault is NotFound if there is no such role, Denied if
// its trust policy keeps the service out, Invalid if the role's sessions may not last so long.
func (d *Directory) ServiceCredentials(ctx context.Context, s ServiceSession) (*sts.Credentials, error) {
	const op = "identity.ServiceCredentials"
	g, err := d.roleGrants(ctx, op, s.RoleARN)
	if err != nil {
		return nil, err
	}
	home, err := arn.Parse(g.arn)
	if err != nil {
		return nil, fault.Wrap(op, fault.Internal, err)
	}
	source, err := arn.Parse(s.Source)
	if err != nil {
		return nil, fault.Wrap(op, fault.Internal, err)
	}
	if source.Account != home.Account {
		return nil, fault.New(op, fault.Denied, "Role %s belongs to account %s, not to account %s.", s.RoleARN, home.Account, source.Account)
	}
	keys := onBehalf(s.Service, source.Region, home.Account, time.Now())
	keys.Set("aws:SourceArn", s.Source)
	assume := &policy.Request{Action: "sts:AssumeRole", Resource: g.arn, Principal: &policy.Principal{Service: s.Service}, Context: keys}
	if !policy.Evaluate(g.trust, assume).Allowed() {
		return nil, fault.New(op, fault.Denied, "Role %s cannot be assumed by %s: its trust policy does not allow sts:AssumeRole. %s",
			s.RoleARN, s.Service, reasons(policy.Explain(g.trust, assume)))
	}
	if s.Seconds > g.maxSession {
		return nil, fault.New(op, fault.Invalid, "The role %s gives sessions of at most %d seconds; %d were asked for.", s.RoleARN, g.maxSession, s.Seconds)
	}
	t := g.session(s.Name)
	for key, value := range s.Keys {
		t.Keys[key] = value
	}
	return d.issue(ctx, op, t, s.Seconds)
}
