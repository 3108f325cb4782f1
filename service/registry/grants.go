package registry

import (
	"context"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// How many policies a certificate or identity, and a thing group, may have.
const (
	policiesPerPrincipal = 10
	policiesPerGroup     = 2
)

// grant is a policy's being attached to a principal or a thing group.
type grant struct {
	caller.Scope
	Target  string // as in principal.text
	Policy  string
	Created time.Time
}

var grants = state.Table[grant]{
	Name: "registry_grants",
	Key:  func(g *grant) state.Key { return at(g.Scope, g.Target, g.Policy) },
	Index: []state.Index[grant]{
		{Name: "oldest", Key: func(g *grant) []state.Key { return []state.Key{at(g.Scope, g.Policy, g.Created.UnixNano())} }},
		{Name: "newest", Key: func(g *grant) []state.Key { return []state.Key{at(g.Scope, g.Policy, -g.Created.UnixNano())} }},
	},
}

// policiesOf names the policies attached to a target.
func policiesOf(tx *state.Tx, s caller.Scope, target string) (names []string, err error) {
	for g, err := range grants.Scan(tx, at(s, target), state.Key{}, 0) {
		if err != nil {
			return nil, err
		}
		names = append(names, g.Policy)
	}
	return names, nil
}

// AttachPolicy attaches a policy to a certificate, a Cognito identity or a static thing group; attached twice is attached.
// (aws: iot/API_AttachPolicy)
func (r *Registry) AttachPolicy(ctx context.Context, in *iot.AttachPolicyInput) (*iot.AttachPolicyOutput, error) {
	return outcome(&iot.AttachPolicyOutput{}, r.update(ctx, "AttachPolicy", func(tx *state.Tx, s caller.Scope) error {
		p, err := readTarget(s, in.Target)
		if err != nil {
			return err
		}
		return attach(tx, s, in.PolicyName, p)
	}))
}

// AttachPrincipalPolicy is AttachPolicy for principals only. (aws: iot/API_AttachPrincipalPolicy)
func (r *Registry) AttachPrincipalPolicy(ctx context.Context, in *iot.AttachPrincipalPolicyInput) (*iot.AttachPrincipalPolicyOutput, error) {
	return outcome(&iot.AttachPrincipalPolicyOutput{}, r.update(ctx, "AttachPrincipalPolicy", func(tx *state.Tx, s caller.Scope) error {
		p, err := readPrincipal(s, in.Principal)
		if err != nil {
			return err
		}
		return attach(tx, s, in.PolicyName, p)
	}))
}

func attach(tx *state.Tx, s caller.Scope, policy string, to principal) error {
	if _, err := findPolicy(tx, s, policy); err != nil {
		return err
	}
	if err := to.mustExist(tx, s); err != nil {
		return err
	}
	g := &grant{s, to.text, policy, now()}
	if has, err := grants.Has(tx, grants.Key(g)); err != nil || has {
		return err
	}
	limit := policiesPerPrincipal
	if to.kind == "thinggroup" {
		limit = policiesPerGroup
	}
	n, err := grants.Count(tx, at(s, to.text))
	if err != nil {
		return err
	}
	if n >= limit {
		return refuse(fault.Limit, "The policy %s cannot be attached: %s has %d policies already, the most that are allowed.", policy, to.text, n).
			Named(iot.LimitExceededException)
	}
	return grants.Insert(tx, g)
}

// DetachPolicy detaches a policy; one that is not attached is detached already. (aws: iot/API_DetachPolicy)
func (r *Registry) DetachPolicy(ctx context.Context, in *iot.DetachPolicyInput) (*iot.DetachPolicyOutput, error) {
	return outcome(&iot.DetachPolicyOutput{}, r.update(ctx, "DetachPolicy", func(tx *state.Tx, s caller.Scope) error {
		p, err := readTarget(s, in.Target)
		if err != nil {
			return err
		}
		_, err = detach(tx, s, in.PolicyName, p)
		return err
	}))
}

// DetachPrincipalPolicy detaches a policy that is attached. (aws: iot/API_DetachPrincipalPolicy)
func (r *Registry) DetachPrincipalPolicy(ctx context.Context, in *iot.DetachPrincipalPolicyInput) (*iot.DetachPrincipalPolicyOutput, error) {
	return outcome(&iot.DetachPrincipalPolicyOutput{}, r.update(ctx, "DetachPrincipalPolicy", func(tx *state.Tx, s caller.Scope) error {
		p, err := readPrincipal(s, in.Principal)
		if err != nil {
			return err
		}
		was, err := detach(tx, s, in.PolicyName, p)
		if err == nil && !was {
			return refuse(fault.NotFound, "The policy %s is not attached to %s.", in.PolicyName, p.text).Named(iot.ResourceNotFoundException)
		}
		return err
	}))
}

// detach reports whether the policy was attached.
func detach(tx *state.Tx, s caller.Scope, policy string, from principal) (was bool, err error) {
	if _, err := findPolicy(tx, s, policy); err != nil {
		return false, err
	}
	err = grants.Delete(tx, at(s, from.text, policy))
	if isAbsent(err) {
		return false, nil
	}
	return true, err
}
