package registry

import (
	"context"
	"slices"
	"strconv"
	"sync"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/policy"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// applied is a policy that applies to a connection, and how it got there.
type applied struct {
	policy  *namedPolicy
	version *policyVersion
	source  string
}

// appliedTo adds the default versions of what is attached to a target.
func appliedTo(tx *state.Tx, s caller.Scope, target, source string, list []applied) ([]applied, error) {
	names, err := policiesOf(tx, s, target)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		p, err := findPolicy(tx, s, name)
		if err != nil {
			return nil, err
		}
		v, err := p.inForce()
		if err != nil {
			return nil, err
		}
		list = append(list, applied{p, v, source})
	}
	return list, nil
}

// appliedToGroups adds the policies of a thing's groups and their ancestors.
func appliedToGroups(tx *state.Tx, s caller.Scope, thing string, list []applied) ([]applied, error) {
	in, err := membersOf(tx, s, thing)
	if err != nil {
		return nil, err
	}
	for _, m := range in {
		for _, group := range m.lineage() {
			if list, err = appliedTo(tx, s, groupARN(s, group), "thing group "+group, list); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

// DevicePolicies returns the policies that decide about a connection: the default versions of those attached to the certificate
// (source "certificate") and, if its thing is attached to the certificate, of those attached to the thing's static groups and their
// ancestors (source "thing group G"). A certificate that is not active has none. The list is shared: nobody changes it.
// (aws: iot/iot-policies, iot/thing-groups#group-attach-policy)
func (r *Registry) DevicePolicies(ctx context.Context, s caller.Scope, certificateID string, b *Binding) ([]policy.Policy, error) {
	key := connectionKey{scope: s, certificate: certificateID}
	if b != nil && b.Attached {
		key.thing = b.Thing
	}
	return r.policies.get(r.Generation(), key, func() (list []policy.Policy, err error) {
		var found []applied
		err = r.view(ctx, "DevicePolicies", func(tx *state.Tx, _ caller.Scope) (err error) {
			c, err := findCertificate(tx, s, certificateID)
			if fault.Is(err, fault.NotFound) || err == nil && c.Status != CertificateActive {
				return nil
			} else if err != nil {
				return err
			}
			if found, err = appliedTo(tx, s, c.arn(), "certificate", nil); err == nil && key.thing != "" {
				found, err = appliedToGroups(tx, s, key.thing, found)
			}
			return err
		})
		for _, a := range found {
			if err == nil {
				list, err = r.compiled(list, a)
			}
		}
		return list, blame("DevicePolicies", err)
	})
}

func (r *Registry) compiled(list []policy.Policy, a applied) ([]policy.Policy, error) {
	doc, err := r.documents.get(documentKey{a.policy.Generation, a.version.ID}, a.version.Document)
	return append(list, policy.Policy{
		Name: a.policy.Name, ARN: a.policy.arn(), Version: strconv.Itoa(a.version.ID), Source: a.source, Doc: doc,
	}), err
}

// documents are compiled policy documents. A version never changes, so neither does an entry.
type documents struct {
	mu      sync.Mutex
	entries map[documentKey]*policy.Document
}

type documentKey struct {
	generation string // of the policy
	version    int
}

// get compiles a document at its first use.
func (d *documents) get(key documentKey, text string) (*policy.Document, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if doc := d.entries[key]; doc != nil {
		return doc, nil
	}
	doc, err := policy.Parse([]byte(text), policy.IoT)
	if err != nil {
		return nil, err
	}
	if d.entries == nil || len(d.entries) >= cacheSize {
		d.entries = make(map[documentKey]*policy.Document)
	}
	d.entries[key] = doc
	return doc, nil
}

// GetEffectivePolicies lists the policies that apply to a principal, to a thing through its groups, or to both together.
// (aws: iot/API_GetEffectivePolicies)
func (r *Registry) GetEffectivePolicies(ctx context.Context, in *iot.GetEffectivePoliciesInput) (*iot.GetEffectivePoliciesOutput, error) {
	out := &iot.GetEffectivePoliciesOutput{EffectivePolicies: []iot.EffectivePolicy{}}
	return outcome(out, r.view(ctx, "GetEffectivePolicies", func(tx *state.Tx, s caller.Scope) error {
		if in.Principal == "" && in.ThingName == "" {
			return refuse(fault.Invalid, "Give a principal, a thingName or both.")
		}
		var found []applied
		if in.Principal != "" {
			p, err := findPrincipal(tx, s, in.Principal)
			if err != nil {
				return err
			}
			if found, err = appliedTo(tx, s, p.text, "", found); err != nil {
				return err
			}
		}
		if in.ThingName != "" {
			t, err := findThing(tx, s, in.ThingName)
			if err != nil {
				return err
			}
			if found, err = appliedToGroups(tx, s, t.Name, found); err != nil {
				return err
			}
		}
		for _, a := range found {
			e := iot.EffectivePolicy{PolicyName: a.policy.Name, PolicyArn: a.policy.arn(), PolicyDocument: a.version.Document}
			if !slices.Contains(out.EffectivePolicies, e) {
				out.EffectivePolicies = append(out.EffectivePolicies, e)
			}
		}
		return nil
	}))
}
