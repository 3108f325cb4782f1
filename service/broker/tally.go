package broker

import (
	"telltale/base/caller"
	"telltale/base/event"
)

// tally is the fact of the ordinary successes of one batch of packets, which count together: counting each of them took a fifth of the time
// of a message. Each has an entry of its own.
// Metrics: PublishIn.Success, PublishOut.Success.
type tally struct {
	event.Failure
	origin  caller.Origin // its scope
	in, out uint32
}

func (*tally) Kind() *event.Kind    { return kindTally }
func (*tally) Fields(*event.Writer) {}
func (t *tally) Count(c *event.Counter) {
	if t.in > 0 {
		c.AddTimes(kindPublishIn.MetricName(event.Success), 1, t.in, dimMQTT)
	}
	if t.out > 0 {
		c.AddTimes(kindPublishOut.MetricName(event.Success), 1, t.out, dimMQTT)
	}
}

// tallyFor is the router's tally of a scope.
func (r *router) tallyFor(s caller.Scope) *tally {
	if r.tally.origin.Scope != s {
		r.tell()
		r.tally.origin.Scope = s
	}
	return &r.tally
}

// tell has what was tallied counted.
func (r *router) tell() {
	t := &r.tally
	if t.in == 0 && t.out == 0 {
		return
	}
	r.b.needs.Facts.Record(&t.origin, t)
	t.in, t.out = 0, 0
}
