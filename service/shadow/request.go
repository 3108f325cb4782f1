package shadow

import (
	"errors"
	"time"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/base/lane"
	"telltale/lang/shadowdoc"
)

const (
	protocolMQTT = "MQTT"
	protocolHTTP = "HTTP"
)

// request is one thing to do to one shadow, and what came of it.
type request struct {
	verb   *verb
	shadow key
	origin caller.Origin
	topic  string // of the request, or what it would have been
	update shadowdoc.Update
	token  string        // client token as JSON
	done   chan struct{} // closed when served; nil: the answers go to topics

	// What came of it. A refused request has no more than err and at.
	err    error
	at     time.Time
	before standing  // the shadow before an update or deletion
	after  *revision // the shadow as it is now; of a deletion, its trace
}

// protocol is how the request came.
func (r *request) protocol() string {
	if r.origin.Protocol == "" {
		return protocolMQTT
	}
	return r.origin.Protocol
}

// stamp is what the answer ends with.
func (r *request) stamp() shadowdoc.Stamp {
	if r.at.IsZero() {
		r.at = time.Now() // it was never served
	}
	s := shadowdoc.Stamp{Time: r.at.Unix(), Token: r.token}
	if r.after != nil {
		s.Version = r.after.Version
	}
	return s
}

// answer is the body of the answer.
func (r *request) answer() []byte {
	dst := make([]byte, 0, 512)
	switch {
	case r.err != nil:
		return refusalOf(r.err).AppendRejected(dst, r.stamp())
	case r.verb == update:
		return r.update.AppendAccepted(dst, r.stamp())
	case r.verb == remove:
		return shadowdoc.AppendDeleted(dst, r.stamp())
	}
	return r.after.Document.AppendDocument(dst, r.stamp())
}

// fact is what is recorded of the request.
func (r *request) fact() *Access {
	e := &Access{verb: r.verb, Protocol: r.protocol(), Shadow: r.shadow.title(), Topic: r.topic}
	if r.err != nil {
		e.Failure = failureOf(r.err)
	}
	return e
}

// Talk is what the request is part of. One that came from no connection has no client. It implements lane.Request.
func (r *request) Talk() lane.Talk {
	t := lane.Talk{Scope: r.shadow.scope, Thing: r.shadow.thing}
	if r.done == nil {
		t.Client = r.origin.ClientID
	}
	return t
}

// Fail ends the request with an error, unless it has one. It implements lane.Request.
func (r *request) Fail(err error) {
	if r.err == nil {
		r.err, r.after = err, nil
	}
}

// refusalOf is how an error is told to the one who asked. What is no refusal is our fault.
func refusalOf(err error) *shadowdoc.Refusal {
	if refusal, ok := errors.AsType[*shadowdoc.Refusal](err); ok {
		return refusal
	}
	refusal, _ := errors.AsType[*shadowdoc.Refusal](shadowdoc.Broken())
	return refusal
}

func failureOf(err error) event.Failure {
	refusal := refusalOf(err)
	p := phrases[refusal.Code]
	return event.Failure{Outcome: p.outcome, Reason: p.reason, Details: refusal.Message}
}
