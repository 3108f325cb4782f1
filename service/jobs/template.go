package jobs

import (
	"context"
	"strings"
	"time"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/service/jobs/plan"
	"telltale/store/state"
)

// template is what jobs can be made from.
type template struct {
	caller.Scope
	ID, Description string
	Document        string
	DocumentSource  string `json:",omitempty"` // the URL the document was read from
	plan.Settings
	Windows plan.Windows `json:",omitempty"`
	Created time.Time
}

var templates = state.Table[template]{
	Name: "jobs_templates",
	Key:  func(t *template) state.Key { return at(t.Scope, t.ID) },
}

// templatesMost is how many templates an account may have in a region. (aws: general/iot_device_management#job-limits)
const templatesMost = 100

func (t *template) arn() string { return arn.IoT(t.Scope, templateKind, t.ID) }

// templateKind is the word for templates in ARNs.
const templateKind = "jobtemplate"

// CreateJobTemplate makes a template, anew or from a job. (aws: iot/API_CreateJobTemplate)
func (s *Jobs) CreateJobTemplate(ctx context.Context, in *iot.CreateJobTemplateInput) (*iot.CreateJobTemplateOutput, error) {
	const op = "CreateJobTemplate"
	t := &template{Scope: caller.From(ctx).Scope, ID: in.JobTemplateId, Description: in.Description, DocumentSource: in.DocumentSource, Document: in.Document, Created: now()}
	if err := s.readTemplate(ctx, t, in); err != nil {
		return outcome[iot.CreateJobTemplateOutput](op, nil, err)
	}
	err := s.update(ctx, func(c *change) error { return c.makeTemplate(t, in) })
	return outcome(op, &iot.CreateJobTemplateOutput{JobTemplateArn: t.arn(), JobTemplateId: t.ID}, err)
}

// readTemplate reads what can be read before the transaction.
func (s *Jobs) readTemplate(ctx context.Context, t *template, in *iot.CreateJobTemplateInput) (err error) {
	if in.Description == "" {
		return invalid("The template %s has no description.", t.ID)
	}
	if err := noPackages(in.DestinationPackageVersions); err != nil {
		return err
	}
	if err := onlyOne("jobArn", in.JobArn, "documentSource", in.DocumentSource, "document", in.Document); err != nil {
		return err
	}
	if t.Windows, err = plan.ReadWindows(in.MaintenanceWindows, now()); err != nil {
		return err
	}
	if in.DocumentSource != "" {
		t.Document, err = s.fetchDocument(ctx, in.DocumentSource)
	}
	return err
}

func (c *change) makeTemplate(t *template, in *iot.CreateJobTemplateInput) error {
	if in.JobArn != "" {
		if err := c.copyJob(t, in.JobArn); err != nil {
			return err
		}
	}
	if err := t.Apply(in.PresignedUrlConfig, in.JobExecutionsRolloutConfig, in.AbortConfig, in.TimeoutConfig, in.JobExecutionsRetryConfig); err != nil {
		return err
	}
	if err := c.checkDocument(t.Document, t.Presign); err != nil {
		return err
	}
	if has, err := templates.Has(c.tx, templates.Key(t)); err != nil {
		return err
	} else if has {
		return fault.New("", fault.Conflict, "The job template %s already exists.", t.ID).Named(iot.ConflictException).With("resourceId", t.ID)
	}
	n, err := templates.Count(c.tx, at(t.Scope))
	if err != nil {
		return err
	}
	if n >= templatesMost {
		return overLimit("There are %d job templates in the account and region already, the most that are allowed.", n)
	}
	if err := c.needs.Registry.PutTags(c.tx, t.Scope, templateKind+"/"+t.ID, in.Tags); err != nil {
		return err
	}
	return templates.Insert(c.tx, t)
}

// copyJob fills a template from a job.
func (c *change) copyJob(t *template, jobARN string) error {
	a, err := arn.Parse(jobARN)
	kind, id := a.SplitResource()
	if err != nil || kind != "job" || a.Service != "iot" {
		return invalid("The jobArn %q is not the ARN of a job.", jobARN)
	}
	j, err := c.knownJob(caller.Scope{Account: a.Account, Region: a.Region}, id)
	if err == nil && j.Scope != t.Scope {
		err = missing(t.Scope, "job", jobARN)
	}
	if err != nil {
		return err
	}
	doc, err := texts.Get(c.tx, at(j.Scope, j.ID))
	if err != nil {
		return err
	}
	t.Settings, t.Document, t.DocumentSource = j.Settings, doc.Document, j.DocumentSource
	if j.Scheduling != nil && t.Windows == nil {
		t.Windows = j.Scheduling.Windows
	}
	return nil
}

