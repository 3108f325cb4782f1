// Package action is what rules do with their results: a file for each kind of action, all listed in Kinds.
//
// An action is compiled once, when its rule is made or loaded. For each message it renders its templates, which gives a task; the task
// runs later, on another goroutine, and may wait for a network.
//
// (aws: iot/iot-rule-actions)
package action

import (
	"context"
	"fmt"
	"net/http"

	"telltale/base/caller"
	"telltale/base/message"
	"telltale/lang/rulesql"
	"telltale/lang/shape/cloudwatch"
	"telltale/lang/shape/iot"
	"telltale/lang/shape/logs"
	"telltale/service/rules/connect"
)

// Kind is a kind of action.
type Kind struct {
	Key       string   // in the API: republish
	Name      string   // in log entries: RepublishAction
	Metric    string   // as dimension ActionType: Republish
	Templates []string // the parameters that may hold ${…}
	Endpoint  string   // what must be configured, a key of connect.Services; "" for nothing
	Target    string   // the resource that an error action is told of; "" for the first
	Inline    bool     // it never waits for a network: it runs at once, in the order of the messages
	Text      string   // one sentence

	compile func(*Compiler, *iot.Action) (Action, error) // nil, nil if the action is of another kind
}

// newKind completes a kind. of picks its parameters out of an action.
func newKind[P any](k Kind, of func(*iot.Action) *P, compile func(*Compiler, *P) (Action, error)) *Kind {
	k.compile = func(c *Compiler, a *iot.Action) (Action, error) {
		p := of(a)
		if p == nil {
			return nil, nil
		}
		return compile(c, p)
	}
	return &k
}

// Action is an action of a rule. Any number of goroutines may use it at the same time.
type Action interface {
	// Render fills in the templates for a message. What it returns keeps nothing of the evaluator.
	Render(*Rendering) (Task, error)
}

// Prepared is an action that needs something made once, when its rule is made or replaced, such as the destination of its URL.
type Prepared interface {
	Action
	Prepare(ctx context.Context) error
}

// Closed is an action that holds something open, such as connections. Close is called once, when no message will use it any more; it
// waits for those that do.
type Closed interface {
	Action
	Close()
}

// Task is what an action has to do for one message.
type Task interface {
	// Resources are what the task works on, in the order in which the entry names them.
	Resources() []Resource
	// Permission is what the role of the action must be allowed to do. It is asked for before Run.
	Permission() Permission
	// Run does it and says, in an *Error where there is more to tell, why it could not be done. It tries again where that may help.
	Run(ctx context.Context) error
}

// Resource is one thing that a task works on: {"RepublishTopic", "alarms/7"}.
type Resource struct{ Name, Value string }

// Permission is an IAM action on a resource, to be asked of a role. The zero Permission needs none.
type Permission struct{ Role, Action, Resource string }

// Batched is a task that may share its run with others. (aws: iot/http_batching)
type Batched interface {
	Task
	// Batch says which tasks may share a run with it.
	Batch() Batch
	// RunAll does several tasks with equal keys at once, the oldest first, with this one among them.
	RunAll(ctx context.Context, tasks []Task) error
}

// Batch says when a batch is closed: by the first limit that is reached.
type Batch struct {
	Key    string // tasks of one rule and equal keys may share a run; "" to run alone
	OpenMS int
	Size   int // tasks
	Bytes  int // of the payloads together
}

// Error is why a task failed.
type Error struct {
	Text   string // for the entry and the error action
	Metric string // counted beside Failure, such as HttpCode_5XX; "" for none
	Cause  error
}

func (e *Error) Error() string { return e.Text }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Needs is what actions work with. Interfaces may be nil where an action is then refused.
type Needs struct {
	Endpoints    connect.Endpoints
	Functions    *connect.Functions
	Publisher    Publisher
	Logs         LogWriter
	Metrics      MetricWriter
	Destinations Destinations
	HTTP         *http.Client // for actions that speak HTTP themselves
	PlainHTTP    bool         // the http action may use http:// and any port on loopback addresses, as on a developer's machine
}

