package event

import "telltale/base/caller"

// Fact is one ending of one operation, told by the service that knows it: a small struct in the service's events.go.
//
// A fact may be reused by its service as soon as Record returned, so nobody keeps a pointer to it.
type Fact interface {
	Kind() *Kind
	Result() Outcome
	// Fields writes the entry's own fields, in documented order, after the six common ones.
	Fields(w *Writer)
}

// Counted is a fact that counts in the AWS/IoT metrics.
type Counted interface {
	Fact
	// Count adds the metrics this fact stands for.
	Count(c *Counter)
}

// Sink makes something of facts. It must not keep f or o after Record returned, and must not block for long: it is called by the
// goroutine that serves the client.
type Sink interface {
	Record(o *caller.Origin, f Fact)
}

// Recorder hands each fact to every sink. Its zero value has no sinks and drops everything, which suits tests.
type Recorder struct{ sinks []Sink }

// NewRecorder returns a recorder for the sinks, called in that order.
func NewRecorder(sinks ...Sink) *Recorder { return &Recorder{sinks: sinks} }

// Record tells a fact that happened on behalf of o.
func (r *Recorder) Record(o *caller.Origin, f Fact) {
	for _, s := range r.sinks {
		s.Record(o, f)
	}
}
