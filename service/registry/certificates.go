package registry

import (
	"context"
	"strings"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// The statuses of a certificate that an operation can set; only an active one may connect. (aws: iot/activate-or-deactivate-device-cert)
const (
	CertificateActive   = iot.CertificateStatusActive
	CertificateInactive = iot.CertificateStatusInactive
	CertificateRevoked  = iot.CertificateStatusRevoked
)

// Certificate is what a connection needs to know of a registered certificate. It is shared: nobody changes it.
type Certificate struct {
	ID     string // SHA-256 of its DER, 64 lower-case hexadecimal digits
	Scope  caller.Scope
	Status string
}

// certificate is a registered client certificate.
type certificate struct {
	caller.Scope
	ID, PEM             string
	Status, Mode        string
	Generation          string // opaque
	Version             int32  // raised by each change
	Created, Modified   time.Time
	NotBefore, NotAfter time.Time
}

// certificates are found by id over all accounts: a handshake knows nothing else.
var certificates = state.Table[certificate]{
	Name: "registry_certificates",
	Key:  func(c *certificate) state.Key { return state.K(c.ID) },
	Index: []state.Index[certificate]{
		{Name: "oldest", Key: func(c *certificate) []state.Key { return []state.Key{at(c.Scope, c.Created.UnixNano())} }},
		{Name: "newest", Key: func(c *certificate) []state.Key { return []state.Key{at(c.Scope, -c.Created.UnixNano())} }},
	},
}

// byAge is the index that lists what was made in the order asked for: the newest first unless ascending.
func byAge(ascending *bool) string {
	if isTrue(ascending) {
		return "oldest"
	}
	return "newest"
}

func findCertificate(tx *state.Tx, s caller.Scope, id string) (*certificate, error) {
	id = strings.ToLower(id)
	c, err := certificates.Get(tx, state.K(id))
	if isAbsent(err) || err == nil && c.Scope != s {
		return nil, missing(s, "certificate", id)
	}
	return c, err
}

// Certificate finds a certificate by its id over all accounts and regions; fault.NotFound if none has registered it.
func (r *Registry) Certificate(id string) (*Certificate, error) {
	return r.certificates.get(r.Generation(), id, func() (found *Certificate, err error) {
		err = r.view(context.Background(), "Certificate", func(tx *state.Tx, _ caller.Scope) error {
			c, err := certificates.Get(tx, state.K(id))
			if isAbsent(err) {
				return refuse(fault.NotFound, "The certificate %s is not registered.", id).Named(iot.ResourceNotFoundException)
			} else if err != nil {
				return err
			}
			found = &Certificate{c.ID, c.Scope, c.Status}
			return nil
		})
		return found, err
	})
}

func (c *certificate) arn() string { return certificatePrincipal(c.Scope, c.ID) }

// DescribeCertificate tells all about a certificate. (aws: iot/API_DescribeCertificate)
func (r *Registry) DescribeCertificate(ctx context.Context, in *iot.DescribeCertificateInput) (*iot.DescribeCertificateOutput, error) {
	out := &iot.DescribeCertificateOutput{}
	return outcome(out, r.view(ctx, "DescribeCertificate", func(tx *state.Tx, s caller.Scope) error {
		c, err := findCertificate(tx, s, in.CertificateId)
		if err != nil {
			return err
		}
		out.CertificateDescription = &iot.CertificateDescription{
			CertificateArn: c.arn(), CertificateId: c.ID, Status: c.Status, CertificatePem: c.PEM, OwnedBy: c.Account,
			CreationDate: c.Created, LastModifiedDate: c.Modified, CustomerVersion: &c.Version, GenerationId: c.Generation,
			Validity: &iot.CertificateValidity{NotBefore: c.NotBefore, NotAfter: c.NotAfter}, CertificateMode: c.Mode,
		}
		return nil
	}))
}

// UpdateCertificate sets the status. Connections made with a certificate that is no longer active end. (aws: iot/API_UpdateCertificate)
func (r *Registry) UpdateCertificate(ctx context.Context, in *iot.UpdateCertificateInput) (*iot.UpdateCertificateOutput, error) {
	return outcome(&iot.UpdateCertificateOutput{}, r.update(ctx, "UpdateCertificate", func(tx *state.Tx, s caller.Scope) error {
		if err := checkStatus(in.NewStatus); err != nil {
			return err
		}
		c, err := findCertificate(tx, s, in.CertificateId)
		if err != nil {
			return err
		}
		if c.Status == in.NewStatus {
			return nil
		}
		c.Status, c.Modified = in.NewStatus, now()
		c.Version++
		if err := tx.Outbox(certificateTopic, certificateChange{s, c.ID, c.Status}); err != nil {
			return err
		}
		return certificates.Put(tx, c)
	}))
}

func checkStatus(status string) error {
	switch status {
	case CertificateActive, CertificateInactive, CertificateRevoked:
		return nil
	}
	return refuse(fault.Invalid, "The status %q cannot be set; allowed are %s, %s and %s.", status, CertificateActive, CertificateInactive, CertificateRevoked)
}

// DeleteCertificate removes a certificate that is not active and not attached to a thing. Attached policies keep it too, unless the
// deletion is forced: then they are detached. (aws: iot/API_DeleteCertificate)
func (r *Registry) DeleteCertificate(ctx context.Context, in *iot.DeleteCertificateInput) (*iot.DeleteCertificateOutput, error) {
	return outcome(&iot.DeleteCertificateOutput{}, r.update(ctx, "DeleteCertificate", func(tx *state.Tx, s caller.Scope) error {
		c, err := findCertificate(tx, s, in.CertificateId)
		if err != nil {
			return err
		}
		if c.Status == CertificateActive {
			return refuse(fault.Conflict, "The certificate %s cannot be deleted: it is ACTIVE. Set it to INACTIVE with UpdateCertificate.", c.ID).
				Named(iot.CertificateStateException)
		}
		if a, err := attachments.Find(tx, "principal", at(s, c.arn())); err == nil {
			return refuse(fault.Conflict, "The certificate %s cannot be deleted: it is attached to the thing %s.", c.ID, a.Thing).Named(iot.DeleteConflictException)
		} else if !isAbsent(err) {
			return err
		}
		for g, err := range grants.Scan(tx, at(s, c.arn()), state.Key{}, 0) {
			if err != nil {
				return err
			}
			if !isTrue(in.ForceDelete) {
				return refuse(fault.Conflict, "The certificate %s cannot be deleted: the policy %s is attached to it. Detach it, or set forceDelete.", c.ID, g.Policy).
					Named(iot.DeleteConflictException)
			}
			if err := grants.Delete(tx, grants.Key(g)); err != nil {
				return err
			}
		}
		if err := dropTags(tx, s, "cert/"+c.ID); err != nil {
			return err
		}
		return certificates.Delete(tx, certificates.Key(c))
	}))
}

// ListCertificates lists the certificates by age. (aws: iot/API_ListCertificates)
func (r *Registry) ListCertificates(ctx context.Context, in *iot.ListCertificatesInput) (*iot.ListCertificatesOutput, error) {
	out := &iot.ListCertificatesOutput{}
	return outcome(out, r.view(ctx, "ListCertificates", func(tx *state.Tx, s caller.Scope) error {
		list, next, err := indexPage(tx, pages{"ListCertificates", markerToken(in.Marker), in.PageSize}, &certificates, byAge(in.AscendingOrder), at(s), nil,
			func(c *certificate) iot.Certificate {
				return iot.Certificate{CertificateArn: c.arn(), CertificateId: c.ID, Status: c.Status, CertificateMode: c.Mode, CreationDate: c.Created}
			})
		out.Certificates, out.NextMarker = list, tokenMarker(next)
		return err
	}))
}
