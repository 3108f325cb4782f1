package jobs

import (
	"context"
	"slices"

	"telltale/service/registry"
	"telltale/store/state"
)

// follow lets continuous jobs follow who joins and leaves their target groups until ctx ends, and all jobs forget things that are
// deleted. Each change is acknowledged in the transaction that follows it, so that nothing is done twice.
func (s *Jobs) follow(ctx context.Context) {
	err := s.needs.Registry.WatchMembers(ctx, func(ctx context.Context, m *registry.Membership, ack func(*state.Tx) error) error {
		return s.update(ctx, func(c *change) error {
			follow := c.moved
			if m.Deleted {
				follow = c.dropThing
			}
			if err := follow(m); err != nil {
				return err
			}
			return ack(c.tx)
		})
	})
	if err != nil {
		s.needs.Diary.Error("jobs do not follow thing groups any more", "error", err)
	}
}

// moved tells the continuous jobs of a group and its ancestors that a thing joined or left it.
func (c *change) moved(m *registry.Membership) error {
	lines, err := c.needs.Registry.Lines(c.tx, m.Scope, m.Thing)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, group := range m.Groups {
		for row, err := range jobs.ScanIndex(c.tx, "follows", at(m.Scope, group), state.Cursor{}, 0) {
			if err != nil {
				return err
			}
			if seen[row.ID] {
				continue
			}
			seen[row.ID] = true
			if err := c.movedFor(row, m, lines, group); err != nil {
				return err
			}
		}
	}
	return nil
}

// movedFor tells one job, if that makes a difference to it. What the thing did meanwhile is told after this: if it left and is back in
// the same group, it has left all the same.
func (c *change) movedFor(row *job, m *registry.Membership, lines [][]string, target string) error {
	j, err := c.job(row.Scope, row.ID)
	if err != nil {
		return err
	}
	if m.Joined {
		if j.isTarget(m.Thing, lines) {
			return c.join(j, m.Thing, m.Groups[0], target)
		}
		return nil
	}
	others := slices.DeleteFunc(slices.Clone(lines), func(line []string) bool { return line[0] == m.Groups[0] })
	if j.isTarget(m.Thing, others) {
		return nil
	}
	return c.leave(j, m.Thing, m.Groups[0])
}

// isTarget reports whether a thing that is in some groups is a target of the job.
func (j *job) isTarget(thing string, lines [][]string) bool {
	for _, target := range j.Targets {
		if targetName(target, "thing") == thing {
			return true
		}
		group := targetName(target, "thinggroup")
		for _, line := range lines {
			if slices.Contains(line, group) {
				return true
			}
		}
	}
	return false
}

// join lets a job reach a thing that has become a target: at once, or when the job rolls out again. A thing that was a target when the
// job was made waits for its turn, even if its joining is told only now.
func (c *change) join(j *job, thing, joined, target string) error {
	if found, err := waitings.Has(c.tx, at(j.Scope, j.ID, thing)); err != nil || found || j.Scheduling.Ended(c.now) {
		return err
	}
	switch {
	case !c.open(j) || !j.Progress.Parked.IsZero():
		if err := c.wait(j, thing, groupARN(j.Scope, target)); err != nil {
			return err
		}
		j.Progress.Done = false
		return c.putJob(j)
	case j.Progress.Target < len(j.Targets): // the walk may have passed the place of the thing, or may find it yet
		return c.meet(j, thing, groupARN(j.Scope, target))
	}
	_, err := c.reach(j, thing, "continuous job: the thing joined the thing group "+joined)
	return err
}

// leave ends what a thing has to do for a job whose target it is no more, and remembers that it left.
func (c *change) leave(j *job, thing, left string) error {
	if err := waitings.Delete(c.tx, at(j.Scope, j.ID, thing)); err != nil && !isAbsent(err) {
		return err
	}
	e, err := c.latest(j.Scope, j.ID, thing)
	switch {
	case err != nil || e == nil:
		return err
	case !e.Status.terminal():
		return c.move(j, e, removed, cause{by: byDeparture, why: "the thing left the thing group " + left})
	}
	e.Left, e.RetryWaits = true, false
	return executions.Put(c.tx, e)
}

// dropThing ends all that a deleted thing has to do, unless there is one of its name again.
func (c *change) dropThing(m *registry.Membership) error {
	s, thing := m.Scope, m.Thing
	if again, err := c.needs.Registry.HasThing(c.tx, s, thing); err != nil || again {
		return err
	}
	for w, err := range waitings.ScanIndex(c.tx, "thing", at(s, thing), state.Cursor{}, 0) {
		if err != nil {
			return err
		}
		if err := waitings.Delete(c.tx, waitings.Key(w)); err != nil {
			return err
		}
	}
	for e, err := range executions.ScanIndex(c.tx, "thing", at(s, thing), state.Cursor{}, 0) {
		if err != nil {
			return err
		}
		if err := c.dropExecution(e); err != nil {
			return err
		}
	}
	return nil
}

// dropExecution removes an execution of a deleted thing from what is to be done.
func (c *change) dropExecution(e *execution) error {
	j, err := c.job(e.Scope, e.Job)
	if err != nil || j == nil {
		return err
	}
	if !e.Status.terminal() {
		return c.move(j, e, removed, cause{by: byDeparture, why: "the thing was deleted"})
	}
	if !e.RetryWaits {
		return nil
	}
	if err := c.dropRetry(e); err != nil {
		return err
	}
	return c.complete(j)
}
