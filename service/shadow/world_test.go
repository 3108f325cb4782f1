package shadow

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/base/fault"
	"telltale/base/message"
	"telltale/store/state"
)

var (
	home      = caller.Scope{Account: "123456789012", Region: "eu-central-1"}
	elsewhere = caller.Scope{Account: "123456789012", Region: "us-east-1"}
	stranger  = caller.Scope{Account: "999999999999", Region: "eu-central-1"}
)

// epoch is when the clock of a bubble begins, in seconds.
const epoch = 946684800

// world is a service, and all that it published and recorded.
type world struct {
	*Shadows
	t  testing.TB
	db *state.DB

	mu       sync.Mutex
	messages []*message.Message
	facts    []string
	origins  []caller.Origin
	samples  []string
}

// Publish keeps a message.
func (w *world) Publish(_ context.Context, m *message.Message) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.messages = append(w.messages, m)
	return nil
}

// Record keeps a fact as text.
func (w *world) Record(o *caller.Origin, f event.Fact) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var fields event.Writer
	fields.Reset(o)
	f.Fields(&fields)
	text := f.Kind().Name + " " + f.Result().String()
	for _, x := range fields.List() {
		text += " " + x.Name + "=" + x.Str
	}
	var c event.Counter
	f.(event.Counted).Count(&c)
	for _, s := range c.List() {
		w.samples = append(w.samples, fmt.Sprint(s.Name, " ", s.Value, " ", s.Dims[:s.N]))
	}
	w.facts, w.origins = append(w.facts, text), append(w.origins, *o)
}

// newWorld returns a service over a database that does not run yet.
func newWorld(t testing.TB, db *state.DB, cfg Config) *world {
	t.Helper()
	w := &world{t: t, db: db}
	var err error
	if w.Shadows, err = New(t.Context(), cfg, Needs{State: db, Facts: event.NewRecorder(w), Publisher: w}); err != nil {
		t.Fatal(err)
	}
	return w
}

// start lets the service run and returns what ends it.
func (w *world) start() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := w.Run(ctx); err != nil {
			w.t.Errorf("Run ended with %v", err)
		}
	})
	return func() { cancel(); running.Wait() }
}

func memory(t testing.TB) *state.DB {
	t.Helper()
	db, err := state.OpenMemory(Tables()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// bubble runs a test with a running service under a clock of its own.
func bubble(t *testing.T, cfg Config, f func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, memory(t), cfg)
		defer w.start()()
		f(t, w)
	})
}

// device is the origin of the messages that tests send.
func device(s caller.Scope, client string) caller.Origin {
	return caller.Origin{Scope: s, Trace: caller.Trace{1, 2, 3}, ClientID: client, PrincipalID: "cert-" + client, SourceIP: "192.0.2.7", SourcePort: 4711, Protocol: "MQTT"}
}

// send sends a message of a device and returns what was published since, when all has come to rest.
func (w *world) send(topic, payload string) []string {
	return w.sendAs(device(home, "dev1"), topic, payload)
}

func (w *world) sendAs(o caller.Origin, topic, payload string) []string {
	buffer := []byte(payload)
	w.HandleMessage(context.Background(), &message.Message{Origin: o, Topic: topic, Payload: buffer})
	clear(buffer) // it was the broker's
	synctest.Wait()
	return w.published()
}

// published returns the messages since the last time, as topic and payload.
func (w *world) published() (list []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range w.messages {
		list = append(list, m.Topic+" "+string(m.Payload))
	}
	w.messages = nil
	return list
}

// recorded returns the facts since the last time.
func (w *world) recorded() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.facts
	w.facts = nil
	return list
}

func (w *world) want(what string, got []string, want ...string) {
	w.t.Helper()
	if !slices.Equal(got, want) {
		w.t.Errorf("%s\n got %s\nwant %s", what, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

func as(s caller.Scope) context.Context {
	return caller.With(context.Background(), &caller.Caller{Scope: s, PrincipalID: "AIDAEXAMPLE", SourceIP: "198.51.100.1", SourcePort: 443})
}

// ok returns the output of an operation that must succeed.
func ok[In, Out any](t testing.TB, s caller.Scope, f func(context.Context, *In) (*Out, error), in *In) *Out {
	t.Helper()
	out, err := f(as(s), in)
	if err != nil {
		t.Fatalf("%+v\ngot error %v", in, err)
	}
	return out
}

// refused checks the name and text of the error of an operation.
func refused[In, Out any](t testing.TB, s caller.Scope, f func(context.Context, *In) (*Out, error), in *In, code, text string) {
	t.Helper()
	_, err := f(as(s), in)
	e, isFault := err.(*fault.Error)
	if !isFault || e.Code != code || e.Message() != text {
		t.Errorf("%+v\n got %v\nwant %s: %s", in, err, code, text)
	}
}