// Publisher takes the messages of republish actions, as broker.Submit does.
type Publisher interface {
	Submit(ctx context.Context, m *message.Message, note string) error
}

// LogWriter is the part of CloudWatch Logs that the cloudwatchLogs action calls, as a service of the account in the context.
type LogWriter interface {
	CreateLogStream(context.Context, *logs.CreateLogStreamInput) (*logs.CreateLogStreamOutput, error)
	PutLogEvents(context.Context, *logs.PutLogEventsInput) (*logs.PutLogEventsOutput, error)
}

// MetricWriter is the part of CloudWatch that the cloudwatchMetric action calls.
type MetricWriter interface {
	PutMetricData(context.Context, *cloudwatch.PutMetricDataInput) (*cloudwatch.PutMetricDataOutput, error)
}

// Destinations tells which destinations of the http action may be used.
type Destinations interface {
	// Enabled reports whether the destination with this confirmation URL is enabled. The error says in which state it is, or that there is none.
	Enabled(s caller.Scope, confirmationURL string) error
	// Ensure makes the destination, and asks its owner to confirm it, unless there is one.
	Ensure(ctx context.Context, s caller.Scope, confirmationURL string) error
}

// Message is the message that a rule got, and what the rule made of it.
type Message struct {
	Origin     caller.Origin // of the publisher, with the trace
	Rule       string
	Topic      string // as the rule sees it
	Payload    []byte // of the rule's result; it does not change
	JSON       bool   // the result is JSON: always, unless a payload that is none was passed on as it came
	Original   []byte // payload of the message
	Properties *message.Properties
	Hops       int
}

// Compiler compiles the actions of a rule.
type Compiler struct {
	Needs *Needs
	Scope caller.Scope
	Rule  string
	Query *rulesql.Query
	// ErrorAction is set for the action that is told of failures: it may not use external functions, nor batch.
	ErrorAction bool
	// Asks is set when a template uses an external function, and Roles are those in whose name templates do.
	Asks  bool
	Roles []string
}

// Compile finds the kind of an action and compiles it. The error tells the rule's author what is wrong.
func (c *Compiler) Compile(a *iot.Action) (*Kind, Action, error) {
	var kind *Kind
	var compiled Action
	for _, k := range Kinds {
		x, err := k.compile(c, a)
		switch {
		case err != nil:
			return nil, nil, fmt.Errorf("%s action: %w", k.Key, err)
		case x == nil:
		case kind != nil:
			return nil, nil, fmt.Errorf("an action is of one kind; this one is both %s and %s", kind.Key, k.Key)
		default:
			kind, compiled = k, x
		}
	}
	if kind == nil {
		return nil, nil, fmt.Errorf("an action must be of one of the kinds %s", keys())
	}
	return kind, compiled, nil
}

// Template compiles a parameter that may hold ${…}.
func (c *Compiler) Template(parameter, text string) (*rulesql.Template, error) {
	t, err := c.Query.Template(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", parameter, err)
	}
	if list := t.Externals(); c.ErrorAction && len(list) > 0 {
		return nil, fmt.Errorf("%s: an error action may not use external functions such as %s", parameter, list[0])
	}
	c.Asks = c.Asks || len(t.Externals()) > 0
	c.Roles = append(c.Roles, t.Roles()...)
	return t, nil
}

// Rendering fills in the templates of an action for one message. It remembers the first error.
type Rendering struct {
	*Message
	Evaluator *rulesql.Evaluator
	err       error
}

// Text is a template with its values; nil is "".
func (r *Rendering) Text(t *rulesql.Template) string {
	if t == nil || r.err != nil {
		return ""
	}
	var text string
	text, r.err = r.Evaluator.Render(t)
	return text
}

// Err is the first error of Text.
func (r *Rendering) Err() error { return r.err }
