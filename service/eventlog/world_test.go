package eventlog_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/service/eventlog"
	"telltale/store/logseg"
	"telltale/store/state"
)

var (
	home     = caller.Scope{Account: "123456789012", Region: "eu-central-1"}
	stranger = caller.Scope{Account: "999999999999", Region: "eu-central-1"}
)

const role = "arn:aws:iam::123456789012:role/logging"

// world is an event log among small collaborators that keep what they are told.
type world struct {
	t       testing.TB
	log     *eventlog.Log
	state   *state.DB
	writer  *writer
	roles   *roles
	groups  groups
	metrics *metrics
	diary   *diary
}

func newWorld(t testing.TB, cfg eventlog.Config) *world {
	t.Helper()
	db, err := state.OpenMemory(eventlog.Tables()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	store, err := logseg.Open(logseg.Config{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	w := &world{t: t, state: db, writer: &writer{store: store}, roles: &roles{}, groups: groups{}, metrics: &metrics{}, diary: &diary{}}
	w.open(cfg)
	return w
}

// open begins a new event log on the same state.
func (w *world) open(cfg eventlog.Config) {
	w.log = eventlog.New(cfg, eventlog.Needs{State: w.state, Writer: w.writer, Groups: w.groups, Roles: w.roles, Metrics: w.metrics,
		Diary: slog.New(slog.NewTextHandler(w.diary, nil))})
}

func as(s caller.Scope) context.Context {
	return caller.With(context.Background(), &caller.Caller{Scope: s})
}

// ok returns the output of an operation that must succeed for the account home.
func ok[In, Out any](t testing.TB, f func(context.Context, *In) (*Out, error), in *In) *Out {
	t.Helper()
	out, err := f(as(home), in)
	if err != nil {
		t.Fatalf("%+v\ngot error %v", in, err)
	}
	return out
}

// refused checks how an operation fails: its kind, the modelled name and the text.
func refused[In, Out any](t testing.TB, f func(context.Context, *In) (*Out, error), in *In, kind fault.Kind, code, text string) {
	t.Helper()
	_, err := f(as(home), in)
	e, isFault := errors.AsType[*fault.Error](err)
	if !isFault || e.Kind != kind || e.Code != code || e.Message() != text {
		t.Errorf("%+v\n got %v\nwant %v %s: %s", in, err, kind, code, text)
	}
}

// options sets the V2 options of home.
func (w *world) options(in iot.SetV2LoggingOptionsInput) {
	w.t.Helper()
	ok(w.t, w.log.SetV2LoggingOptions, &in)
}

// configure sets role and default level.
func (w *world) configure(level string) {
	w.t.Helper()
	w.options(iot.SetV2LoggingOptionsInput{RoleArn: role, DefaultLogLevel: level})
}

// level sets the level of a resource, given as TYPE name.
func (w *world) level(resource, level string) {
	w.t.Helper()
	kind, name, _ := strings.Cut(resource, " ")
	ok(w.t, w.log.SetV2LoggingLevel, &iot.SetV2LoggingLevelInput{LogTarget: &iot.LogTarget{TargetType: kind, TargetName: name}, LogLevel: level})
}

// record records facts of home and delivers them.
func (w *world) record(o caller.Origin, facts ...event.Fact) {
	o.Scope = home
	for _, f := range facts {
		w.log.Record(&o, f)
	}
	w.log.Flush(context.Background())
}

// probe is a fact of any kind and outcome.
type probe struct {
	kind    *event.Kind
	outcome event.Outcome
	n       int64
}

func (p *probe) Kind() *event.Kind     { return p.kind }
func (p *probe) Result() event.Outcome { return p.outcome }
func (p *probe) Fields(w *event.Writer) {
	w.Str("protocol", "MQTT")
	w.Client()
	w.Int("n", p.n)
}

// kindOf is a kind of fact whose entries have the level on success.
func kindOf(name string, level event.Level, optIn bool) *event.Kind {
	return event.NewKind(event.Kind{Name: name, Metric: name, Component: "test", Success: level, OptIn: optIn})
}

// threshold finds the level from which on entries of a type are written for an origin, by recording one of each level.
func (w *world) threshold(o caller.Origin, eventType string, optIn bool) string {
	w.t.Helper()
	w.writer.take()
	w.record(o, &probe{kind: kindOf(eventType, event.Error, optIn)}, &probe{kind: kindOf(eventType, event.Warn, optIn)},
		&probe{kind: kindOf(eventType, event.Info, optIn)}, &probe{kind: kindOf(eventType, event.Debug, optIn)})
	names := []string{"DISABLED", "ERROR", "WARN", "INFO", "DEBUG"}
	got := w.writer.take()
	for i, e := range got {
		var entry struct{ LogLevel string }
		if err := json.Unmarshal([]byte(e.message), &entry); err != nil || entry.LogLevel != names[i+1] {
			w.t.Fatalf("entry %d is %s, want level %s", i, e.message, names[i+1])
		}
	}
	return names[len(got)]
}

// written is an entry as it reached the writer.
type written struct {
	scope         caller.Scope
	group, stream string
	message       string
}

// writer renders and keeps entries.
type writer struct {
	store *logseg.Log
	gate  chan struct{} // if set, a write waits until it is closed
	err   error         // if set, writes fail
	drop  bool          // keep nothing

	mu   sync.Mutex
	got  []written
	made map[string]bool // groups, and whether the retention was set
}

func (w *writer) Prepare(_ context.Context, _ caller.Scope, group string, may func(action string) error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, there := w.made[group]; there {
		return nil
	}
	if err := may("logs:CreateLogGroup"); err != nil {
		return err
	}
	if w.made == nil {
		w.made = map[string]bool{}
	}
	w.made[group] = may("logs:PutRetentionPolicy") == nil
	return nil
}

func (w *writer) Template(t logseg.Template) (uint32, error) { return w.store.Template(t) }

func (w *writer) Write(_ context.Context, s caller.Scope, group, stream string, entries []logseg.Entry) error {
	if w.gate != nil {
		<-w.gate
	}
	if w.err != nil || w.drop {
		return w.err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range entries {
		w.got = append(w.got, written{s, group, stream, string(w.store.AppendMessage(nil, &entries[i]))})
	}
	return nil
}

// take returns what was written since the last take.
func (w *writer) take() []written {
	w.mu.Lock()
	defer w.mu.Unlock()
	got := w.got
	w.got = nil
	return got
}

// numbers are the n of the probes written since the last take.
func (w *writer) numbers(t testing.TB) (list []int) {
	t.Helper()
	for _, e := range w.take() {
		var entry struct{ N int }
		if err := json.Unmarshal([]byte(e.message), &entry); err != nil {
			t.Fatalf("%s: %v", e.message, err)
		}
		list = append(list, entry.N)
	}
	return list
}

// groups are the lines of thing groups by thing, each line from the group up to its root, as in "child/parent/root".
type groups map[string][]string

func (g groups) GroupLines(s caller.Scope, thing string) (lines [][]string) {
	if s != home {
		return nil
	}
	for _, line := range g[thing] {
		lines = append(lines, strings.Split(line, "/"))
	}
	return lines
}

// roles denies what it is told to deny.
type roles struct {
	mu     sync.Mutex
	deny   string // an action, or * for all
	asked  []string
	ensure int
}

func (r *roles) RoleAllows(_ context.Context, roleARN, service, action, resource string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, strings.Join([]string{roleARN, service, action, resource}, " "))
	if r.deny == "*" || r.deny == action {
		return fault.New("roles", fault.Denied, "%s may not %s", roleARN, action)
	}
	return nil
}

func (r *roles) EnsureRole(_ context.Context, account, name, trust, inline string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ensure++
	if !json.Valid([]byte(trust)) || !json.Valid([]byte(inline)) {
		return "", fmt.Errorf("the policies are not JSON: %s, %s", trust, inline)
	}
	return "arn:aws:iam::" + account + ":role/" + name, nil
}

// metrics keeps samples as text: scope's account, name, value, dimensions.
type metrics struct {
	mu  sync.Mutex
	got []string
}

func (m *metrics) Record(o *caller.Origin, f event.Fact) {
	var c event.Counter
	if counted, ok := f.(event.Counted); ok {
		counted.Count(&c)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range c.List() {
		text := fmt.Sprint(o.Account, " ", s.Name, " ", s.Value)
		for _, d := range s.Dims[:s.N] {
			text += " " + d.Name + "=" + d.Value
		}
		m.got = append(m.got, text)
	}
}

func (m *metrics) take() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	got := strings.Join(m.got, "\n")
	m.got = nil
	return got
}

// diary is a buffer for several goroutines.
type diary struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (d *diary) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.b.Write(p)
}

func (d *diary) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.b.String()
}
