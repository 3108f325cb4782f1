package shadow

import (
	"context"
	"time"

	"telltale/base/caller"
	"telltale/base/message"
	"telltale/lang/shadowdoc"
	"telltale/store/state"
)

// HandleMessage takes a request from an MQTT topic of a shadow. It never waits: the request is served by Run. It keeps nothing of m.
// It implements message.Handler for $aws/things/+/shadow/#.
func (s *Shadows) HandleMessage(_ context.Context, m *message.Message) {
	k, v, ok := parseTopic(m.Topic)
	if !ok {
		return
	}
	k.scope = m.Origin.Scope
	r := &request{verb: v, shadow: k, origin: m.Origin, topic: m.Topic}
	s.read(r, m.Payload)
	if err := s.lanes.Add(r); err != nil {
		r.Fail(err)
		s.needs.Facts.Record(&r.origin, r.fact())
	}
}

// read reads the payload of a request.
func (s *Shadows) read(r *request, payload []byte) {
	if r.origin.Trace.IsZero() {
		r.origin.Trace = caller.NewTrace()
	}
	if r.err = r.shadow.check(); r.err != nil {
		return
	}
	switch r.verb {
	case update:
		r.update, r.err = shadowdoc.ParseUpdate(payload, s.cfg.Limits)
		r.token = r.update.Token
	case get:
		r.token, r.err = shadowdoc.ParseToken(payload, s.cfg.Limits)
	case remove: // whatever else it says is ignored
		r.token, _ = shadowdoc.ParseToken(payload, s.cfg.Limits)
	}
}

// serve does requests in one transaction, in their order, and answers them when it is durable.
func (s *Shadows) serve(lane int, batch []*request) {
	ctx := context.Background() // what was taken is done, even when the program ends
	now := time.Now()
	transact := s.needs.State.View
	for _, r := range batch {
		r.at = now
		if r.verb != get && r.err == nil {
			transact = s.needs.State.Update
		}
	}
	err := transact(ctx, func(tx *state.Tx) error {
		for _, r := range batch {
			s.do(tx, &s.heads[lane], r)
		}
		return nil
	})
	if err != nil {
		s.heads[lane].forget()
		s.needs.Diary.Error("shadows could not be read or written", "requests", len(batch), "error", err)
	}
	s.lanes.Served(batch) // before the answers: who has one may ask again
	for _, r := range batch {
		if err != nil {
			r.Fail(err)
		}
		s.finish(ctx, r)
	}
}

// do does a request, or fails it.
func (s *Shadows) do(tx *state.Tx, h *heads, r *request) {
	if r.err != nil {
		return
	}
	newest, err := h.of(tx, r.shadow)
	if err != nil {
		r.Fail(err)
		return
	}
	r.before = standingOf(newest, r.at)
	switch r.verb {
	case get:
		err = r.get(newest)
	case update:
		err = s.update(tx, r)
	case remove:
		err = s.remove(tx, r)
	}
	switch {
	case err != nil:
		r.Fail(err)
	case r.after != newest:
		h.put(r.shadow, r.after)
	}
}

func (r *request) get(newest *revision) error {
	if !r.before.exists {
		return shadowdoc.NoShadow(r.shadow.title())
	}
	r.after = newest
	return nil
}

func (s *Shadows) update(tx *state.Tx, r *request) error {
	if err := r.update.Expect(r.before.version); err != nil {
		return err
	}
	doc, err := r.before.document.Apply(&r.update, r.at.Unix(), s.cfg.Limits)
	if err != nil {
		return err
	}
	return s.succeed(tx, r, r.before.version+1, doc, r.update.AppendState(nil))
}

func (s *Shadows) remove(tx *state.Tx, r *request) error {
	if !r.before.exists {
		return shadowdoc.NoShadow(r.shadow.title())
	}
	return s.succeed(tx, r, r.before.version, nil, nil)
}

// finish records what came of a request and tells those who want to know.
func (s *Shadows) finish(ctx context.Context, r *request) {
	s.needs.Facts.Record(&r.origin, r.fact())
	if r.done == nil {
		ending := "/accepted"
		if r.err != nil {
			ending = "/rejected"
		}
		s.publish(ctx, r, r.topic+ending, r.answer())
	}
	if r.verb == update && r.err == nil {
		if delta, differs := r.after.Document.AppendDelta(make([]byte, 0, 512), r.stamp()); differs {
			s.publish(ctx, r, r.topic+"/delta", delta)
		}
		documents := shadowdoc.AppendDocuments(make([]byte, 0, 1024), r.before.document, r.before.version, r.after.Document, r.stamp())
		s.publish(ctx, r, r.topic+"/documents", documents)
	}
	if r.done != nil {
		close(r.done)
	}
}

// publish sends a message under the trace of the request that caused it. It comes from no client.
func (s *Shadows) publish(ctx context.Context, r *request, topic string, payload []byte) {
	m := &message.Message{Origin: caller.Origin{Scope: r.shadow.scope, Trace: r.origin.Trace}, Topic: topic, Payload: payload, QoS: 1}
	if err := s.needs.Publisher.Publish(ctx, m); err != nil {
		s.needs.Diary.Error("a message about a shadow was not published", "topic", topic, "trace", r.origin.Trace, "error", err)
	}
}
