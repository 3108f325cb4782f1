package rules

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/base/fault"
	"telltale/base/message"
	"telltale/lang/shape/iot"
	"telltale/lang/wire"
	"telltale/lang/wire/restjson"
	"telltale/service/broker"
	"telltale/service/registry"
	"telltale/service/registry/authority"
	"telltale/service/rules/action"
	"telltale/service/rules/connect"
	"telltale/service/shadow"
	"telltale/store/state"
)

var (
	home      = caller.Scope{Account: "123456789012", Region: "eu-central-1"}
	elsewhere = caller.Scope{Account: "123456789012", Region: "us-east-1"}
)

// role is what the actions of tests assume.
const role = "arn:aws:iam::123456789012:role/rules"

// world is an engine behind a broker, with a registry and shadows, and all that was told.
type world struct {
	*Engine
	t       testing.TB
	broker  *broker.Broker
	shadows *shadow.Shadows
	stop    func()

	mu      sync.Mutex
	facts   []string
	traces  map[string]bool // of the facts since the last look
	samples map[string]float64
	heard   []string // messages on topics that start with out/
	deaf    bool     // messages are not kept
	denied  string   // a permission that the role does not give
}

// options are what differs between worlds.
type options struct {
	db        *state.DB
	adjust    func(*Config)
	endpoints map[string]string
	functions map[string]string
	models    map[string]string
}

func newWorld(t testing.TB, o options) *world {
	t.Helper()
	w := &world{t: t, samples: map[string]float64{}, traces: map[string]bool{}}
	if o.db == nil {
		o.db = memory(t)
	}
	cfg := Default()
	if o.adjust != nil {
		o.adjust(&cfg)
	}
	facts := event.NewRecorder(w)
	ca, err := authority.Open("")
	must(t, err)
	reg, err := registry.New(t.Context(), registry.Config{}, registry.Needs{State: o.db, Authority: ca})
	must(t, err)
	w.broker = broker.New(broker.Default(), broker.Needs{Registry: reg, Facts: facts, Anonymous: home})
	w.shadows, err = shadow.New(t.Context(), shadow.Default(), shadow.Needs{State: o.db, Facts: facts, Publisher: w.broker})
	must(t, err)
	outside := &connect.Outside{}
	outside.Endpoints, err = connect.ParseEndpoints(o.endpoints)
	must(t, err)
	outside.Functions, err = connect.ParseFunctions(o.functions)
	must(t, err)
	outside.Models, err = connect.ParseModels(o.models)
	must(t, err)
	w.Engine, err = New(t.Context(), cfg, Needs{
		State: o.db, Facts: facts, Roles: w, Shadows: w.shadows, Registry: reg, Outside: outside,
		Actions: action.Needs{Endpoints: outside.Endpoints, Functions: outside.Functions, Publisher: w.broker, Destinations: open{}, HTTP: http.DefaultClient, PlainHTTP: true},
	})
	must(t, err)
	w.broker.Handle("$aws/rules/#", w.Engine)
	w.broker.Handle("out/#", w.listener())
	w.broker.Handle("$aws/things/+/shadow/#", w.shadows)
	w.broker.Tap(w.Engine)
	return w
}

// start lets the engine and the shadows run until the test ends, or the function returned is called.
func (w *world) start() {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { must(w.t, w.Run(ctx)) })
	running.Go(func() { must(w.t, w.shadows.Run(ctx)) })
	w.stop = sync.OnceFunc(func() { cancel(); running.Wait() })
	w.t.Cleanup(w.stop)
}

// running is a world that runs.
func running(t testing.TB, o options) *world {
	w := newWorld(t, o)
	w.start()
	return w
}

func memory(t testing.TB) *state.DB {
	t.Helper()
	db, err := state.OpenMemory()
	must(t, err)
	t.Cleanup(func() { db.Close() })
	return db
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// open lets every destination be used.
type open struct{}

func (open) Enabled(caller.Scope, string) error                 { return nil }
func (open) Ensure(context.Context, caller.Scope, string) error { return nil }

// Allow lets everybody pass the one role, and nobody another.
func (w *world) Allow(_ context.Context, _ *caller.Caller, action, resource string) error {
	if action == "iam:PassRole" && resource != role {
		return fault.New("", fault.Denied, "You are not authorized to perform: %s on resource: %s.", action, resource)
	}
	return nil
}

// RoleAllows gives the one role everything but what the test denies.
func (w *world) RoleAllows(_ context.Context, roleARN, service, action, resource string) error {
	switch {
	case roleARN != role:
		return fault.New("", fault.NotFound, "Role %s does not exist.", roleARN)
	case service != "iot.amazonaws.com":
		return fault.New("", fault.Denied, "Role %s cannot be assumed by %s.", roleARN, service)
	case w.denied != "" && strings.HasPrefix(action+" "+resource, w.denied):
		return fault.New("", fault.Denied, "Role %s is not authorized to perform: %s on resource: %s.", roleARN, action, resource)
	}
	return nil
}

// listener keeps messages that rules republish.
func (w *world) listener() message.Handler { return hearing{w} }

type hearing struct{ *world }

func (h hearing) HandleMessage(_ context.Context, m *message.Message) {
	if h.deaf {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.heard = append(h.heard, m.Topic+" "+string(m.Payload))
}

// Record keeps the facts of rules, and of what they publish, as text.
func (w *world) Record(o *caller.Origin, f event.Fact) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var c event.Counter
	if counted, ok := f.(event.Counted); ok {
		counted.Count(&c)
	}
	for _, s := range c.List() {
		name := s.Name
		for _, d := range s.Dims[:s.N] {
			name += " " + d.Value
		}
		w.samples[name] += s.Value
	}
	if f.Kind().Component != "rules" && f.Kind().Name != "Publish-In" || f.Kind().Name == "" {
		return
	}
	var fields event.Writer
	fields.Reset(o)
	f.Fields(&fields)
	text := f.Kind().Name + " " + f.Result().String()
	for _, x := range fields.List() {
		switch x.Name {
		case "clientId", "principalId", "protocol", "sourceIp", "sourcePort":
		default:
			text += " " + x.Name + "=" + x.Str
		}
	}
	w.facts = append(w.facts, text)
	w.traces[o.Trace.String()] = true
}

// told returns the facts since the last time.
func (w *world) told() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.facts
	w.facts, w.traces = nil, map[string]bool{}
	return list
}

