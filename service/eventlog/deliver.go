package eventlog

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/store/logseg"
)

// gather is how long a delivery waits for company: entries recorded within it share one write. It is the longest an entry is
// invisible, and what a crash can lose.
const gather = 2 * time.Millisecond

// Run delivers entries until ctx ends, and then what still waits.
func (l *Log) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			l.deliver(context.WithoutCancel(ctx))
			return nil
		case <-l.wake:
		}
		time.Sleep(gather)
		l.deliver(ctx)
	}
}

// Flush delivers what waits now.
func (l *Log) Flush(ctx context.Context) { l.deliver(ctx) }

// deliver empties all shards and writes their entries in order of time, one write for each log group.
func (l *Log) deliver(ctx context.Context) {
	l.delivering.Lock()
	defer l.delivering.Unlock()
	full := make([]*batch, 0, len(l.shards))
	for i := range l.shards {
		b, dropped := l.shards[i].take()
		if len(b.pending) > 0 {
			full = append(full, b)
		}
		for scope, n := range dropped {
			l.needs.Diary.Warn("log entries dropped: the log store could not keep up", "account", scope.Account, "entries", n)
			l.count(scope, "NumLogEventsFailedToPublishThrottled", "", n)
		}
	}
	byDest := make(map[*destination][]logseg.Entry, 1)
	merge(full, func(p pending, vals []logseg.Value) {
		byDest[p.dest] = append(byDest[p.dest], logseg.Entry{TS: p.at / 1e6, Tmpl: p.tmpl, Vals: vals})
	})
	for dest, entries := range byDest {
		l.write(ctx, dest, entries)
	}
	for _, b := range full {
		b.reset()
	}
}

// take swaps the shard's batches and returns the filled one, with the number of entries it had to drop since the last time.
func (s *shard) take() (*batch, map[caller.Scope]uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.batch, s.spare = s.spare, s.batch
	var dropped map[caller.Scope]uint64
	if len(s.dropped) > 0 {
		dropped, s.dropped = s.dropped, make(map[caller.Scope]uint64)
	}
	close(s.room)
	s.room = make(chan struct{})
	return &s.spare, dropped
}

// merge visits the entries of several batches in order of time. Each batch is in order already.
func merge(batches []*batch, visit func(pending, []logseg.Value)) {
	next := make([]int, len(batches)) // index of the next entry of each batch
	for {
		first := -1
		for i, b := range batches {
			if next[i] < len(b.pending) && (first < 0 || b.pending[next[i]].at < batches[first].pending[next[first]].at) {
				first = i
			}
		}
		if first < 0 {
			return
		}
		b, i := batches[first], next[first]
		start := 0
		if i > 0 {
			start = b.pending[i-1].vals
		}
		visit(b.pending[i], b.vals[start:b.pending[i].vals])
		next[first]++
	}
}

// write delivers entries to one log group with the account's logging role. A role that does not allow it loses the entries, as on
// AWS, and counts the metric AWS documents. (aws: iot/cwl-troubleshooting)
func (l *Log) write(ctx context.Context, d *destination, entries []logseg.Entry) {
	if err := l.roles.check(ctx, l.needs.Roles, d); err != nil {
		l.needs.Diary.Warn("log entries dropped: the logging role does not allow writing them", "account", d.scope.Account,
			"group", d.group, "role", d.role, "entries", len(entries), "error", err)
		l.count(d.scope, "CloudwatchLogs:PutLogEventsFailed", d.group, 1)
		return
	}
	if err := l.needs.Writer.Write(ctx, d.scope, d.group, l.cfg.Stream, entries); err != nil {
		l.needs.Diary.Error("log entries dropped: the log store refused them", "account", d.scope.Account, "group", d.group,
			"entries", len(entries), "error", err)
		l.count(d.scope, "CloudwatchLogs:PutLogEventsFailed", d.group, 1)
	}
}

// undelivered is the fact that entries were lost. It has no entry of its own, only a metric.
type undelivered struct {
	metric, group string
	n             uint64
}

var kindUndelivered = event.NewKind(event.Kind{Component: "logging"})

func (*undelivered) Kind() *event.Kind     { return kindUndelivered }
func (*undelivered) Result() event.Outcome { return event.ServerError }
func (*undelivered) Fields(*event.Writer)  {}
func (u *undelivered) Count(c *event.Counter) {
	if u.group == "" {
		c.Add(u.metric, float64(u.n))
		return
	}
	c.Add(u.metric, float64(u.n), event.Dim{Name: "LogGroup", Value: u.group})
}

func (l *Log) count(s caller.Scope, metric, group string, n uint64) {
	if l.needs.Metrics != nil {
		l.needs.Metrics.Record(&caller.Origin{Scope: s}, &undelivered{metric: metric, group: group, n: n})
	}
}

// roleCache remembers for a second whether a role may write to a group, so that a delivery does not evaluate policies each time.
type roleCache struct {
	mu      sync.Mutex
	verdict map[destination]verdict
}

type verdict struct {
	err   error
	until time.Time
}

func (c *roleCache) check(ctx context.Context, roles Roles, d *destination) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if v, ok := c.verdict[*d]; ok && now.Before(v.until) {
		return v.err
	}
	if len(c.verdict) > 1000 || c.verdict == nil {
		c.verdict = make(map[destination]verdict)
	}
	resource := fmt.Sprintf("arn:aws:logs:%s:%s:log-group:%s:log-stream:telltale", d.scope.Region, d.scope.Account, d.group)
	var err error
	for _, action := range strings.Fields("logs:CreateLogStream logs:PutLogEvents") {
		if err = roles.RoleAllows(ctx, d.role, "iot.amazonaws.com", action, resource); err != nil {
			break
		}
	}
	c.verdict[*d] = verdict{err: err, until: now.Add(time.Second)}
	return err
}
