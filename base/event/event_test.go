package event

import (
	"testing"

	"telltale/base/caller"
)

var kindPublish = NewKind(Kind{Name: "Publish-In", Metric: "PublishIn", Component: "broker", Success: Info})

type publish struct {
	Failure
	Protocol, Topic string
}

func (*publish) Kind() *Kind { return kindPublish }
func (p *publish) Fields(w *Writer) {
	w.Str("protocol", p.Protocol)
	w.Str("topicName", p.Topic)
	w.Client()
	p.Failure.Fields(w)
}
func (p *publish) Count(c *Counter) {
	c.Add(kindPublish.MetricName(p.Outcome), 1, Dim{"Protocol", p.Protocol})
}

// tally is a sink that uses everything a fact offers.
type tally struct {
	w       Writer
	c       Counter
	n       int
	fields  []Field
	samples []Sample
}

func (s *tally) Record(o *caller.Origin, f Fact) {
	s.n++
	s.w.Reset(o)
	f.Fields(&s.w)
	s.fields = s.w.List()
	s.c.Reset()
	if counted, ok := f.(Counted); ok {
		counted.Count(&s.c)
	}
	s.samples = s.c.List()
}

func TestRecord(t *testing.T) {
	var sink tally
	rec := NewRecorder(&sink)
	origin := &caller.Origin{ClientID: "dev1", PrincipalID: "p", SourceIP: "127.0.0.1", SourcePort: 9}
	rec.Record(origin, &publish{Failure: Failure{Outcome: AuthError, Reason: "AUTHORIZATION_FAILURE", Details: "Authorization Failure"}, Protocol: "MQTT", Topic: "t"})
	var names string
	for _, f := range sink.fields {
		names += f.Name + " "
	}
	if want := "protocol topicName clientId principalId sourceIp sourcePort reason details "; names != want {
		t.Errorf("fields are %q, want %q", names, want)
	}
	if len(sink.samples) != 1 || sink.samples[0].Name != "PublishIn.AuthError" || sink.samples[0].Dims[0] != (Dim{"Protocol", "MQTT"}) {
		t.Errorf("samples are %+v", sink.samples)
	}
}

func TestRecordDoesNotAllocate(t *testing.T) {
	var sink tally
	rec := NewRecorder(&sink)
	origin, fact := &caller.Origin{ClientID: "dev1", SourceIP: "::1"}, &publish{Protocol: "MQTT", Topic: "t"}
	rec.Record(origin, fact)
	if n := testing.AllocsPerRun(100, func() { rec.Record(origin, fact) }); n != 0 {
		t.Errorf("recording a fact allocates %v times, want 0", n)
	}
}

func TestLevels(t *testing.T) {
	f := func(threshold, level Level, want bool) {
		t.Helper()
		if got := threshold.Admits(level); got != want {
			t.Errorf("%v admits %v: got %v, want %v", threshold, level, got, want)
		}
	}
	f(Disabled, Error, false)
	f(Error, Error, true)
	f(Error, Info, false)
	f(Info, Warn, true)
	f(Info, Debug, false)
	f(Debug, Debug, true)
	f(Debug, Disabled, false)
	for l := Disabled; l <= Debug; l++ {
		if back, ok := ParseLevel(l.String()); !ok || back != l {
			t.Errorf("ParseLevel(%v) = %v, %v", l, back, ok)
		}
	}
	if _, ok := ParseLevel("info"); ok {
		t.Error("levels are case-sensitive")
	}
}

func TestKindLevel(t *testing.T) {
	if kindPublish.Level(Success) != Info || kindPublish.Level(Throttle) != Error {
		t.Errorf("levels are %v and %v, want INFO and ERROR", kindPublish.Level(Success), kindPublish.Level(Throttle))
	}
}
