package registry

import (
	"context"
	"slices"
	"strconv"
	"time"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/policy"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// namedPolicy is a policy with its versions.
type namedPolicy struct {
	caller.Scope
	Name              string
	Generation        string // opaque; another one for another policy of the same name
	Default           int    // id of the version in force
	Last              int    // id of the newest version ever made: ids are not used again
	Versions          []policyVersion
	Created, Modified time.Time
}

var policies = state.Table[namedPolicy]{
	Name: "registry_policies",
	Key:  func(p *namedPolicy) state.Key { return at(p.Scope, p.Name) },
	Index: []state.Index[namedPolicy]{
		{Name: "oldest", Key: func(p *namedPolicy) []state.Key { return []state.Key{at(p.Scope, p.Created.UnixNano())} }},
		{Name: "newest", Key: func(p *namedPolicy) []state.Key { return []state.Key{at(p.Scope, -p.Created.UnixNano())} }},
	},
}

func findPolicy(tx *state.Tx, s caller.Scope, name string) (*namedPolicy, error) {
	return find(tx, &policies, s, "policy", name)
}

func (p *namedPolicy) arn() string { return policyARN(p.Scope, p.Name) }

func policyARN(s caller.Scope, name string) string { return arn.IoT(s, "policy", name) }

func nameAndARNOfPolicy(s caller.Scope, name string) iot.Policy {
	return iot.Policy{PolicyName: name, PolicyArn: policyARN(s, name)}
}

// version returns the version with an id.
func (p *namedPolicy) version(id int) (*policyVersion, error) {
	i := slices.IndexFunc(p.Versions, func(v policyVersion) bool { return v.ID == id })
	if i < 0 {
		return nil, missing(p.Scope, "policy version", p.Name+":"+strconv.Itoa(id))
	}
	return &p.Versions[i], nil
}

// inForce is the default version. Operations keep it from being deleted.
func (p *namedPolicy) inForce() (*policyVersion, error) { return p.version(p.Default) }

// checkDocument refuses a document that is too long or not an AWS IoT policy.
func checkDocument(text string) error {
	if n := policy.Size([]byte(text)); n > policy.MaxIoTSize {
		return refuse(fault.Invalid, "The policy document has %d characters, white space not counted; allowed are %d.", n, policy.MaxIoTSize).
			Named(iot.MalformedPolicyException)
	}
	if _, err := policy.Parse([]byte(text), policy.IoT); err != nil {
		return refuse(fault.Invalid, "%v", err).Named(iot.MalformedPolicyException)
	}
	return nil
}

// CreatePolicy makes a policy whose first version is in force. (aws: iot/API_CreatePolicy)
func (r *Registry) CreatePolicy(ctx context.Context, in *iot.CreatePolicyInput) (*iot.CreatePolicyOutput, error) {
	out := &iot.CreatePolicyOutput{}
	return outcome(out, r.update(ctx, "CreatePolicy", func(tx *state.Tx, s caller.Scope) error {
		if err := checkDocument(in.PolicyDocument); err != nil {
			return err
		}
		p := &namedPolicy{Scope: s, Name: in.PolicyName, Generation: newID(), Created: now()}
		if has, err := policies.Has(tx, policies.Key(p)); err != nil {
			return err
		} else if has {
			return taken(s, "policy", "policy", p.Name, p.Name)
		}
		p.add(in.PolicyDocument, true)
		if err := putTags(tx, s, "policy/"+p.Name, in.Tags); err != nil {
			return err
		}
		*out = iot.CreatePolicyOutput{PolicyName: p.Name, PolicyArn: p.arn(), PolicyDocument: in.PolicyDocument, PolicyVersionId: "1"}
		return policies.Insert(tx, p)
	}))
}

// GetPolicy tells about a policy and the document in force. (aws: iot/API_GetPolicy)
func (r *Registry) GetPolicy(ctx context.Context, in *iot.GetPolicyInput) (*iot.GetPolicyOutput, error) {
	out := &iot.GetPolicyOutput{}
	return outcome(out, r.view(ctx, "GetPolicy", func(tx *state.Tx, s caller.Scope) error {
		p, err := findPolicy(tx, s, in.PolicyName)
		if err != nil {
			return err
		}
		v, err := p.inForce()
		if err != nil {
			return err
		}
		*out = iot.GetPolicyOutput{
			PolicyName: p.Name, PolicyArn: p.arn(), PolicyDocument: v.Document, DefaultVersionId: strconv.Itoa(v.ID),
			CreationDate: p.Created, LastModifiedDate: p.Modified, GenerationId: p.Generation,
		}
		return nil
	}))
}

// DeletePolicy removes a policy that is attached to nothing and has one version only. (aws: iot/API_DeletePolicy)
func (r *Registry) DeletePolicy(ctx context.Context, in *iot.DeletePolicyInput) (*iot.DeletePolicyOutput, error) {
	return outcome(&iot.DeletePolicyOutput{}, r.update(ctx, "DeletePolicy", func(tx *state.Tx, s caller.Scope) error {
		p, err := findPolicy(tx, s, in.PolicyName)
		if err != nil {
			return err
		}
		if n := len(p.Versions) - 1; n > 0 {
			return refuse(fault.Conflict, "The policy %s cannot be deleted: it has %d versions besides the default one. Delete them with DeletePolicyVersion.", p.Name, n).
				Named(iot.DeleteConflictException)
		}
		for g, err := range grants.ScanIndex(tx, "oldest", at(s, p.Name), state.Cursor{}, 1) {
			if err != nil {
				return err
			}
			return refuse(fault.Conflict, "The policy %s cannot be deleted: it is attached to %s.", p.Name, g.Target).Named(iot.DeleteConflictException)
		}
		if err := dropTags(tx, s, "policy/"+p.Name); err != nil {
			return err
		}
		return policies.Delete(tx, policies.Key(p))
	}))
}

// ListPolicies lists the policies by age. (aws: iot/API_ListPolicies)
func (r *Registry) ListPolicies(ctx context.Context, in *iot.ListPoliciesInput) (*iot.ListPoliciesOutput, error) {
	out := &iot.ListPoliciesOutput{}
	return outcome(out, r.view(ctx, "ListPolicies", func(tx *state.Tx, s caller.Scope) error {
		list, next, err := indexPage(tx, pages{"ListPolicies", markerToken(in.Marker), in.PageSize}, &policies, byAge(in.AscendingOrder), at(s), nil,
			func(p *namedPolicy) iot.Policy { return nameAndARNOfPolicy(s, p.Name) })
		out.Policies, out.NextMarker = list, tokenMarker(next)
		return err
	}))
}
