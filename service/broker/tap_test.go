package broker

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/base/message"
	"telltale/lang/mqtt"
)

// ear is a tap that listens to the topics that start with a prefix, which may change.
type ear struct {
	generation atomic.Uint64
	prefix     atomic.Value // string
	heard      []string
}

func (e *ear) Generation() uint64 { return e.generation.Load() }

func (e *ear) Listen(s caller.Scope, topic string) message.Handler {
	if s != home || !strings.HasPrefix(topic, e.prefix.Load().(string)) {
		return nil
	}
	return e
}

func (e *ear) HandleMessage(_ context.Context, m *message.Message) {
	e.heard = append(e.heard, m.Topic+" "+string(m.Payload)+" from "+m.Origin.ClientID)
}

func (e *ear) listen(prefix string) { e.prefix.Store(prefix); e.generation.Add(1) }

func (e *ear) want(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(e.heard, want) {
		t.Errorf("heard %q, want %q", e.heard, want)
	}
	e.heard = nil
}

// A tap hears what clients and services publish on the topics it listens to at the moment, also where the route is known already.
func TestTap(t *testing.T) {
	bubble(t, func(f *fixture) {
		e := &ear{}
		e.listen("a/")
		f.Tap(e)
		c := f.connect(mqtt.V311, "c")
		c.send(publish("a/1", "x", 1, 1), publish("b/1", "y", 1, 2))
		c.want(&mqtt.Puback{ID: 1}, &mqtt.Puback{ID: 2})
		e.want(t, "a/1 x from c")
		e.listen("b/")
		c.send(publish("a/1", "x", 1, 3), publish("b/1", "y", 1, 4))
		c.want(&mqtt.Puback{ID: 3}, &mqtt.Puback{ID: 4})
		e.want(t, "b/1 y from c")
		f.send(t, &message.Message{Origin: caller.Origin{Scope: home}, Topic: "b/2", Payload: []byte("z")})
		e.want(t, "b/2 z from ")
	})
}

func (f *fixture) send(t *testing.T, m *message.Message) {
	t.Helper()
	if err := f.Publish(context.Background(), m); err != nil {
		t.Fatal(err)
	}
}

// A message to one client reaches it alone, subscribed or not, and no tap hears it.
func TestOneReceiver(t *testing.T) {
	bubble(t, func(f *fixture) {
		e := &ear{}
		e.listen("$aws/things/")
		f.Tap(e)
		f.Handle("$aws/things/+/jobs/#", echo{f.Broker})
		asker, other := f.connect(mqtt.V5, "asker"), f.connect(mqtt.V5, "other")
		const topic = "$aws/things/t/jobs/get/accepted"
		other.subscribe(topic, 1)
		asker.take()
		f.facts.take()
		var reached []string
		m := &message.Message{Origin: caller.Origin{Scope: home}, Topic: topic, Payload: []byte("{}"), QoS: 1, To: "asker", Reached: func(id string) { reached = append(reached, id) }}
		f.send(t, m)
		asker.want(publish(topic, "{}", 1, 1))
		other.want()
		e.want(t)
		f.facts.want(t, "Publish-Out Success topicName="+topic+" clientId=asker")
		m.To = "gone"
		f.send(t, m)
		m.To = ""
		f.send(t, m)
		other.want(publish(topic, "{}", 1, 1))
		if got := strings.Join(reached, " "); got != "asker other" {
			t.Errorf("reached %s, want asker and then other", got)
		}
	})
}

// What a service submits must keep the rules that clients must keep.
func TestSubmit(t *testing.T) {
	bubble(t, func(f *fixture) {
		c := f.connect(mqtt.V5, "c")
		c.subscribe("t", 0)
		f.facts.take()
		who := caller.Origin{Scope: home, ClientID: "N/A", PrincipalID: "N/A"}
		if err := f.Submit(context.Background(), &message.Message{Origin: who, Topic: "t", Payload: []byte("x")}, "by a rule"); err != nil {
			t.Fatal(err)
		}
		c.want(publish("t", "x", 0, 0))
		f.facts.want(t, "Publish-In Success topicName=t clientId=N/A details=by a rule", "Publish-Out Success topicName=t clientId=c")
		refused := func(m *message.Message, want string) {
			t.Helper()
			m.Origin = who
			err := f.Submit(context.Background(), m, "by a rule")
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want one that says %q", err, want)
			}
			if told := f.facts.take(); len(told) != 1 || !strings.Contains(told[0].text, "Publish-In ClientError") || !strings.Contains(told[0].text, want) {
				t.Errorf("told %+v", told)
			}
		}
		refused(&message.Message{Topic: "a/#"}, "#")
		refused(&message.Message{Topic: "$aws/events/x"}, "reserved")
		refused(&message.Message{Topic: "t", Payload: make([]byte, 128<<10+1)}, oversize)
		refused(&message.Message{Topic: "t", Properties: &message.Properties{CorrelationData: make([]byte, 9<<10)}}, "Correlation Data")
	})
}
