package jobs

import (
	"context"

	"telltale/base/caller"
	"telltale/lang/shape/iot"
	"telltale/service/jobs/managed"
)

// DescribeManagedJobTemplate tells all about a template that AWS manages. (aws: iot/API_DescribeManagedJobTemplate)
func (s *Jobs) DescribeManagedJobTemplate(ctx context.Context, in *iot.DescribeManagedJobTemplateInput) (*iot.DescribeManagedJobTemplateOutput, error) {
	scope := caller.From(ctx).Scope
	name := in.TemplateName
	if in.TemplateVersion != "" {
		name += ":" + in.TemplateVersion
	}
	t, err := findManaged(scope, name)
	if err != nil {
		return outcome[iot.DescribeManagedJobTemplateOutput]("DescribeManagedJobTemplate", nil, err)
	}
	return t.Describe(scope.Region), nil
}

// findManaged returns a managed template that exists.
func findManaged(s caller.Scope, name string) (*managed.Template, error) {
	t := managed.Find(name)
	if t == nil {
		return nil, missing(s, "managed job template", name)
	}
	return t, nil
}

// ListManagedJobTemplates lists the templates that AWS manages by name, all or the one that is named.
// (aws: iot/API_ListManagedJobTemplates)
func (s *Jobs) ListManagedJobTemplates(ctx context.Context, in *iot.ListManagedJobTemplatesInput) (*iot.ListManagedJobTemplatesOutput, error) {
	const op = "ListManagedJobTemplates"
	list := managed.List(caller.From(ctx).Region, in.TemplateName)
	out := &iot.ListManagedJobTemplatesOutput{}
	var err error
	out.ManagedJobTemplates, out.NextToken, err = listPage(pages{op, in.NextToken, in.MaxResults}, list, func(m iot.ManagedJobTemplateSummary) string { return m.TemplateName })
	return outcome(op, out, err)
}
