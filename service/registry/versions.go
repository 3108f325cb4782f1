package registry

import (
	"context"
	"slices"
	"strconv"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// versionsMax is how many versions a policy may have.
const versionsMax = 5

// policyVersion is one document of a policy.
type policyVersion struct {
	ID       int
	Document string // as it was given
	Created  time.Time
}

// add makes a document the newest version.
func (p *namedPolicy) add(document string, inForce bool) *policyVersion {
	p.Last++
	p.Modified = now()
	p.Versions = append(p.Versions, policyVersion{p.Last, document, p.Modified})
	if inForce {
		p.Default = p.Last
	}
	return &p.Versions[len(p.Versions)-1]
}

// changeVersion runs a change of a policy and keeps it; id is the version it is about.
func (r *Registry) changeVersion(ctx context.Context, op, name, id string, change func(p *namedPolicy, v *policyVersion) error) error {
	return r.update(ctx, op, func(tx *state.Tx, s caller.Scope) error {
		p, v, err := findVersion(tx, s, name, id)
		if err != nil {
			return err
		}
		if err := change(p, v); err != nil {
			return err
		}
		p.Modified = now()
		return policies.Put(tx, p)
	})
}

func findVersion(tx *state.Tx, s caller.Scope, name, id string) (*namedPolicy, *policyVersion, error) {
	p, err := findPolicy(tx, s, name)
	if err != nil {
		return nil, nil, err
	}
	n, err := strconv.Atoi(id)
	if err != nil {
		return nil, nil, refuse(fault.Invalid, "The policyVersionId %q is not a number such as 1.", id)
	}
	v, err := p.version(n)
	return p, v, err
}

// CreatePolicyVersion adds a document to a policy, which may have five. (aws: iot/API_CreatePolicyVersion)
func (r *Registry) CreatePolicyVersion(ctx context.Context, in *iot.CreatePolicyVersionInput) (*iot.CreatePolicyVersionOutput, error) {
	out := &iot.CreatePolicyVersionOutput{}
	return outcome(out, r.update(ctx, "CreatePolicyVersion", func(tx *state.Tx, s caller.Scope) error {
		if err := checkDocument(in.PolicyDocument); err != nil {
			return err
		}
		p, err := findPolicy(tx, s, in.PolicyName)
		if err != nil {
			return err
		}
		if n := len(p.Versions); n >= versionsMax {
			return refuse(fault.Limit, "The policy %s has %d versions already, the most that are allowed. Delete one with DeletePolicyVersion.", p.Name, n).
				Named(iot.VersionsLimitExceededException)
		}
		inForce := isTrue(in.SetAsDefault)
		v := p.add(in.PolicyDocument, inForce)
		*out = iot.CreatePolicyVersionOutput{PolicyArn: p.arn(), PolicyDocument: v.Document, PolicyVersionId: strconv.Itoa(v.ID), IsDefaultVersion: &inForce}
		return policies.Put(tx, p)
	}))
}

// GetPolicyVersion tells about one version. (aws: iot/API_GetPolicyVersion)
func (r *Registry) GetPolicyVersion(ctx context.Context, in *iot.GetPolicyVersionInput) (*iot.GetPolicyVersionOutput, error) {
	out := &iot.GetPolicyVersionOutput{}
	return outcome(out, r.view(ctx, "GetPolicyVersion", func(tx *state.Tx, s caller.Scope) error {
		p, v, err := findVersion(tx, s, in.PolicyName, in.PolicyVersionId)
		if err != nil {
			return err
		}
		inForce := v.ID == p.Default
		*out = iot.GetPolicyVersionOutput{
			PolicyArn: p.arn(), PolicyName: p.Name, PolicyDocument: v.Document, PolicyVersionId: strconv.Itoa(v.ID),
			IsDefaultVersion: &inForce, CreationDate: v.Created, LastModifiedDate: v.Created, GenerationId: p.Generation,
		}
		return nil
	}))
}

// ListPolicyVersions lists the versions of a policy, the newest first. (aws: iot/API_ListPolicyVersions)
func (r *Registry) ListPolicyVersions(ctx context.Context, in *iot.ListPolicyVersionsInput) (*iot.ListPolicyVersionsOutput, error) {
	out := &iot.ListPolicyVersionsOutput{}
	return outcome(out, r.view(ctx, "ListPolicyVersions", func(tx *state.Tx, s caller.Scope) error {
		p, err := findPolicy(tx, s, in.PolicyName)
		if err != nil {
			return err
		}
		for _, v := range slices.Backward(p.Versions) {
			inForce := v.ID == p.Default
			out.PolicyVersions = append(out.PolicyVersions, iot.PolicyVersion{VersionId: strconv.Itoa(v.ID), IsDefaultVersion: &inForce, CreateDate: v.Created})
		}
		return nil
	}))
}

// SetDefaultPolicyVersion puts a version in force, at once and wherever the policy is attached. (aws: iot/API_SetDefaultPolicyVersion)
func (r *Registry) SetDefaultPolicyVersion(ctx context.Context, in *iot.SetDefaultPolicyVersionInput) (*iot.SetDefaultPolicyVersionOutput, error) {
	return outcome(&iot.SetDefaultPolicyVersionOutput{}, r.changeVersion(ctx, "SetDefaultPolicyVersion", in.PolicyName, in.PolicyVersionId,
		func(p *namedPolicy, v *policyVersion) error {
			p.Default = v.ID
			return nil
		}))
}

// DeletePolicyVersion removes a version that is not in force. (aws: iot/API_DeletePolicyVersion)
func (r *Registry) DeletePolicyVersion(ctx context.Context, in *iot.DeletePolicyVersionInput) (*iot.DeletePolicyVersionOutput, error) {
	return outcome(&iot.DeletePolicyVersionOutput{}, r.changeVersion(ctx, "DeletePolicyVersion", in.PolicyName, in.PolicyVersionId,
		func(p *namedPolicy, v *policyVersion) error {
			if v.ID == p.Default {
				return refuse(fault.Conflict, "The version %d of the policy %s cannot be deleted: it is the default version. Make another the default, or delete the policy.", v.ID, p.Name).
					Named(iot.DeleteConflictException)
			}
			id := v.ID
			p.Versions = slices.DeleteFunc(p.Versions, func(v policyVersion) bool { return v.ID == id })
			return nil
		}))
}
