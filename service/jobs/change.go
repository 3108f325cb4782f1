package jobs

import (
	"context"
	"errors"
	"time"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/store/state"
)

// change is one transaction on jobs and executions. It remembers what it has read, collects what is written once at its end, and what
// happens when it is durable.
type change struct {
	*Jobs
	tx  *state.Tx
	now time.Time

	jobs      map[jobKey]*job
	documents map[jobKey]string
	tallies   map[jobKey]*tallying
	things    map[thingKey]*notice
	said      int64  // happenings of this change
	number    uint64 // of this change among all; 0: not asked for yet
	timed     bool   // a deadline is new
	after     []func()
}

// jobKey and thingKey name jobs and things among those of all accounts.
type (
	jobKey struct {
		caller.Scope
		id string
	}
	thingKey struct {
		caller.Scope
		thing string
	}
)

// tallying is a tally that changes, and how often executions came to each status.
type tallying struct {
	*tally
	came    map[status]int64
	changed bool
}

// update runs f in a transaction, and what it left to do afterwards when its changes are durable.
func (s *Jobs) update(ctx context.Context, f func(c *change) error) error {
	c := s.newChange()
	err := s.needs.State.Update(ctx, func(tx *state.Tx) error {
		c.tx = tx
		if err := f(c); err != nil {
			return err
		}
		return c.flush()
	})
	if err != nil {
		return err
	}
	for _, f := range c.after {
		f()
	}
	if len(c.things) > 0 {
		s.told.up()
	}
	if c.timed {
		s.timers.up()
	}
	return nil
}

// view runs f on one unchanging state of the database.
func (s *Jobs) view(ctx context.Context, f func(c *change) error) error {
	c := s.newChange()
	return s.needs.State.View(ctx, func(tx *state.Tx) error {
		c.tx = tx
		return f(c)
	})
}

func (s *Jobs) newChange() *change {
	return &change{Jobs: s, now: now(), jobs: map[jobKey]*job{}, documents: map[jobKey]string{}, tallies: map[jobKey]*tallying{}, things: map[thingKey]*notice{}}
}

// then lets f happen when the change is durable.
func (c *change) then(f func()) { c.after = append(c.after, f) }

// record records a fact when the change is durable.
func (c *change) record(o caller.Origin, f event.Fact) {
	c.then(func() { c.needs.Facts.Record(&o, f) })
}

// job returns a job, nil if there is none. Who changes it calls putJob.
func (c *change) job(s caller.Scope, id string) (*job, error) {
	k := jobKey{s, id}
	if j, ok := c.jobs[k]; ok {
		return j, nil
	}
	j, err := found(jobs.Get(c.tx, at(s, id)))
	if err == nil {
		c.jobs[k] = j
	}
	return j, err
}

// document returns the document of a job, without anything filled in that depends on the moment.
func (c *change) document(s caller.Scope, id string) (string, error) {
	k := jobKey{s, id}
	if d, ok := c.documents[k]; ok {
		return d, nil
	}
	t, err := found(texts.Get(c.tx, at(s, id)))
	if err != nil || t == nil {
		return "", err
	}
	c.documents[k] = t.Document
	return t.Document, nil
}

// putJob writes a job.
func (c *change) putJob(j *job) error {
	c.jobs[jobKey{j.Scope, j.ID}] = j
	return jobs.Put(c.tx, j)
}

// tally returns the counts of a job, which are written at the end of the change.
func (c *change) tally(s caller.Scope, id string) (*tallying, error) {
	k := jobKey{s, id}
	if t := c.tallies[k]; t != nil {
		return t, nil
	}
	t, err := found(tallies.Get(c.tx, at(s, id)))
	if err != nil {
		return nil, err
	}
	if t == nil {
		t = &tally{Scope: s, Job: id, All: map[status]int64{}, Things: map[status]int64{}, First: map[status]int64{}}
	}
	c.tallies[k] = &tallying{tally: t, came: map[status]int64{}}
	return c.tallies[k], nil
}

// sequence is a number that no earlier change has.
func (c *change) sequence() (uint64, error) {
	if c.number > 0 {
		return c.number, nil
	}
	var err error
	c.number, err = c.tx.NextID("jobs.changes")
	return c.number, err
}

// flush writes what the change has collected.
func (c *change) flush() error {
	for _, t := range c.tallies {
		if !t.changed {
			continue
		}
		if err := tallies.Put(c.tx, t.tally); err != nil {
			return err
		}
		c.record(caller.Origin{Scope: t.Scope, Trace: caller.NewTrace()}, newCounts(t))
	}
	for _, n := range c.things {
		if err := notices.Put(c.tx, n); err != nil {
			return err
		}
	}
	return nil
}

// found turns a missing row into nil.
func found[R any](r *R, err error) (*R, error) {
	if errors.Is(err, state.ErrNotFound) {
		return nil, nil
	}
	return r, err
}
