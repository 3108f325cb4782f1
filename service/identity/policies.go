package identity

import (
	"context"
	"errors"
	"strings"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iam"
	"telltale/store/state"
)

// CreatePolicy makes a managed policy that is attached to nobody yet. (aws: iam/API_CreatePolicy)
func (d *Directory) CreatePolicy(ctx context.Context, in *iam.CreatePolicyInput) (*iam.CreatePolicyOutput, error) {
	const op = "identity.CreatePolicy"
	m := &managed{entity: newEntity(caller.From(ctx).Account, policyID, in.PolicyName, in.Path), Description: in.Description, Default: 1}
	_, err := m.addVersion(in.PolicyDocument, m.Created)
	if err == nil {
		err = m.setTags(in.Tags)
	}
	if err != nil {
		return nil, faultOf(op, err)
	}
	err = d.update(ctx, op, func(tx *state.Tx) error {
		err := policies.Insert(tx, m)
		if errors.Is(err, state.ErrExists) {
			return fault.New("", fault.Exists, "A policy called %s already exists. Duplicate names are not allowed.", in.PolicyName).
				Named(iam.EntityAlreadyExistsException)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out := m.shape(0)
	out.Tags = m.tagShapes()
	return &iam.CreatePolicyOutput{Policy: &out}, nil
}

// GetPolicy returns a managed policy; its document is with its versions. (aws: iam/API_GetPolicy)
func (d *Directory) GetPolicy(ctx context.Context, in *iam.GetPolicyInput) (*iam.GetPolicyOutput, error) {
	var out iam.Policy
	err := d.view(ctx, "identity.GetPolicy", func(tx *state.Tx) error {
		m, err := findPolicy(tx, caller.From(ctx).Account, in.PolicyArn)
		if err != nil {
			return err
		}
		n, err := m.attachments(tx)
		out = m.shape(n)
		out.Description, out.Tags = m.Description, m.tagShapes()
		return err
	})
	if err != nil {
		return nil, err
	}
	return &iam.GetPolicyOutput{Policy: &out}, nil
}

// ListPolicies lists the account's managed policies, without description and tags. Policies that AWS itself manages are not offered.
// (aws: iam/API_ListPolicies)
func (d *Directory) ListPolicies(ctx context.Context, in *iam.ListPoliciesInput) (*iam.ListPoliciesOutput, error) {
	const op = "identity.ListPolicies"
	l, err := newListing(op, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out, account := &iam.ListPoliciesOutput{Policies: []iam.Policy{}}, caller.From(ctx).Account
	if in.Scope == iam.PolicyScopeTypeAws || in.PolicyUsageFilter == iam.PolicyUsageTypePermissionsBoundary {
		out.IsTruncated, _ = l.end()
		return out, nil
	}
	err = d.view(ctx, op, func(tx *state.Tx) error {
		attached := map[string]int32{} // by name
		var failed error
		wanted := func(m *managed) bool {
			n, err := m.attachments(tx)
			failed = errors.Join(failed, err)
			attached[m.Name] = n
			return strings.HasPrefix(m.Path, in.PathPrefix) && (n > 0 || in.OnlyAttached == nil || !*in.OnlyAttached)
		}
		list, err := take(l, policies.Scan(tx, state.K(account), l.position(account), 0), func(m *managed) string { return m.Name }, wanted)
		for _, m := range list {
			out.Policies = append(out.Policies, m.shape(attached[m.Name]))
		}
		return errors.Join(err, failed)
	})
	if err != nil {
		return nil, err
	}
	out.IsTruncated, out.Marker = l.end()
	return out, nil
}

// DeletePolicy removes a managed policy that is attached to nobody and has no version but the default one. (aws: iam/API_DeletePolicy)
func (d *Directory) DeletePolicy(ctx context.Context, in *iam.DeletePolicyInput) (*iam.DeletePolicyOutput, error) {
	err := d.update(ctx, "identity.DeletePolicy", func(tx *state.Tx) error {
		m, err := findPolicy(tx, caller.From(ctx).Account, in.PolicyArn)
		if err != nil {
			return err
		}
		n, err := m.attachments(tx)
		switch {
		case err != nil:
			return err
		case n > 0:
			return fault.New("", fault.Conflict, "Cannot delete a policy attached to entities.").Named(iam.DeleteConflictException)
		case len(m.Versions) > 1:
			return fault.New("", fault.Conflict, "This policy has more than one version. Before you delete a policy, you must delete the "+
				"policy's versions. The default version is deleted with the policy.").Named(iam.DeleteConflictException)
		}
		return policies.Delete(tx, policies.Key(m))
	})
	return &iam.DeletePolicyOutput{}, err
}
