package eventlog

import (
	"context"
	"sync"
	"time"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/base/event"
	"telltale/store/logseg"
)

// gather is how long a delivery waits for company: entries recorded within it share one write. It is the longest an entry is
// invisible, and what a crash can lose.
const gather = 2 * time.Millisecond

// Run delivers entries until ctx ends, and then what still waits, and ends what is temporary. A delivery that has begun is finished
// whatever happens to ctx.
func (l *Log) Run(ctx context.Context) error {
	var watching sync.WaitGroup
	watching.Go(func() { l.watchTemporary(ctx) })
	defer watching.Wait()
	whole := context.WithoutCancel(ctx)
	for {
		select {
		case <-ctx.Done():
			l.deliver(whole)
			return nil
		case <-l.wake:
		}
		time.Sleep(gather)
		l.deliver(whole)
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
	merge(full, func(p pending, vals []logseg.Value) {
		l.entries[p.dest] = append(l.entries[p.dest], logseg.Entry{TS: p.at / 1e6, Tmpl: p.tmpl, Vals: vals})
	})
	for dest, entries := range l.entries {
		if len(entries) == 0 || cap(entries) > keepVals {
			delete(l.entries, dest) // a destination that fell silent, or a burst that is over, gives its memory back
		} else {
			l.entries[dest] = entries[:0]
		}
		if len(entries) > 0 {
			l.write(ctx, dest, entries)
		}
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
	if v := l.allowed(ctx, d); v.err != nil {
		l.needs.Diary.Warn("log entries dropped: the logging role does not allow writing them", "account", d.scope.Account,
			"group", d.group, "role", d.role, "entries", len(entries), "error", v.err)
		l.count(d.scope, v.metric, d.group, 1)
		return
	}
	if err := l.prepare(ctx, d); err != nil {
		l.needs.Diary.Warn("log entries dropped: the log group cannot be made", "account", d.scope.Account, "group", d.group,
			"role", d.role, "entries", len(entries), "error", err)
		return
	}
	if err := l.needs.Writer.Write(ctx, d.scope, d.group, l.stream(d.scope), entries); err != nil {
		l.needs.Diary.Error("log entries dropped: the log store refused them", "account", d.scope.Account, "group", d.group,
			"entries", len(entries), "error", err)
		l.count(d.scope, metricPutFailed, d.group, 1)
	}
}

// prepare makes the destination's group if it is missing and the role allows it. A role that denies setting the retention gets a
// group that keeps everything: people deny it to keep their own.
func (l *Log) prepare(ctx context.Context, d *destination) error {
	return l.needs.Writer.Prepare(ctx, d.scope, d.group, func(action string) error {
		err := l.needs.Roles.RoleAllows(ctx, d.role, "iot.amazonaws.com", action, arn.LogGroup(d.scope, d.group)+":*")
		if err != nil {
			l.count(d.scope, groupActions[action], d.group, 1)
		}
		return err
	})
}

// groupActions are what making a group takes, and the metric that counts that the role does not allow it.
var groupActions = map[string]string{
	"logs:CreateLogGroup":     "CloudwatchLogs:LogGroupCreationFailed",
	"logs:PutRetentionPolicy": "CloudwatchLogs:PutRetentionPolicyFailed",
}

// stream is the log stream of a scope's entries: <node>_<account>_<shard>. There is one shard so far.
func (l *Log) stream(s caller.Scope) string { return l.cfg.Node + "_" + s.Account + "_0" }

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

// metricPutFailed counts deliveries that failed, by log group.
const metricPutFailed = "CloudwatchLogs:PutLogEventsFailed"

// roleActions are what the logging role must allow, and the metric that counts deliveries for which it does not.
// (aws: iot/metrics_dimensions)
var roleActions = []struct{ action, metric string }{
	{"logs:PutLogEvents", metricPutFailed},
	{"logs:CreateLogStream", "CloudwatchLogs:LogStreamCreationFailed"},
}

// verdicts remembers for a second whether a role may write to a group, so that a delivery does not evaluate policies each time.
type verdicts struct {
	mu     sync.Mutex
	latest map[destination]verdict
}

type verdict struct {
	err    error  // nil: it may
	metric string // counts that it may not
	until  time.Time
}

// allowed tells whether the logging role of a destination may write there.
func (l *Log) allowed(ctx context.Context, d *destination) verdict {
	l.verdicts.mu.Lock()
	defer l.verdicts.mu.Unlock()
	now := time.Now()
	if v, ok := l.verdicts.latest[*d]; ok && now.Before(v.until) {
		return v
	}
	if len(l.verdicts.latest) > 1000 || l.verdicts.latest == nil {
		l.verdicts.latest = make(map[destination]verdict)
	}
	v := verdict{until: now.Add(time.Second)}
	for _, need := range roleActions {
		if v.err = l.needs.Roles.RoleAllows(ctx, d.role, "iot.amazonaws.com", need.action, arn.LogStream(d.scope, d.group, l.stream(d.scope))); v.err != nil {
			v.metric = need.metric
			break
		}
	}
	l.verdicts.latest[*d] = v
	return v
}