// hears returns the republished messages since the last time.
func (w *world) hears() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.heard
	w.heard = nil
	return list
}

func (w *world) want(what string, got []string, want ...string) {
	w.t.Helper()
	if !slices.Equal(got, want) {
		w.t.Errorf("%s\n got %s\nwant %s", what, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

// counted checks metrics since the beginning.
func (w *world) counted(want map[string]float64) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for name, sum := range want {
		if w.samples[name] != sum {
			w.t.Errorf("metric %s is %v, want %v", name, w.samples[name], sum)
		}
	}
}

// await waits until so many facts of a type were told and returns all.
func (w *world) await(kind string, n int) []string {
	w.t.Helper()
	for range 2000 {
		w.mu.Lock()
		count := 0
		for _, f := range w.facts {
			if strings.HasPrefix(f, kind+" ") {
				count++
			}
		}
		w.mu.Unlock()
		if count >= n {
			return w.told()
		}
		time.Sleep(5 * time.Millisecond)
	}
	w.t.Fatalf("no %d facts %s came; told were\n%s", n, kind, strings.Join(w.told(), "\n"))
	return nil
}

// tick comes in a moment.
func (w *world) tick() <-chan time.Time { return time.After(5 * time.Millisecond) }

// device is the origin of messages that tests publish.
func device(s caller.Scope) caller.Origin {
	return caller.Origin{Scope: s, Trace: caller.Trace{1, 2, 3}, ClientID: "dev1", PrincipalID: "cert-dev1", SourceIP: "192.0.2.7", SourcePort: 4711, Protocol: "MQTT"}
}

func (w *world) publish(topic, payload string) { w.publishAs(home, topic, payload) }

func (w *world) publishAs(s caller.Scope, topic, payload string) {
	w.t.Helper()
	buffer := []byte(payload)
	must(w.t, w.broker.Publish(context.Background(), &message.Message{Origin: device(s), Topic: topic, Payload: buffer}))
	clear(buffer) // it was the broker's
}

func as(s caller.Scope) context.Context {
	return caller.With(context.Background(), &caller.Caller{Scope: s, PrincipalID: "AIDAEXAMPLE"})
}

// document reads the JSON of a rule as the gateway does.
func document(t testing.TB, name, text string) *iot.CreateTopicRuleInput {
	t.Helper()
	m := wire.Match{Service: iot.Service, Op: iot.CreateTopicRule.Op, Codec: restjson.Codec{}, Labels: []wire.Label{{Name: "ruleName", Value: name}}}
	in, err := m.Decode(httptest.NewRequest("POST", "/rules/"+name, nil), []byte(text))
	must(t, err)
	return in.(*iot.CreateTopicRuleInput)
}

// rule makes a rule with a statement in the newer version and actions.
func (w *world) rule(name, sql string, rest string, actions ...string) {
	w.t.Helper()
	_, err := w.CreateTopicRule(as(home), document(w.t, name, ruleText(sql, rest, actions...)))
	must(w.t, err)
}

func ruleText(sql, rest string, actions ...string) string {
	statement, _ := json.Marshal(sql)
	return fmt.Sprintf(`{"sql":%s,"awsIotSqlVersion":"2016-03-23"%s,"actions":[%s]}`, statement, rest, strings.Join(actions, ","))
}

// republish is an action.
func republish(topic string) string {
	return fmt.Sprintf(`{"republish":{"roleArn":%q,"topic":%q}}`, role, topic)
}

// refused checks the name and text of an error.
func refused(t testing.TB, err error, code, text string) {
	t.Helper()
	e, isFault := err.(*fault.Error)
	if !isFault || e.Code != code || !strings.Contains(e.Message(), text) {
		t.Errorf("got %v\nwant %s: …%s…", err, code, text)
	}
}
