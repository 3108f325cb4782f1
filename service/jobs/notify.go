package jobs

import (
	"context"
	"slices"
	"time"

	"telltale/base/caller"
	"telltale/base/message"
	"telltale/store/state"
)

// Things are told in batches that share transactions.
const (
	tellBatch  = 256
	listed     = 10 // executions in a list notification (aws: iot/job-limits)
	maxPoints  = 16 // executions whose histories tell of one notification
	maxReached = 8  // receivers that a history names
)

// mark notes that a thing must be told: of its list of pending executions if that has changed, and of its first one if it is another
// one by then.
func (c *change) mark(e *execution, list bool) error {
	n, err := c.notice(e.Scope, e.Thing)
	if err != nil {
		return err
	}
	this := point{e.Job, e.Number}
	if !list && n.Due == 0 && n.First == this {
		return nil // the thing knows already that it is the first
	}
	if n.Due, err = c.sequence(); err != nil {
		return err
	}
	n.List = n.List || list
	if list && len(n.Causes) < maxPoints && !slices.Contains(n.Causes, this) {
		n.Causes = append(n.Causes, this)
	}
	c.things[thingKey{e.Scope, e.Thing}] = n
	return nil
}

// notice returns what a thing was told. It is written at the end of the change if mark changed it.
func (c *change) notice(s caller.Scope, thing string) (*notice, error) {
	if n := c.things[thingKey{s, thing}]; n != nil {
		return n, nil
	}
	n, err := found(notices.Get(c.tx, at(s, thing)))
	if err != nil || n != nil {
		return n, err
	}
	return &notice{Scope: s, Thing: thing}, nil
}

// telling is a notice that is due, and what is sent for it.
type telling struct {
	*notice
	at       time.Time
	pending  []*execution
	of       *job   // of the first pending execution
	document string // for it, if the thing must be told of it
	list     *sent  // nil: not sent
	next     *sent
}

// sent is a message and the clients that got it.
type sent struct {
	topic   string
	trace   caller.Trace
	reached []string
	more    int64
}

// tell sends the notifications that are due until ctx ends. After a crash it sends those that it may not have sent.
func (s *Jobs) tell(ctx context.Context) {
	for {
		n, err := s.tellDue(ctx)
		if err != nil && ctx.Err() == nil {
			s.needs.Diary.Error("notifications about jobs could not be sent; it is tried again", "error", err)
			if !rest(ctx, retryPause) {
				return
			}
			continue
		}
		if n > 0 && ctx.Err() == nil {
			continue
		}
		select {
		case <-s.told:
		case <-ctx.Done():
			return
		}
	}
}

// retryPause is how long a failed database is left alone.
const retryPause = time.Second

// tellDue sends the notifications of the oldest notices that are due and returns how many there were.
func (s *Jobs) tellDue(ctx context.Context) (int, error) {
	var batch []*telling
	err := s.view(ctx, func(c *change) (err error) {
		batch, err = c.due()
		return err
	})
	if err != nil || len(batch) == 0 {
		return 0, err
	}
	for _, t := range batch {
		s.send(ctx, t)
	}
	return len(batch), s.update(context.WithoutCancel(ctx), func(c *change) error {
		for _, t := range batch {
			if err := c.toldThing(t); err != nil {
				return err
			}
		}
		return nil
	})
}

// due collects what must be told.
func (c *change) due() (batch []*telling, err error) {
	for n, err := range notices.ScanIndex(c.tx, "due", state.Key{}, state.Cursor{}, tellBatch) {
		if err != nil {
			return nil, err
		}
		t := &telling{notice: n, at: c.now}
		if t.pending, err = c.pending(n.Scope, n.Thing, listed); err != nil {
			return nil, err
		}
		if first := t.first(); first != n.First && first != (point{}) {
			if t.of, err = c.job(n.Scope, first.Job); err == nil {
				t.document, err = c.document(n.Scope, first.Job)
			}
			if err != nil {
				return nil, err
			}
		}
		batch = append(batch, t)
	}
	return batch, nil
}

