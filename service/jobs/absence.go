package jobs

import (
	"fmt"
	"strings"
	"time"

	"telltale/base/caller"
	"telltale/lang/shape/iot"
	"telltale/service/jobs/plan"
)

// absence refuses a question about an execution that a thing does not have, and tells why it has none: the first of the reasons that
// hold.
func (c *change) absence(s caller.Scope, id, thing string, number int64) error {
	j, err := c.job(s, id)
	if err != nil {
		return err
	}
	if j == nil {
		return refuse(resourceNotFound, "The job %s does not exist in account %s, region %s.", id, s.Account, s.Region)
	}
	if number > 0 {
		return refuse(resourceNotFound, "There is no execution %d of the job %s on the thing %s.", number, id, thing)
	}
	for _, reason := range []func(j *job, thing string) (string, error){c.noThing, c.noTarget, c.atEnd, c.notOpen, c.noSlot, c.noTurn, c.notFound} {
		text, err := reason(j, thing)
		if err != nil {
			return err
		}
		if text != "" {
			return refuse(resourceNotFound, "The thing %s has no execution of the job %s: %s.", thing, id, text)
		}
	}
	return refuse(resourceNotFound, "There is no execution of the job %s on the thing %s.", id, thing)
}

func (c *change) noThing(j *job, thing string) (string, error) {
	if has, err := c.needs.Registry.HasThing(c.tx, j.Scope, thing); err != nil || has {
		return "", err
	}
	return "the thing does not exist", nil
}

func (c *change) noTarget(j *job, thing string) (string, error) {
	lines, err := c.needs.Registry.Lines(c.tx, j.Scope, thing)
	if err != nil || j.isTarget(thing, lines) {
		return "", err
	}
	return "it is not, or is no more, one of the targets " + strings.Join(j.Targets, ", "), nil
}

func (c *change) atEnd(j *job, _ string) (string, error) {
	switch {
	case j.terminal() && j.Comment != "":
		return fmt.Sprintf("the job is %s (%s)", j.Status, j.Comment), nil
	case j.terminal():
		return "the job is " + j.Status, nil
	case j.Scheduling.Ended(c.now):
		return "the job's schedule ended at " + plan.Write(j.Scheduling.End), nil
	}
	return "", nil
}

func (c *change) notOpen(j *job, _ string) (string, error) {
	if j.Scheduling.Opened(c.now) {
		return "", nil
	}
	if c.now.Before(j.Scheduling.Start) {
		return "the job begins at " + plan.Write(j.Scheduling.Start), nil
	}
	next := "never again"
	if times := j.Scheduling.Windows.Openings(c.now, 1); len(times) > 0 {
		next = "at " + plan.Write(times[0])
	}
	return "no maintenance window of the job is open; the next opens " + next, nil
}

func (c *change) noSlot(j *job, _ string) (string, error) {
	if j.Progress.Parked.IsZero() {
		return "", nil
	}
	return fmt.Sprintf("the job waits since %s, because as many others roll out or cancel as may at the same time: %d", plan.Write(j.Progress.Parked), c.cfg.Concurrent), nil
}

func (c *change) noTurn(j *job, thing string) (string, error) {
	w, err := found(waitings.Get(c.tx, at(j.Scope, j.ID, thing)))
	if err != nil || w == nil {
		return "", err
	}
	t, err := c.tally(j.Scope, j.ID)
	if err != nil {
		return "", err
	}
	text := fmt.Sprintf("the job found it through %s, and it waits for its turn; things told until now: %d", targetWords(w.Target), j.Progress.Told)
	if rate := j.rate(t.tally); rate > 0 {
		text += fmt.Sprintf("; the next one is told at %s, at %.4g per minute", latest(j.Progress.Next, c.now).Format(time.RFC3339), rate)
	}
	return text, nil
}

func (c *change) notFound(j *job, _ string) (string, error) {
	switch {
	case j.Progress.Target < len(j.Targets):
		return "the job is still going through its targets", nil
	case j.Selection == iot.TargetSelectionSnapshot:
		return "it became a target after the job began, and the job is a SNAPSHOT of the things that were targets then; or its execution was deleted", nil
	}
	return "it joined a moment ago, or its execution was deleted", nil
}
