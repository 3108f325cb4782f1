package jobs

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/base/fault"
	"telltale/base/message"
	"telltale/lang/shape/iot"
	"telltale/service/registry"
	"telltale/store/state"
)

var (
	home     = caller.Scope{Account: "123456789012", Region: "eu-central-1"}
	stranger = caller.Scope{Account: "999999999999", Region: "eu-central-1"}
)

// epoch is when the clock of a bubble begins, in seconds.
const epoch = 946684800

// world is a service, and all that it published, announced and recorded.
type world struct {
	*Jobs
	t   testing.TB
	db  *state.DB
	reg *registry.Registry

	mu        sync.Mutex
	messages  []*message.Message
	facts     []string
	samples   []string
	events    []string
	listeners []string // clients that every notification reaches
}

// Publish keeps a message.
func (w *world) Publish(_ context.Context, m *message.Message) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.messages = append(w.messages, m)
	if m.Reached != nil {
		for _, client := range w.listeners {
			m.Reached(client)
		}
	}
	return nil
}

// Announce keeps an event message.
func (w *world) Announce(_ context.Context, _ caller.Scope, eventType, topic string, payload []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, eventType+" "+topic+" "+string(payload))
	return nil
}

// Record keeps a fact as text.
func (w *world) Record(o *caller.Origin, f event.Fact) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if counted, ok := f.(event.Counted); ok {
		var c event.Counter
		counted.Count(&c)
		for _, s := range c.List() {
			w.samples = append(w.samples, fmt.Sprint(s.Name, " ", s.Value, " ", s.Dims[:s.N]))
		}
	}
	if f.Kind().Name == "" {
		return
	}
	var fields event.Writer
	fields.Reset(o)
	f.Fields(&fields)
	text := f.Kind().Name + " " + f.Result().String()
	for _, x := range fields.List() {
		text += " " + x.Name + "=" + x.Str
	}
	w.facts = append(w.facts, text)
}

// newWorld returns a service over a database that does not run yet.
func newWorld(t testing.TB, db *state.DB, cfg Config) *world {
	t.Helper()
	reg, err := registry.New(t.Context(), registry.Config{}, registry.Needs{State: db})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, db: db, reg: reg}
	if w.Jobs, err = New(t.Context(), cfg, w.requirements()); err != nil {
		t.Fatal(err)
	}
	return w
}

// requirements are what the service is built on.
func (w *world) requirements() Needs {
	return Needs{State: w.db, Facts: event.NewRecorder(w), Publisher: w, Announcer: w, Registry: w.reg}
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
	db, err := state.OpenMemory(append(Tables(), registry.Tables()...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// bubble runs a test with a running service under a clock of its own.
func bubble(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, memory(t), Default())
		defer w.start()()
		f(t, w)
	})
}

// give makes a job in progress with an execution for each thing, as a rollout would.
func (w *world) give(j job, things ...string) {
	w.t.Helper()
	j.Scope, j.Status, j.Created, j.Updated, j.Progress.Done = home, iot.JobStatusInProgress, now(), now(), true
	if j.Selection == "" {
		j.Selection = iot.TargetSelectionContinuous
	}
	w.change(func(c *change) error {
		if err := c.putJob(&j); err != nil {
			return err
		}
		if err := texts.Put(c.tx, &text{Scope: home, Job: j.ID, Document: `{"do": "` + j.ID + `"}`}); err != nil {
			return err
		}
		for _, thing := range things {
			if made, err := c.queue(&j, thing, nil, "the test wants it"); err != nil || !made {
				return fmt.Errorf("made %v, %w", made, err)
			}
		}
		return nil
	})
}

// change changes what is stored and lets everything come to rest.
func (w *world) change(f func(c *change) error) {
	w.t.Helper()
	if err := w.update(context.Background(), f); err != nil {
		w.t.Fatal(err)
	}
	synctest.Wait()
}

// moveTo lets an execution change its status without its thing.
func (w *world) moveTo(job, thing string, to status, by actor) {
	w.t.Helper()
	w.change(func(c *change) error {
		e, err := c.mustFind(home, job, thing, 0)
		if err != nil {
			return err
		}
		j, err := c.job(home, job)
		if err != nil {
			return err
		}
		return c.move(j, e, to, cause{by: by, why: "the test wants it"})
	})
}

// newest reads the newest execution of a thing.
func (w *world) newest(job, thing string) (e *execution) {
	w.t.Helper()
	err := w.view(context.Background(), func(c *change) (err error) {
		e, err = c.mustFind(home, job, thing, 0)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

// counts are the counts of a job, of all executions and of the newest of each thing.
func (w *world) counts(job string) (all, things map[status]int64) {
	w.t.Helper()
	err := w.view(context.Background(), func(c *change) error {
		t, err := c.tally(home, job)
		if err == nil {
			all, things = nonZero(t.All), nonZero(t.Things)
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return all, things
}

func nonZero(counts map[status]int64) map[status]int64 {
	for s, n := range counts {
		if n == 0 {
			delete(counts, s)
		}
	}
	return counts
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

// published returns the messages since the last time, as receiver, topic without its beginning, and payload. Answers come first.
func (w *world) published() (list []string) {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range w.messages {
		text := strings.TrimPrefix(m.Topic, "$aws/things/lamp/jobs/") + " " + string(m.Payload)
		if m.To != "" {
			text = "to " + m.To + ": " + text
		}
		list = append(list, text)
	}
	w.messages = nil
	return list
}

// take returns what was kept since the last time.
func (w *world) take(list *[]string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	taken := *list
	*list = nil
	return taken
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

// minutes lets time pass.
func minutes(n float64) {
	time.Sleep(time.Duration(n * float64(time.Minute)))
	synctest.Wait()
}
