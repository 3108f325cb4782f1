package jobs

import (
	"time"

	"telltale/base/caller"
	"telltale/base/lane"
)

const (
	protocolMQTT = "MQTT"
	protocolHTTP = "HTTP"
)

// request is one thing that a device asks, and what came of it.
type request struct {
	address
	ask
	scope  caller.Scope
	origin caller.Origin
	topic  string        // of the request, or what it would have been
	done   chan struct{} // closed when served; nil: the answer goes to a topic

	// What came of it. A refused request has no more than err, at and perhaps the execution.
	err       error
	at        time.Time
	pending   []*execution
	execution *execution // nil: none is pending
	of        *job       // of the execution
	document  string     // of the job, if it is to be told
}

// protocol is how the request came.
func (r *request) protocol() string {
	if r.origin.Protocol == "" {
		return protocolMQTT
	}
	return r.origin.Protocol
}

// read reads the payload of a request.
func (r *request) read(payload []byte) {
	if r.origin.Trace.IsZero() {
		r.origin.Trace = caller.NewTrace()
	}
	if r.err = r.address.check(); r.err != nil {
		r.readToken(payload)
		return
	}
	r.ask, r.err = parseAsk(r.verb, payload)
}

// Talk is what the request is part of. One that came from no connection has no client. It implements lane.Request.
func (r *request) Talk() lane.Talk {
	t := lane.Talk{Scope: r.scope, Thing: r.thing}
	if r.done == nil {
		t.Client = r.origin.ClientID
	}
	return t
}

// Fail ends the request with an error, unless it has one. It implements lane.Request.
func (r *request) Fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// fact is what is recorded of the request, nil if it was none.
func (r *request) fact() *Access {
	if r.verb == nil {
		return nil
	}
	e := &Access{verb: r.verb, Protocol: r.protocol(), Job: r.job, Topic: r.topic, Token: r.token, Status: string(r.status)}
	if r.execution != nil {
		e.Version, e.Known = r.execution.Version, true
	}
	if r.err != nil {
		e.Failure = refusalOf(r.err).failure()
	}
	return e
}
