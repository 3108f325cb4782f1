package jobs

import (
	"cmp"
	"context"
	"slices"
	"time"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/service/jobs/plan"
)

// The limits of jobs. (aws: general/iot_device_management#job-limits)
const (
	activeMost  = 100_000 // jobs that are not at an end, in an account and region
	targetsMost = 100     // of one job
)

// CreateJob makes a job and begins to roll it out, unless it is scheduled for later: as far as one transaction should, the rest follows.
// (aws: iot/API_CreateJob)
func (s *Jobs) CreateJob(ctx context.Context, in *iot.CreateJobInput) (*iot.CreateJobOutput, error) {
	const op = "CreateJob"
	scope := caller.From(ctx).Scope
	r, err := s.readJob(ctx, in)
	if err != nil {
		return outcome[iot.CreateJobOutput](op, nil, err)
	}
	err = s.update(ctx, func(c *change) error {
		j, err := c.makeJob(scope, in, r)
		if err != nil {
			return err
		}
		return c.advance(j)
	})
	return outcome(op, &iot.CreateJobOutput{JobArn: arn.IoT(scope, "job", in.JobId), JobId: in.JobId, Description: in.Description}, err)
}

// readJob reads what can be read before the transaction: the document, unless it is a template's.
func (s *Jobs) readJob(ctx context.Context, in *iot.CreateJobInput) (*recipe, error) {
	if err := onlyOne("documentSource", in.DocumentSource, "document", in.Document, "jobTemplateArn", in.JobTemplateArn); err != nil {
		return nil, err
	}
	if err := noPackages(in.DestinationPackageVersions); err != nil {
		return nil, err
	}
	if len(in.DocumentParameters) > 0 && in.JobTemplateArn == "" {
		return nil, invalid("The documentParameters are not allowed: they belong to a template managed by AWS, which jobTemplateArn names.")
	}
	r := &recipe{document: in.Document, source: in.DocumentSource}
	if in.DocumentSource == "" {
		return r, nil
	}
	var err error
	r.document, err = s.fetchDocument(ctx, in.DocumentSource)
	return r, err
}

// makeJob writes a new job.
func (c *change) makeJob(s caller.Scope, in *iot.CreateJobInput, r *recipe) (*job, error) {
	if err := c.checkRoom(s, in.JobId); err != nil {
		return nil, err
	}
	if in.JobTemplateArn != "" {
		var err error
		if r, err = c.recipeOf(s, in.JobTemplateArn, in.DocumentParameters); err != nil {
			return nil, err
		}
	}
	j := &job{
		Scope: s, ID: in.JobId, Selection: cmp.Or(in.TargetSelection, iot.TargetSelectionSnapshot), Description: in.Description, Namespace: in.NamespaceId,
		Template: in.JobTemplateArn, DocumentSource: r.source, Parameters: in.DocumentParameters, Settings: r.Settings,
		Status: iot.JobStatusInProgress, Created: c.now, Updated: c.now,
	}
	if err := j.Apply(in.PresignedUrlConfig, in.JobExecutionsRolloutConfig, in.AbortConfig, in.TimeoutConfig, in.JobExecutionsRetryConfig); err != nil {
		return nil, err
	}
	var err error
	if j.Scheduling, err = plan.ReadSchedule(in.SchedulingConfig, j.Selection, c.now); err != nil {
		return nil, err
	}
	if j.Scheduling == nil && len(r.windows) > 0 && j.Selection == iot.TargetSelectionContinuous {
		j.Scheduling = &plan.Schedule{Windows: r.windows}
	}
	if err := c.checkDocument(r.document, j.Presign); err != nil {
		return nil, err
	}
	if j.Targets, err = c.readTargets(s, nil, in.Targets); err != nil {
		return nil, err
	}
	if err := c.needs.Registry.PutTags(c.tx, s, "job/"+j.ID, in.Tags); err != nil {
		return nil, err
	}
	if err := texts.Put(c.tx, &text{Scope: s, Job: j.ID, Document: r.document, Original: r.original}); err != nil {
		return nil, err
	}
	return j, c.putJob(j)
}

// checkRoom refuses a job whose id is taken, or that is one too many.
func (c *change) checkRoom(s caller.Scope, id string) error {
	old, err := c.job(s, id)
	if err != nil {
		return err
	}
	if old != nil {
		return fault.New("", fault.Exists, "The job %s already exists in account %s, region %s.", id, s.Account, s.Region).
			Named(iot.ResourceAlreadyExistsException).With("resourceId", id).With("resourceArn", old.arn())
	}
	active := 0
	for _, status := range []string{iot.JobStatusInProgress, iot.JobStatusScheduled} {
		n, err := jobs.CountIndex(c.tx, "status", at(s, status))
		if err != nil {
			return err
		}
		active += n
	}
	if active >= activeMost {
		return overLimit("There are %d active jobs in the account and region already, the most that are allowed.", active)
	}
	return nil
}

// readTargets adds targets to those a job has; all must exist.
func (c *change) readTargets(s caller.Scope, have, asked []string) ([]string, error) {
	if len(asked) == 0 {
		return nil, invalid("The job has no targets; give ARNs of things or thing groups.")
	}
	list := slices.Clone(have)
	for _, target := range asked {
		if slices.Contains(list, target) {
			continue
		}
		if err := c.checkTarget(s, target); err != nil {
			return nil, err
		}
		list = append(list, target)
	}
	if len(list) > targetsMost {
		return nil, overLimit("The job would have %d targets; allowed are %d.", len(list), targetsMost)
	}
	return list, nil
}

func (c *change) checkTarget(s caller.Scope, target string) (err error) {
	a, err := arn.Parse(target)
	kind, name := a.SplitResource()
	if err != nil || a.Service != "iot" || kind != "thing" && kind != "thinggroup" || name == "" {
		return invalid("The target %q is not the ARN of a thing or a thing group.", target)
	}
	if a.Region != s.Region || a.Account != s.Account {
		return missing(s, "target", target)
	}
	exists := false
	what := "thing"
	if kind == "thing" {
		exists, err = c.needs.Registry.HasThing(c.tx, s, name)
	} else {
		var id string
		id, err = c.needs.Registry.GroupID(c.tx, s, name)
		what, exists = "thing group", id != ""
	}
	if err == nil && !exists {
		err = missing(s, what, name)
	}
	return err
}

// ending is when the job reached its end; zero before.
func (j *job) ending() time.Time {
	if j.Progress.Clearing {
		return time.Time{}
	}
	return j.Completed
}

// knownJob returns a job that exists.
func (c *change) knownJob(s caller.Scope, id string) (*job, error) {
	j, err := c.job(s, id)
	if err == nil && j == nil {
		err = missing(s, "job", id)
	}
	return j, err
}

// jobIn returns a job that exists, and is in a namespace if one is named.
func (c *change) jobIn(s caller.Scope, id, namespace string) (*job, error) {
	j, err := c.knownJob(s, id)
	if err == nil && namespace != "" && j.Namespace != namespace {
		return nil, fault.New("", fault.NotFound, "The job %s does not exist in the namespace %s.", id, namespace).Named(iot.ResourceNotFoundException)
	}
	return j, err
}

// noPackages refuses what needs the software package catalogue.
func noPackages(arns []string) error {
	if len(arns) > 0 {
		return invalid("The destinationPackageVersions are not allowed: this server has no software package catalogue.")
	}
	return nil
}
