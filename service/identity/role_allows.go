package identity

import (
	"context"
	"errors"
	"strings"
	"time"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/policy"
	"telltale/store/state"
)

// RoleAllows returns nil if an AWS service (its principal, "iot.amazonaws.com") may assume the role and the role's policies allow
// action on resource. Otherwise the fault says which of the three failed: NotFound if there is no such role, Denied if its trust
// policy keeps the service out, or if its policies do not allow the action. A role reaches no resource of another account.
func (d *Directory) RoleAllows(ctx context.Context, roleARN, service, action, resource string) error {
	const op = "identity.RoleAllows"
	g, err := d.roleGrants(ctx, op, roleARN)
	if err != nil {
		return err
	}
	home, err := arn.Parse(g.arn)
	if err != nil {
		return fault.Wrap(op, fault.Internal, err)
	}
	target, _ := arn.Parse(resource) // "*" has no parts
	if target.Account != "" && target.Account != home.Account {
		return fault.New(op, fault.Denied, "Role %s belongs to account %s and reaches nothing of account %s: it is not authorized to "+
			"perform: %s on resource: %s.", roleARN, home.Account, target.Account, action, resource)
	}
	now := time.Now()
	assume := &policy.Request{
		Action: "sts:AssumeRole", Resource: g.arn,
		Principal: &policy.Principal{Service: service},
		Context:   onBehalf(service, target.Region, home.Account, now),
	}
	if !policy.Evaluate(g.trust, assume).Allowed() {
		return fault.New(op, fault.Denied, "Role %s cannot be assumed by %s: its trust policy does not allow sts:AssumeRole. %s",
			roleARN, service, reasons(policy.Explain(g.trust, assume)))
	}
	who := &caller.Caller{
		Scope: caller.Scope{Account: home.Account, Region: target.Region},
		Kind:  caller.AssumedRole, PrincipalID: g.id + ":" + serviceName(service), ARN: g.arn, TLS: true,
	}
	req := &policy.Request{Action: action, Resource: resource, Context: &session{caller: who, now: now}}
	if !policy.Evaluate(g.policies, req).Allowed() {
		return fault.New(op, fault.Denied, "%s", (&rights{policies: g.policies}).refusal("Role: "+roleARN, req))
	}
	return nil
}

// onBehalf answers what trust policies ask about a service that comes on behalf of an account: the account, and where the call
// springs from. Which of the account's resources that is, nobody knows here.
//
// aws: iam/confused-deputy#cross-service-confused-deputy-prevention
func onBehalf(service, region, account string, now time.Time) *policy.Keys {
	var keys policy.Keys
	keys.Set("aws:SourceAccount", account)
	if region != "" {
		source := arn.ARN{Partition: arn.Partition, Service: serviceName(service), Region: region, Account: account, Resource: "*"}
		keys.Set("aws:SourceArn", source.String())
	}
	keys.Set("aws:CurrentTime", now.UTC().Format(time.RFC3339))
	keys.Set("aws:SecureTransport", "true")
	return &keys
}

// serviceName is the service of a service principal: iot of iot.amazonaws.com.
func serviceName(principal string) string {
	name, _, _ := strings.Cut(principal, ".")
	return name
}

// roleGrants finds a role by its ARN.
func (d *Directory) roleGrants(ctx context.Context, op, roleARN string) (*grants, error) {
	g, age, ok := d.grants.get(roleARN)
	if ok {
		return g, nil
	}
	err := d.view(ctx, op, func(tx *state.Tx) error {
		r, err := roleByARN(tx, roleARN)
		if err != nil {
			return err
		}
		if g, err = r.compile(tx, "role "+r.Name, r.arn()); err != nil {
			return err
		}
		doc, err := policy.Parse([]byte(r.Trust), policy.IAMTrust)
		g.trust, g.maxSession = []policy.Policy{{Name: "trust", Source: "role " + r.Name, Doc: doc}}, r.MaxSession
		return err
	})
	if err != nil {
		return nil, err
	}
	d.grants.keep(roleARN, g, age)
	return g, nil
}

func roleByARN(tx *state.Tx, roleARN string) (*role, error) {
	missing := fault.New("", fault.NotFound, "Role %s does not exist.", roleARN)
	at, err := arn.Parse(roleARN)
	kind, name := at.SplitResource()
	if err != nil || at.Service != "iam" || kind != "role" {
		return nil, fault.New("", fault.NotFound, "Role %q does not exist: want arn:aws:iam::account:role/name.", roleARN)
	}
	r, err := roles.Get(tx, nameKey(at.Account, nameOf(name)))
	if errors.Is(err, state.ErrNotFound) {
		return nil, missing
	}
	if err == nil && r.arn() != roleARN {
		return nil, missing
	}
	return r, err
}
