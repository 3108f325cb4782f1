package registry

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"telltale/base/caller"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// ListAttachedPolicies lists the policies of a principal or thing group by name, for a group those it inherits included if recursive.
// (aws: iot/API_ListAttachedPolicies)
func (r *Registry) ListAttachedPolicies(ctx context.Context, in *iot.ListAttachedPoliciesInput) (*iot.ListAttachedPoliciesOutput, error) {
	out := &iot.ListAttachedPoliciesOutput{}
	return outcome(out, r.view(ctx, "ListAttachedPolicies", func(tx *state.Tx, s caller.Scope) error {
		p, err := readTarget(s, in.Target)
		if err != nil {
			return err
		}
		if err := p.mustExist(tx, s); err != nil {
			return err
		}
		targets := []string{p.text}
		if p.kind == "thinggroup" && isTrue(in.Recursive) {
			g, err := findGroup(tx, s, p.name)
			if err != nil {
				return err
			}
			for _, name := range g.Line {
				targets = append(targets, groupARN(s, name))
			}
		}
		var names []string
		for _, target := range targets {
			more, err := policiesOf(tx, s, target)
			if err != nil {
				return err
			}
			names = append(names, more...)
		}
		slices.Sort(names)
		names, next, err := listPage(pages{"ListAttachedPolicies", markerToken(in.Marker), in.PageSize}, slices.Compact(names), func(name string) string { return name })
		out.Policies, out.NextMarker = policyList(s, names), tokenMarker(next)
		return err
	}))
}

func policyList(s caller.Scope, names []string) []iot.Policy {
	list := make([]iot.Policy, len(names))
	for i, name := range names {
		list[i] = nameAndARNOfPolicy(s, name)
	}
	return list
}

// ListPrincipalPolicies lists the policies of a principal in the order they were attached, the newest first unless ascending.
// (aws: iot/API_ListPrincipalPolicies)
func (r *Registry) ListPrincipalPolicies(ctx context.Context, in *iot.ListPrincipalPoliciesInput) (*iot.ListPrincipalPoliciesOutput, error) {
	out := &iot.ListPrincipalPoliciesOutput{}
	return outcome(out, r.view(ctx, "ListPrincipalPolicies", func(tx *state.Tx, s caller.Scope) error {
		p, err := findPrincipal(tx, s, in.Principal)
		if err != nil {
			return err
		}
		var list []*grant
		for g, err := range grants.Scan(tx, at(s, p.text), state.Key{}, 0) {
			if err != nil {
				return err
			}
			list = append(list, g)
		}
		place := func(g *grant) string {
			age := g.Created.UnixNano()
			if !isTrue(in.AscendingOrder) {
				age = math.MaxInt64 - age
			}
			return fmt.Sprintf("%019d %s", age, g.Policy)
		}
		slices.SortFunc(list, func(a, b *grant) int { return cmp.Compare(place(a), place(b)) })
		list, next, err := listPage(pages{"ListPrincipalPolicies", markerToken(in.Marker), in.PageSize}, list, place)
		for _, g := range list {
			out.Policies = append(out.Policies, nameAndARNOfPolicy(s, g.Policy))
		}
		out.NextMarker = tokenMarker(next)
		return err
	}))
}

// ListTargetsForPolicy lists what a policy is attached to, in the order it was. (aws: iot/API_ListTargetsForPolicy)
func (r *Registry) ListTargetsForPolicy(ctx context.Context, in *iot.ListTargetsForPolicyInput) (*iot.ListTargetsForPolicyOutput, error) {
	out := &iot.ListTargetsForPolicyOutput{}
	return outcome(out, r.view(ctx, "ListTargetsForPolicy", func(tx *state.Tx, s caller.Scope) error {
		list, next, err := targetsOf(tx, s, in.PolicyName, "oldest", pages{"ListTargetsForPolicy", markerToken(in.Marker), in.PageSize}, nil)
		out.Targets, out.NextMarker = list, tokenMarker(next)
		return err
	}))
}

// ListPolicyPrincipals lists the principals a policy is attached to, the newest attachment first unless ascending.
// (aws: iot/API_ListPolicyPrincipals)
func (r *Registry) ListPolicyPrincipals(ctx context.Context, in *iot.ListPolicyPrincipalsInput) (*iot.ListPolicyPrincipalsOutput, error) {
	out := &iot.ListPolicyPrincipalsOutput{}
	return outcome(out, r.view(ctx, "ListPolicyPrincipals", func(tx *state.Tx, s caller.Scope) error {
		noGroup := func(g *grant) bool {
			_, err := readPrincipal(s, g.Target)
			return err == nil
		}
		list, next, err := targetsOf(tx, s, in.PolicyName, byAge(in.AscendingOrder), pages{"ListPolicyPrincipals", markerToken(in.Marker), in.PageSize}, noGroup)
		out.Principals, out.NextMarker = list, tokenMarker(next)
		return err
	}))
}

func targetsOf(tx *state.Tx, s caller.Scope, policy, index string, p pages, keep func(*grant) bool) ([]string, string, error) {
	if _, err := findPolicy(tx, s, policy); err != nil {
		return nil, "", err
	}
	return indexPage(tx, p, &grants, index, at(s, policy), keep, func(g *grant) string { return g.Target })
}
