package identity

import (
	"context"
	"slices"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iam"
	"telltale/store/state"
)

// CreatePolicyVersion adds a version to a managed policy and, if asked to, puts it in force. (aws: iam/API_CreatePolicyVersion)
func (d *Directory) CreatePolicyVersion(ctx context.Context, in *iam.CreatePolicyVersionInput) (*iam.CreatePolicyVersionOutput, error) {
	var out iam.PolicyVersion
	err := d.changePolicy(ctx, "identity.CreatePolicyVersion", in.PolicyArn, func(m *managed) error {
		v, err := m.addVersion(in.PolicyDocument, time.Now().UTC().Truncate(time.Second))
		if err != nil {
			return err
		}
		if in.SetAsDefault != nil && *in.SetAsDefault {
			m.Default = v.Number
		}
		out = m.versionShape(v)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &iam.CreatePolicyVersionOutput{PolicyVersion: &out}, nil
}

// GetPolicyVersion returns a version with its document. (aws: iam/API_GetPolicyVersion)
func (d *Directory) GetPolicyVersion(ctx context.Context, in *iam.GetPolicyVersionInput) (*iam.GetPolicyVersionOutput, error) {
	const op = "identity.GetPolicyVersion"
	m, err := d.readPolicy(ctx, op, in.PolicyArn)
	if err != nil {
		return nil, err
	}
	at, err := m.findVersion(in.VersionId)
	if err != nil {
		return nil, faultOf(op, err)
	}
	out := m.versionShape(&m.Versions[at])
	out.Document = escapeDocument(m.Versions[at].Text)
	return &iam.GetPolicyVersionOutput{PolicyVersion: &out}, nil
}

// ListPolicyVersions lists the versions of a managed policy, the oldest first and without their documents.
// (aws: iam/API_ListPolicyVersions)
func (d *Directory) ListPolicyVersions(ctx context.Context, in *iam.ListPolicyVersionsInput) (*iam.ListPolicyVersionsOutput, error) {
	const op = "identity.ListPolicyVersions"
	l, err := newListing(op, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	m, err := d.readPolicy(ctx, op, in.PolicyArn)
	if err != nil {
		return nil, err
	}
	out := &iam.ListPolicyVersionsOutput{Versions: []iam.PolicyVersion{}}
	for _, v := range pageOf(l, m.Versions, (*version).order) {
		out.Versions = append(out.Versions, m.versionShape(v))
	}
	out.IsTruncated, out.Marker = l.end()
	return out, nil
}

// SetDefaultPolicyVersion puts a version in force for all to whom the policy is attached. (aws: iam/API_SetDefaultPolicyVersion)
func (d *Directory) SetDefaultPolicyVersion(ctx context.Context, in *iam.SetDefaultPolicyVersionInput) (*iam.SetDefaultPolicyVersionOutput, error) {
	err := d.changePolicy(ctx, "identity.SetDefaultPolicyVersion", in.PolicyArn, func(m *managed) error {
		at, err := m.findVersion(in.VersionId)
		if err == nil {
			m.Default = m.Versions[at].Number
		}
		return err
	})
	return &iam.SetDefaultPolicyVersionOutput{}, err
}

// DeletePolicyVersion removes a version that is not in force. (aws: iam/API_DeletePolicyVersion)
func (d *Directory) DeletePolicyVersion(ctx context.Context, in *iam.DeletePolicyVersionInput) (*iam.DeletePolicyVersionOutput, error) {
	err := d.changePolicy(ctx, "identity.DeletePolicyVersion", in.PolicyArn, func(m *managed) error {
		at, err := m.findVersion(in.VersionId)
		if err != nil {
			return err
		}
		if m.Versions[at].Number == m.Default {
			return fault.New("", fault.Conflict, "Cannot delete the default version of a policy.").Named(iam.DeleteConflictException)
		}
		m.Versions = slices.Delete(m.Versions, at, at+1)
		return nil
	})
	return &iam.DeletePolicyVersionOutput{}, err
}

// changePolicy changes a stored policy.
func (d *Directory) changePolicy(ctx context.Context, op, policyARN string, change func(*managed) error) error {
	return d.update(ctx, op, func(tx *state.Tx) error {
		m, err := findPolicy(tx, caller.From(ctx).Account, policyARN)
		if err != nil {
			return err
		}
		if err := change(m); err != nil {
			return err
		}
		return policies.Put(tx, m)
	})
}

// readPolicy reads a stored policy.
func (d *Directory) readPolicy(ctx context.Context, op, policyARN string) (m *managed, err error) {
	err = d.view(ctx, op, func(tx *state.Tx) (err error) {
		m, err = findPolicy(tx, caller.From(ctx).Account, policyARN)
		return err
	})
	return m, err
}
