package action

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"telltale/base/caller"
	"telltale/lang/rulesql"
	"telltale/lang/shape/iot"
	"telltale/lang/wire"
	"telltale/lang/wire/restjson"
	"telltale/service/rules/connect"
)

var home = caller.Scope{Account: "123456789012", Region: "eu-west-1"}

// role is what the actions of tests assume.
const role = "arn:aws:iam::123456789012:role/rules"

// world compiles actions as the API brings them, and runs them on messages as the engine does.
type world struct {
	t           testing.TB
	needs       *Needs
	sql         string // SELECT * FROM 'sensors/+' unless a test changes it
	topic       string // of messages: sensors/7
	errorAction bool
}

func newWorld(t testing.TB, needs *Needs) *world {
	return &world{t: t, needs: needs, sql: "SELECT * FROM 'sensors/+'", topic: "sensors/7"}
}

// endpoints are the configuration of endpoints given as name, URL, name, URL, ….
func endpoints(t testing.TB, namesAndURLs ...string) connect.Endpoints {
	t.Helper()
	configured := map[string]string{}
	for pair := range slices.Chunk(namesAndURLs, 2) {
		configured[pair[0]] = pair[1]
	}
	e, err := connect.ParseEndpoints(configured)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// decode reads an action as the gateway does, {"sns":{…}}. The error is that of a break of the API's model.
func (w *world) decode(action string) (*iot.Action, error) {
	m := wire.Match{Service: iot.Service, Op: iot.CreateTopicRule.Op, Codec: restjson.Codec{}, Labels: []wire.Label{{Name: "ruleName", Value: "rule"}}}
	sql, _ := json.Marshal(w.sql)
	in, err := m.Decode(httptest.NewRequest("POST", "/rules/rule", nil), fmt.Appendf(nil, `{"sql":%s,"actions":[%s]}`, sql, action))
	if err != nil {
		return nil, err
	}
	return &in.(*iot.CreateTopicRuleInput).TopicRulePayload.Actions[0], nil
}

// try decodes and compiles an action.
func (w *world) try(action string) (*Kind, Action, error) {
	w.t.Helper()
	a, err := w.decode(action)
	if err != nil {
		return nil, nil, err
	}
	c := Compiler{Needs: w.needs, Scope: home, Rule: "rule", Query: w.query(), ErrorAction: w.errorAction}
	kind, compiled, err := c.Compile(a)
	if again, _ := w.decode(action); !reflect.DeepEqual(a, again) {
		w.t.Errorf("%s\nis changed by compiling it: %+v", action, a)
	}
	return kind, compiled, err
}

func (w *world) query() *rulesql.Query {
	w.t.Helper()
	q, err := rulesql.Parse(w.sql, rulesql.V20160323)
	if err != nil {
		w.t.Fatal(err)
	}
	return q
}

// compile compiles an action that must be a good one.
func (w *world) compile(action string) Action {
	w.t.Helper()
	kind, compiled, err := w.try(action)
	if err != nil {
		w.t.Fatalf("%s\nis refused: %v", action, err)
	}
	if !strings.HasPrefix(action, `{"`+kind.Key+`":`) {
		w.t.Fatalf("%s\nis taken for %s", action, kind.Key)
	}
	return compiled
}

// refused checks that an action is refused when its rule is made, with words that hold the text.
func (w *world) refused(action, text string) {
	w.t.Helper()
	if _, _, err := w.try(action); err == nil || !strings.Contains(err.Error(), text) {
		w.t.Errorf("%s\n got error %v\nwant %s", action, err, text)
	}
}

// task renders a compiled action for a message.
func (w *world) task(compiled Action, payload string) (Task, error) {
	w.t.Helper()
	origin := caller.Origin{Scope: home, Trace: caller.Trace{1, 2, 3}, ClientID: "dev1", PrincipalID: "cert-dev1", SourceIP: "192.0.2.7", SourcePort: 4711, Protocol: "MQTT"}
	env := &rulesql.Offline{NewUUID: "6a1b7a5e-0000-4000-8000-000000000001", Msg: rulesql.Message{Topic: w.topic, ClientID: origin.ClientID,
		Principal: origin.PrincipalID, AccountID: home.Account, TraceID: origin.Trace.String(), Time: time.UnixMilli(1700000000123)}}
	e := rulesql.NewEvaluator()
	result, err := e.Eval(w.query(), env, []byte(payload))
	if err != nil || !result.Matched {
		w.t.Fatalf("%s on %s: matched %v, error %v", w.sql, payload, result.Matched, err)
	}
	task, err := compiled.Render(&Rendering{Evaluator: e, Message: &Message{Origin: origin, Rule: "rule", Topic: w.topic,
		Payload: slices.Clone(result.Payload), JSON: !result.Raw || json.Valid(result.Payload), Original: []byte(payload)}})
	return task, err
}

// outcome is what came of an action on a message.
type outcome struct {
	resources  string // "Bucket=b Key=k"
	permission string // "sns:Publish on arn:…"; "" for none
	role       string // that is asked for the permission
	err        error  // of Run
}

// do runs a compiled action on a message that it must be able to render.
func (w *world) do(compiled Action, payload string) outcome {
	w.t.Helper()
	task, err := w.task(compiled, payload)
	if err != nil {
		w.t.Fatalf("%s is not rendered: %v", payload, err)
	}
	var o outcome
	var list []string
	for _, r := range task.Resources() {
		list = append(list, r.Name+"="+r.Value)
	}
	o.resources = strings.Join(list, " ")
	if p := task.Permission(); p != (Permission{}) {
		o.role, o.permission = p.Role, p.Action+" on "+p.Resource
	}
	ctx, cancel := context.WithTimeout(w.t.Context(), 10*time.Second)
	defer cancel()
	o.err = task.Run(ctx)
	return o
}

// run compiles an action and runs it on a message.
func (w *world) run(action, payload string) outcome {
	w.t.Helper()
	return w.do(w.compile(action), payload)
}

// want checks what came of an action: its resources and permission, and that it went well.
func (w *world) want(got outcome, resources, permission string) {
	w.t.Helper()
	if got.err != nil {
		w.t.Errorf("failed: %v", got.err)
	}
	if got.resources != resources || got.permission != permission {
		w.t.Errorf("\n got %s, needs %s\nwant %s, needs %s", got.resources, got.permission, resources, permission)
	}
	if permission != "" && got.role != role {
		w.t.Errorf("the permission is asked of %q", got.role)
	}
}

// wantError checks the text of a failure.
func (w *world) wantError(got outcome, text string) {
	w.t.Helper()
	if got.err == nil || !strings.Contains(got.err.Error(), text) {
		w.t.Errorf("\n got error %v\nwant %s", got.err, text)
	}
}