// first is the first pending execution.
func (t *telling) first() point {
	if len(t.pending) == 0 {
		return point{}
	}
	return point{t.pending[0].Job, t.pending[0].Number}
}

// The bodies of notifications. (aws: iot/jobs-comm-notifications)
type (
	listNotification struct {
		Timestamp int64                `json:"timestamp"`
		Jobs      map[status][]summary `json:"jobs"`
	}
	nextNotification struct {
		Timestamp int64     `json:"timestamp"`
		Execution *upcoming `json:"execution,omitempty"`
	}
	// upcoming is an execution without what its thing knows or has said itself.
	upcoming = description
)

// send sends what a notice asks for.
func (s *Jobs) send(ctx context.Context, t *telling) {
	if t.List {
		body := listNotification{t.at.Unix(), map[status][]summary{}}
		for _, e := range t.pending {
			body.Jobs[e.Status] = append(body.Jobs[e.Status], e.summary())
		}
		t.list = s.notify(ctx, t, "notify", compact(body))
	}
	if t.first() == t.First {
		return
	}
	body := nextNotification{Timestamp: t.at.Unix()}
	if len(t.pending) > 0 {
		document, err := t.document, error(nil)
		if t.of != nil && document != "" {
			document, err = s.resolve(ctx, t.of, document)
		}
		if err != nil {
			s.needs.Diary.Error("a job document could not be completed; the thing is told of the execution without it", "job", t.of.ID, "thing", t.Thing, "error", err)
			document = ""
		}
		body.Execution = t.pending[0].describe(document, t.at)
		body.Execution.Thing, body.Execution.Details, body.Execution.Remaining = "", nil, nil
	}
	t.next = s.notify(ctx, t, "notify-next", compact(body))
}

// notify publishes a notification and notes whom it reached.
func (s *Jobs) notify(ctx context.Context, t *telling, name string, payload []byte) *sent {
	note := &sent{topic: thingTopic(t.Thing) + name, trace: caller.NewTrace()}
	m := &message.Message{Origin: caller.Origin{Scope: t.Scope, Trace: note.trace}, Topic: note.topic, Payload: payload, QoS: 1, Reached: func(client string) {
		if len(note.reached) < maxReached {
			note.reached = append(note.reached, client)
		} else {
			note.more++
		}
	}}
	if err := s.needs.Publisher.Publish(ctx, m); err != nil {
		s.needs.Diary.Error("a notification about a job was not published", "topic", note.topic, "trace", note.trace, "error", err)
	}
	return note
}

// toldThing notes that a thing was told, and writes it into the histories of the executions that the messages were about.
func (c *change) toldThing(t *telling) error {
	n, err := found(notices.Get(c.tx, at(t.Scope, t.Thing)))
	if err != nil || n == nil {
		return err
	}
	n.First = t.first()
	if n.Due == t.Due {
		n.Due, n.List, n.Causes = 0, false, nil
	}
	if n.Due == 0 && n.First == (point{}) {
		err = notices.Delete(c.tx, notices.Key(n))
	} else {
		err = notices.Put(c.tx, n)
	}
	if err != nil {
		return err
	}
	if t.list != nil {
		for _, p := range t.Causes {
			if err := c.sayTold(t, p, t.list, "the list of pending executions changed"); err != nil {
				return err
			}
		}
	}
	if t.next != nil && n.First != (point{}) {
		return c.sayTold(t, n.First, t.next, "it became the next execution to do")
	}
	return nil
}

// sayTold writes a message into the history of an execution, unless that is gone.
func (c *change) sayTold(t *telling, p point, m *sent, why string) error {
	there, err := executions.Has(c.tx, at(t.Scope, p.Job, t.Thing, -p.Number))
	if err != nil || !there {
		return err
	}
	h := happening{What: happenedMessage, Why: why, Topic: m.topic, Reached: m.reached, More: m.more, Trace: m.trace.String()}
	return c.say(&execution{Scope: t.Scope, Job: p.Job, Thing: t.Thing, Number: p.Number}, h)
}

// rest waits, and reports false if ctx ended.
func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
