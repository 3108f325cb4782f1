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
	"telltale/lang/shape/sts"
	"telltale/store/state"
)

// aws: iam/reference_iam-quotas, sts/API_AssumeRole
const (
	maxChained   = 3600 // seconds that a role lasts which a role's session assumes
	maxPacked    = 2048 // characters of session policies
	maxByARN     = 10   // session policies that are managed ones
	anyLifetime  = 43200
	maxLongToken = 129600 // seconds, of GetSessionToken and GetFederationToken
	maxRootToken = 3600
)

// AssumeRole gives temporary credentials of a role to those whom its trust policy lets in. Whether the caller may call it is decided
// here, not before: a trust policy that names a caller of the same account suffices. (aws: sts/API_AssumeRole)
func (d *Directory) AssumeRole(ctx context.Context, in *sts.AssumeRoleInput) (*sts.AssumeRoleOutput, error) {
	const op = "identity.AssumeRole"
	who := caller.From(ctx)
	if err := refuseAssume(op, in, who); err != nil {
		return nil, err
	}
	g, err := d.assumable(ctx, op, who, in)
	if err != nil {
		return nil, err
	}
	seconds, err := roleSeconds(op, in.DurationSeconds, g, who)
	if err != nil {
		return nil, err
	}
	t := g.session(in.RoleSessionName)
	for _, tag := range in.Tags {
		t.Keys["aws:principaltag/"+strings.ToLower(tag.Key)] = tag.Value
	}
	if in.SourceIdentity != "" {
		t.Keys["sts:sourceidentity"], t.Keys["aws:sourceidentity"] = in.SourceIdentity, in.SourceIdentity
	}
	packed, err := d.limit(ctx, op, t, in.Policy, in.PolicyArns)
	if err != nil {
		return nil, err
	}
	credentials, err := d.issue(ctx, op, t, seconds)
	if err != nil {
		return nil, err
	}
	return &sts.AssumeRoleOutput{
		Credentials: credentials, AssumedRoleUser: &sts.AssumedRoleUser{AssumedRoleId: t.Principal, Arn: t.ARN},
		PackedPolicySize: packed, SourceIdentity: in.SourceIdentity,
	}, nil
}

// refuseAssume refuses what is not offered, and callers who never may.
func refuseAssume(op string, in *sts.AssumeRoleInput, who *caller.Caller) error {
	switch {
	case len(in.TransitiveTagKeys) > 0:
		return fault.New(op, fault.Unimplemented, "TransitiveTagKeys is not implemented: session tags end with the session.")
	case in.SerialNumber != "" || in.TokenCode != "":
		return fault.New(op, fault.Unimplemented, "SerialNumber and TokenCode are not implemented: there are no MFA devices here.")
	case len(in.ProvidedContexts) > 0:
		return fault.New(op, fault.Unimplemented, "ProvidedContexts is not implemented: there is no IAM Identity Center here.")
	case who.Kind == caller.Anonymous:
		return fault.New(op, fault.Denied, "Nobody known asks for role %s.", in.RoleArn).Named(accessDenied)
	}
	return nil
}

// assumable finds a role that the caller may assume.
func (d *Directory) assumable(ctx context.Context, op string, who *caller.Caller, in *sts.AssumeRoleInput) (*grants, error) {
	if who.Kind == caller.Root && !d.cfg.Relaxed {
		return nil, fault.New(op, fault.Denied, "Roles may not be assumed by root accounts; use a user, or a role.").Named(accessDenied)
	}
	g, err := d.roleGrants(ctx, op, in.RoleArn)
	switch home, _ := arn.Parse(in.RoleArn); {
	case fault.Is(err, fault.NotFound) && home.Account == who.Account:
		return nil, notAssumed(who, "sts:AssumeRole", in.RoleArn, fault.TextOf(err))
	case fault.Is(err, fault.NotFound):
		return nil, notAssumed(who, "sts:AssumeRole", in.RoleArn, "")
	case err != nil:
		return nil, err
	}
	keys := map[string]string{"sts:rolesessionname": in.RoleSessionName, "sts:externalid": in.ExternalId, "sts:sourceidentity": in.SourceIdentity}
	actions := []string{"sts:AssumeRole"}
	if len(in.Tags) > 0 {
		actions = append(actions, "sts:TagSession")
	}
	if in.SourceIdentity != "" {
		actions = append(actions, "sts:SetSourceIdentity")
	}
	for _, tag := range in.Tags {
		keys["aws:requesttag/"+strings.ToLower(tag.Key)] = tag.Value
	}
	for _, action := range actions {
		if why := d.trusts(ctx, g, who, action, keys); why != nil {
			return nil, why
		}
	}
	return g, nil
}

