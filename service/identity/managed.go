package identity

import (
	"errors"
	"fmt"
	"time"

	"telltale/base/arn"
	"telltale/base/fault"
	"telltale/lang/policy"
	"telltale/lang/shape/iam"
	"telltale/store/state"
)

// aws: iam/reference_iam-quotas
const (
	maxPolicy   = 6144 // characters of a managed policy that are not white space
	maxVersions = 5    // of one policy
	maxAttached = 10   // managed policies of one user or role
)

// findPolicy finds a managed policy of the account by its ARN.
func findPolicy(tx *state.Tx, account, policyARN string) (*managed, error) {
	at, err := arn.Parse(policyARN)
	kind, name := at.SplitResource()
	if err != nil || at.Service != "iam" || kind != "policy" {
		return nil, fault.New("", fault.Invalid, "ARN %s is not valid: want arn:aws:iam::account:policy/name.", policyARN).
			Named(iam.InvalidInputException)
	}
	m, err := policies.Get(tx, nameKey(account, nameOf(name)))
	if errors.Is(err, state.ErrNotFound) || err == nil && m.arn() != policyARN {
		return nil, noSuchEntity("Policy %s was not found.", policyARN)
	}
	return m, err
}

// addVersion makes a document the newest version.
func (m *managed) addVersion(text string, now time.Time) (*version, error) {
	if err := checkDocument(text, policy.IAMIdentity); err != nil {
		return nil, err
	}
	if n := policy.Size([]byte(text)); n > maxPolicy {
		return nil, fault.New("", fault.Limit, "Cannot exceed quota for PolicySize: %d characters that are not white space, this policy has %d.",
			maxPolicy, n).Named(iam.LimitExceededException)
	}
	if len(m.Versions) >= maxVersions {
		return nil, fault.New("", fault.Limit, "A managed policy can have up to %d versions. Before you create a new version, you must delete "+
			"an existing version.", maxVersions).Named(iam.LimitExceededException)
	}
	m.Last++
	m.Versions = append(m.Versions, version{Number: m.Last, Text: text, Created: now})
	m.Updated = now
	return &m.Versions[len(m.Versions)-1], nil
}

// findVersion finds a version by its id.
func (m *managed) findVersion(id string) (at int, err error) {
	for i := range m.Versions {
		if m.Versions[i].id() == id {
			return i, nil
		}
	}
	return 0, noSuchEntity("Policy %s version %s does not exist.", m.arn(), id)
}

// inForce is the default version.
func (m *managed) inForce() *version {
	for i := range m.Versions {
		if m.Versions[i].Number == m.Default {
			return &m.Versions[i]
		}
	}
	return &version{} // not reached: the default version cannot be deleted
}

// attachments counts the users and roles that the policy is attached to.
func (m *managed) attachments(tx *state.Tx) (int32, error) {
	ofUsers, err := users.CountIndex(tx, "policy", state.K(m.arn()))
	if err != nil {
		return 0, err
	}
	ofRoles, err := roles.CountIndex(tx, "policy", state.K(m.arn()))
	return int32(ofUsers + ofRoles), err
}

func (m *managed) shape(attachments int32) iam.Policy {
	attachable, none := true, int32(0)
	return iam.Policy{
		PolicyName: m.Name, PolicyId: m.ID, Arn: m.arn(), Path: m.Path, DefaultVersionId: m.inForce().id(),
		AttachmentCount: &attachments, PermissionsBoundaryUsageCount: &none, IsAttachable: &attachable,
		CreateDate: m.Created, UpdateDate: m.Updated,
	}
}

// versionShape is a version without its document, as most operations return it.
func (m *managed) versionShape(v *version) iam.PolicyVersion {
	inForce := v.Number == m.Default
	return iam.PolicyVersion{VersionId: v.id(), IsDefaultVersion: &inForce, CreateDate: v.Created}
}

func (v *version) id() string { return fmt.Sprintf("v%d", v.Number) }

// order sorts like the number: markers compare texts.
func (v *version) order() string { return fmt.Sprintf("%09d", v.Number) }