// onlyOne wants exactly one of some members to be given: name, value and so on.
func onlyOne(pairs ...string) error {
	var names, given []string
	for i := 0; i < len(pairs); i += 2 {
		if names = append(names, pairs[i]); pairs[i+1] != "" {
			given = append(given, pairs[i])
		}
	}
	switch len(given) {
	case 1:
		return nil
	case 0:
		return invalid("Give one of %s.", strings.Join(names, ", "))
	}
	return invalid("Give only one of %s.", strings.Join(given, ", "))
}

// findTemplate returns a template that exists.
func (c *change) findTemplate(s caller.Scope, id string) (*template, error) {
	t, err := found(templates.Get(c.tx, at(s, id)))
	if err == nil && t == nil {
		err = missing(s, "job template", id)
	}
	return t, err
}

// DescribeJobTemplate tells all about a template. (aws: iot/API_DescribeJobTemplate)
func (s *Jobs) DescribeJobTemplate(ctx context.Context, in *iot.DescribeJobTemplateInput) (*iot.DescribeJobTemplateOutput, error) {
	out := &iot.DescribeJobTemplateOutput{}
	return outcome("DescribeJobTemplate", out, s.view(ctx, func(c *change) error {
		t, err := c.findTemplate(caller.From(ctx).Scope, in.JobTemplateId)
		if err != nil {
			return err
		}
		*out = iot.DescribeJobTemplateOutput{
			JobTemplateArn: t.arn(), JobTemplateId: t.ID, Description: t.Description, DocumentSource: t.DocumentSource, Document: t.Document,
			CreatedAt: t.Created, PresignedUrlConfig: t.Presign.Shape(), JobExecutionsRolloutConfig: t.Rollout.Shape(), AbortConfig: t.AbortShape(),
			TimeoutConfig: t.TimeoutShape(), JobExecutionsRetryConfig: t.RetryShape(), MaintenanceWindows: t.Windows.Shape(),
		}
		return nil
	}))
}

// ListJobTemplates lists the templates by id. (aws: iot/API_ListJobTemplates)
func (s *Jobs) ListJobTemplates(ctx context.Context, in *iot.ListJobTemplatesInput) (*iot.ListJobTemplatesOutput, error) {
	out := &iot.ListJobTemplatesOutput{}
	return outcome("ListJobTemplates", out, s.view(ctx, func(c *change) (err error) {
		out.JobTemplates, out.NextToken, err = scanPage(c.tx, pages{"ListJobTemplates", in.NextToken, in.MaxResults}, &templates, at(caller.From(ctx).Scope), nil,
			func(t *template) iot.JobTemplateSummary {
				return iot.JobTemplateSummary{JobTemplateArn: t.arn(), JobTemplateId: t.ID, Description: t.Description, CreatedAt: t.Created}
			})
		return err
	}))
}

// DeleteJobTemplate deletes a template; jobs made from it stay. (aws: iot/API_DeleteJobTemplate)
func (s *Jobs) DeleteJobTemplate(ctx context.Context, in *iot.DeleteJobTemplateInput) (*iot.DeleteJobTemplateOutput, error) {
	return outcome("DeleteJobTemplate", &iot.DeleteJobTemplateOutput{}, s.update(ctx, func(c *change) error {
		t, err := c.findTemplate(caller.From(ctx).Scope, in.JobTemplateId)
		if err != nil {
			return err
		}
		if err := c.needs.Registry.DropTags(c.tx, t.Scope, templateKind+"/"+t.ID); err != nil {
			return err
		}
		return templates.Delete(c.tx, templates.Key(t))
	}))
}

// recipe is what a template gives to a job.
type recipe struct {
	plan.Settings
	document, original, source string
	windows                    plan.Windows
}

// recipeOf finds the template of an ARN, one of the account's own or a managed one, and fills its parameters in.
func (c *change) recipeOf(s caller.Scope, text string, parameters map[string]string) (*recipe, error) {
	a, err := arn.Parse(text)
	kind, name := a.SplitResource()
	if err != nil || kind != templateKind || a.Service != "iot" || a.Region != s.Region {
		return nil, invalid("The jobTemplateArn %q is not the ARN of a job template in region %s.", text, s.Region)
	}
	if a.Account == "" {
		m, err := findManaged(s, name)
		if err != nil {
			return nil, err
		}
		filled, err := m.Fill(parameters)
		if err != nil {
			return nil, err
		}
		return &recipe{document: filled, original: m.Document()}, nil
	}
	if a.Account != s.Account {
		return nil, missing(s, "job template", text)
	}
	t, err := c.findTemplate(s, name)
	if err != nil {
		return nil, err
	}
	if len(parameters) > 0 {
		return nil, invalid("The documentParameters are not allowed: only templates managed by AWS have parameters.")
	}
	return &recipe{Settings: t.Settings, document: t.Document, source: t.DocumentSource, windows: t.Windows}, nil
}
