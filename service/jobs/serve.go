package jobs

import (
	"context"

	"telltale/base/caller"
	"telltale/base/message"
)

// HandleMessage takes a request from an MQTT topic of a thing's jobs. It never waits: the request is served by Run. It keeps nothing of
// m. It implements message.Handler for $aws/things/+/jobs/#.
func (s *Jobs) HandleMessage(_ context.Context, m *message.Message) {
	a, ok := parseTopic(m.Topic)
	if !ok {
		return
	}
	r := &request{address: a, scope: m.Origin.Scope, origin: m.Origin, topic: m.Topic}
	r.read(m.Payload)
	if err := s.lanes.Add(r); err != nil {
		r.Fail(err)
		s.recordRequest(r)
	}
}

// answer serves devices until ctx ends, and then the requests that still wait.
func (s *Jobs) answer(ctx context.Context) {
	s.lanes.Run(ctx, func(_ int, batch []*request) { s.serve(batch) })
}

// serve does requests in one transaction, in their order, and answers them when it is durable.
func (s *Jobs) serve(batch []*request) {
	ctx := context.Background() // what was taken is done, even when the program ends
	transact := s.view
	for _, r := range batch {
		r.at = now()
		if r.verb != nil && !r.verb.reads {
			transact = s.update
		}
	}
	answered := false
	err := transact(ctx, func(c *change) error {
		for _, r := range batch {
			if err := c.do(r); err != nil {
				return err
			}
		}
		c.then(func() { answered = true; s.finish(ctx, batch) })
		return nil
	})
	if err != nil {
		s.needs.Diary.Error("executions of jobs could not be read or written", "requests", len(batch), "error", err)
		for _, r := range batch {
			r.Fail(err)
		}
	}
	if !answered {
		s.finish(ctx, batch)
	}
}

// finish records what came of requests and answers them.
func (s *Jobs) finish(ctx context.Context, batch []*request) {
	s.lanes.Served(batch) // before the answers: who has one may ask again
	for _, r := range batch {
		s.resolveDocument(ctx, r)
		s.recordRequest(r)
		if r.done != nil {
			close(r.done)
			continue
		}
		ending := "/accepted"
		if r.err != nil {
			ending = "/rejected"
		}
		// The answer is for the one who asked, subscribed or not.
		m := &message.Message{Origin: caller.Origin{Scope: r.scope, Trace: r.origin.Trace}, Topic: r.topic + ending, Payload: r.answer(), QoS: 1, To: r.origin.ClientID}
		if err := s.needs.Publisher.Publish(ctx, m); err != nil {
			s.needs.Diary.Error("an answer about a job was not published", "topic", m.Topic, "trace", r.origin.Trace, "error", err)
		}
	}
}

// resolveDocument fills in what the document of an answer leaves to the moment.
func (s *Jobs) resolveDocument(ctx context.Context, r *request) {
	if r.err != nil || r.document == "" || r.of == nil {
		return
	}
	var err error
	if r.document, err = s.resolve(ctx, r.of, r.document); err != nil {
		s.needs.Diary.Error("a job document could not be completed", "job", r.of.ID, "error", err)
		r.Fail(err)
	}
}

func (s *Jobs) recordRequest(r *request) {
	if e := r.fact(); e != nil {
		s.needs.Facts.Record(&r.origin, e)
	}
}
