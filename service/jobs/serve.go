package jobs

import (
	"context"
	"hash/maphash"

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
	if err := s.laneOf(r).add(r); err != nil {
		r.fail(err)
		s.recordRequest(r)
	}
}

// laneOf is the lane of a thing.
func (s *Jobs) laneOf(r *request) *lane {
	return s.lanes[maphash.Comparable(s.seed, thingKey{r.scope, r.thing})%uint64(len(s.lanes))]
}

// serveLane serves what waits in a lane until ctx ends, and then what still waits.
func (s *Jobs) serveLane(ctx context.Context, l *lane) {
	var batch []*request
	for {
		if batch = l.take(batch); len(batch) > 0 {
			s.serve(l, batch)
			continue
		}
		select {
		case <-l.wake:
		case <-ctx.Done():
			if l.close() {
				return
			}
		}
	}
}

// serve does requests in one transaction, in their order, and answers them when it is durable.
func (s *Jobs) serve(l *lane, batch []*request) {
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
		c.then(func() { answered = true; s.finish(ctx, l, batch) })
		return nil
	})
	if err != nil {
		s.needs.Diary.Error("executions of jobs could not be read or written", "requests", len(batch), "error", err)
		for _, r := range batch {
			r.fail(err)
		}
	}
	if !answered {
		s.finish(ctx, l, batch)
	}
}

// finish records what came of requests and answers them.
func (s *Jobs) finish(ctx context.Context, l *lane, batch []*request) {
	l.served(batch) // before the answers: who has one may ask again
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
		r.fail(err)
	}
}

func (s *Jobs) recordRequest(r *request) {
	if e := r.fact(); e != nil {
		s.needs.Facts.Record(&r.origin, e)
	}
}
