package identity

import (
	"context"
	"slices"
	"strings"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/policy"
)

// rights are what a caller may do: what both its own policies and, if there are any, its session's allow.
type rights struct {
	everything bool
	policies   []policy.Policy
	limits     []policy.Policy // nil: none were passed

	// Of temporary credentials:
	kind    caller.Kind
	role    string // ARN
	owner   string
	expires time.Time
	keys    map[string]string
}

// rights compiles the session policies, which were checked when they were passed.
func (t *temporary) rights() (*rights, error) {
	r := &rights{kind: t.Kind, role: t.Role, owner: t.Owner, expires: t.Expires, keys: map[string]string{
		"aws:tokenissuetime": t.Issued.Format(time.RFC3339), "aws:multifactorauthpresent": "false",
	}}
	for key, value := range t.Keys {
		r.keys[key] = value
	}
	if t.Limited {
		r.limits = []policy.Policy{}
	}
	for _, p := range t.Limits {
		doc, err := policy.Parse([]byte(p.Text), policy.IAMIdentity)
		if err != nil {
			return nil, err
		}
		r.limits = append(r.limits, policy.Policy{Name: p.Name, Source: "session", Doc: doc})
	}
	return r, nil
}

// rightsOf finds what a caller may do.
func (d *Directory) rightsOf(ctx context.Context, c *caller.Caller) (r rights, err error) {
	if !c.Temporary {
		g, err := d.grantsOf(ctx, c)
		if err == nil {
			r.everything, r.policies = c.Kind == caller.Root, g.policies
		}
		return r, err
	}
	k, err := d.Key(ctx, c.AccessKeyID)
	if err != nil || k.rights == nil {
		return r, err
	}
	r = *k.rights
	switch {
	case r.role != "":
		g, err := d.roleGrants(ctx, "identity.Allow", r.role)
		if err == nil && g.id == r.owner { // not another role that was given the name since
			r.policies = g.policies
		}
		if fault.Is(err, fault.NotFound) {
			err = nil
		}
		return r, err
	case r.owner == c.Account:
		r.everything = true
		return r, nil
	}
	g, err := d.grantsOf(ctx, &caller.Caller{Scope: c.Scope, Kind: caller.User, PrincipalID: r.owner})
	if err == nil {
		r.policies = g.policies
	}
	return r, err
}

// effect decides a request.
func (r *rights) effect(req *policy.Request) policy.Effect {
	switch {
	case !r.everything:
		return policy.EvaluateIAM(r.policies, nil, r.limits, req).Effect
	case r.limits != nil:
		return policy.Evaluate(r.limits, req).Effect
	}
	return policy.Allowed
}

// refusal tells in AWS's words that who may not do what is asked, and then why.
func (r *rights) refusal(who string, req *policy.Request) string {
	e, kind := policy.ExplainIAM(r.policies, nil, r.limits, req), "an identity-based"
	if r.limits != nil && (r.everything || policy.Evaluate(r.policies, req).Allowed()) {
		e, kind = policy.Explain(r.limits, req), "a session"
	}
	text := who + " is not authorized to perform: " + req.Action + " on resource: " + req.Resource
	if e.Effect == policy.ExplicitDeny {
		text += " with an explicit deny in " + kind + " policy"
	} else {
		_, kind, _ = strings.Cut(kind, " ")
		text += " because no " + kind + " policy allows the " + req.Action + " action"
	}
	return text + ". " + reasons(e)
}

// forbidden are the calls that no policy can allow to temporary credentials: those of a user without a second factor may not call IAM,
// nor STS but for what is named here.
//
// aws: sts/API_GetSessionToken, sts/API_GetFederationToken, iam/id_credentials_temp_compare-sts-apis
var forbidden = map[caller.Kind]struct{ of, but []string }{
	caller.User:      {of: []string{"iam:", "sts:"}, but: []string{"sts:AssumeRole", "sts:GetCallerIdentity", "sts:TagSession", "sts:SetSourceIdentity"}},
	caller.Root:      {of: []string{"iam:", "sts:"}, but: []string{"sts:GetCallerIdentity"}},
	caller.Federated: {of: []string{"iam:", "sts:"}, but: []string{"sts:GetCallerIdentity"}},
}

// forbids says why an action is out of reach whatever the policies say, or "".
func (r *rights) forbids(action string) string {
	f := forbidden[r.kind]
	if slices.Contains(f.but, action) || !slices.ContainsFunc(f.of, func(prefix string) bool { return strings.HasPrefix(action, prefix) }) {
		return ""
	}
	return "Credentials of GetSessionToken and GetFederationToken cannot call it; use the long-term key, or a role."
}