// notAssumed refuses a role in AWS's words, and then says why.
func notAssumed(who *caller.Caller, action, roleARN, why string) error {
	return fault.New("identity.AssumeRole", fault.Denied, "%s", strings.TrimSpace("User: "+who.ARN+" is not authorized to perform: "+action+" on resource: "+roleARN+". "+why)).
		Named(accessDenied)
}

// trusts asks the trust policy of a role, and the caller's own policies unless the trust policy names a caller of its own account.
// (aws: iam/reference_policies_evaluation-logic_policy-eval-basics-single-account)
func (d *Directory) trusts(ctx context.Context, g *grants, who *caller.Caller, action string, keys map[string]string) error {
	r, err := d.rightsOf(ctx, who)
	if err != nil {
		return err
	}
	all := &session{caller: who, now: time.Now(), keys: map[string]string{}}
	for _, more := range []map[string]string{r.keys, keys} {
		for key, value := range more {
			all.keys[key] = value
		}
	}
	names := []string{who.ARN}
	if r.role != "" {
		names = append(names, r.role)
	}
	req := &policy.Request{Action: action, Resource: g.arn, Principal: &policy.Principal{AWS: names, Account: who.Account}, Context: all}
	home, _ := arn.Parse(g.arn)
	if !policy.Evaluate(g.trust, req).Allowed() {
		why := ""
		if home.Account == who.Account { // strangers do not learn what another account trusts, nor whether it has the role
			why = "Its trust policy does not allow it. " + reasons(policy.Explain(g.trust, req))
		}
		return notAssumed(who, action, g.arn, why)
	}
	req.Principal = &policy.Principal{AWS: names}
	named := home.Account == who.Account && policy.Evaluate(g.trust, req).Allowed()
	if named && r.forbids(action) == "" && r.effect(req) != policy.ExplicitDeny && (r.limits == nil || policy.Evaluate(r.limits, req).Allowed()) {
		return nil
	}
	return d.Allow(ctx, who, action, g.arn)
}

// roleSeconds is how long credentials of a role are to last.
func roleSeconds(op string, asked *int32, g *grants, who *caller.Caller) (int32, error) {
	if asked == nil {
		return defaultSession, nil
	}
	switch n := *asked; {
	case who.Kind == caller.AssumedRole && n > maxChained:
		return 0, fault.New(op, fault.Invalid, "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining: "+
			"%d seconds were asked for, allowed are 900 to %d.", n, maxChained)
	case n > g.maxSession:
		return 0, fault.New(op, fault.Invalid, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role: "+
			"%d seconds were asked for, allowed are 900 to %d.", n, g.maxSession)
	}
	return *asked, nil
}

// session makes temporary credentials of a role, for a session of that name.
func (g *grants) session(name string) *temporary {
	at, _ := arn.Parse(g.arn)
	_, path := at.SplitResource()
	return &temporary{
		Account: at.Account, Kind: caller.AssumedRole, Role: g.arn, Owner: g.id, Principal: g.id + ":" + name,
		ARN:  "arn:aws:sts::" + at.Account + ":assumed-role/" + nameOf(path) + "/" + name,
		Keys: map[string]string{"aws:principalarn": g.arn, "sts:rolesessionname": name},
	}
}

// limit adds the session policies that were passed. The managed ones count as they are now. It returns how much of what may be passed
// that is, in percent; nil for none.
func (d *Directory) limit(ctx context.Context, op string, t *temporary, text string, arns []sts.PolicyDescriptorType) (*int32, error) {
	if text == "" && len(arns) == 0 {
		return nil, nil
	}
	t.Limited = true
	size := len([]rune(text))
	if len(arns) > maxByARN {
		return nil, fault.New(op, fault.Invalid, "There are %d PolicyArns; allowed are %d.", len(arns), maxByARN)
	}
	if text != "" {
		if err := checkDocument(text, policy.IAMIdentity); err != nil {
			return nil, faultOf(op, err.(*fault.Error).Named(sts.MalformedPolicyDocumentException))
		}
		t.Limits = append(t.Limits, inline{Name: "Policy", Text: text})
	}
	err := d.view(ctx, op, func(tx *state.Tx) error {
		for _, a := range arns {
			size += len(a.Arn)
			m, err := findPolicy(tx, t.Account, a.Arn)
			if e, ok := errors.AsType[*fault.Error](err); ok && e.Kind != fault.Internal {
				return fault.New(op, fault.Invalid, "%s", e.Message())
			}
			if err != nil {
				return err
			}
			t.Limits = append(t.Limits, inline{Name: m.Name, Text: m.inForce().Text})
		}
		return nil
	})
	if err == nil && size > maxPacked {
		err = fault.New(op, fault.Invalid, "The session policies and the ARNs of managed ones have %d characters together; allowed are %d.", size, maxPacked).
			Named(sts.PackedPolicyTooLargeException)
	}
	percent := int32((size*100 + maxPacked - 1) / maxPacked)
	return &percent, err
}
