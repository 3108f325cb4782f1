package domain

import (
	"context"
	"slices"
	"strings"

	"telltale/base/caller"
	"telltale/base/page"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

const maxPage = 250

// DescribeDomainConfiguration tells all about a configuration. (aws: iot/API_DescribeDomainConfiguration)
func (d *Domains) DescribeDomainConfiguration(ctx context.Context, in *iot.DescribeDomainConfigurationInput) (*iot.DescribeDomainConfigurationOutput, error) {
	var r *record
	err := d.needs.State.View(ctx, func(tx *state.Tx) (err error) {
		r, err = find(tx, caller.From(ctx).Scope, in.DomainConfigurationName)
		return err
	})
	if err != nil {
		return nil, blame("DescribeDomainConfiguration", err)
	}
	out := &iot.DescribeDomainConfigurationOutput{
		DomainConfigurationName: r.Name, DomainConfigurationArn: r.arn(), DomainName: r.ServerName, DomainConfigurationStatus: r.status(),
		ServiceType: iot.ServiceTypeData, DomainType: r.domainType(), LastStatusChangeDate: r.Changed, AuthorizerConfig: r.authorizer(),
		TlsConfig: &iot.TlsConfig{SecurityPolicy: r.Security}, AuthenticationType: r.Authentication, ApplicationProtocol: r.Protocol,
		ServerCertificates: []iot.ServerCertificateSummary{}, ServerCertificateConfig: &iot.ServerCertificateConfig{EnableOCSPCheck: new(false)},
	}
	if r.Name == Default {
		out.DomainName = d.cfg.Host
	}
	if r.Certificate != "" {
		summary := iot.ServerCertificateSummary{ServerCertificateArn: r.Certificate, ServerCertificateStatus: iot.ServerCertificateStatusValid}
		if err := d.checkServerCertificate(r); err != nil {
			summary.ServerCertificateStatus, summary.ServerCertificateStatusDetail = iot.ServerCertificateStatusInvalid, err.Error()
		}
		out.ServerCertificates = append(out.ServerCertificates, summary)
	}
	return out, nil
}

// ListDomainConfigurations lists the configurations by name. (aws: iot/API_ListDomainConfigurations)
func (d *Domains) ListDomainConfigurations(ctx context.Context, in *iot.ListDomainConfigurationsInput) (*iot.ListDomainConfigurationsOutput, error) {
	const op = "ListDomainConfigurations"
	size := maxPage
	if in.PageSize != nil {
		size = int(*in.PageSize)
	}
	var list []*record
	err := d.needs.State.View(ctx, func(tx *state.Tx) (err error) {
		list, err = all(tx, caller.From(ctx).Scope)
		return err
	})
	if err != nil {
		return nil, blame(op, err)
	}
	if in.ServiceType != "" && in.ServiceType != iot.ServiceTypeData {
		list = nil
	}
	slices.SortFunc(list, func(a, b *record) int { return strings.Compare(a.Name, b.Name) })
	list, marker, err := page.Marked(op, in.Marker, size, false, list, func(r *record) string { return r.Name })
	if err != nil {
		return nil, blame(op, err)
	}
	out := &iot.ListDomainConfigurationsOutput{DomainConfigurations: []iot.DomainConfigurationSummary{}, NextMarker: marker}
	for _, r := range list {
		out.DomainConfigurations = append(out.DomainConfigurations, iot.DomainConfigurationSummary{
			DomainConfigurationName: r.Name, DomainConfigurationArn: r.arn(), ServiceType: iot.ServiceTypeData,
		})
	}
	return out, nil
}
