package rules

import (
	"encoding/json"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/lang/rulesql"
	"telltale/service/rules/action"
)

// Kinds lists every kind of fact the engine records.
var Kinds = []*event.Kind{kindMatch, kindStarting, kindExecution, kindFunction, kindNotFound, kindThrottled, kindEvaluation, kindRun}

var (
	kindMatch     = event.NewKind(event.Kind{Name: "RuleMatch", Component: "rules", Success: event.Info})
	kindStarting  = event.NewKind(event.Kind{Name: "StartingRuleExecution", Component: "rules", Success: event.Debug})
	kindExecution = event.NewKind(event.Kind{Name: "RuleExecution", Component: "rules", Success: event.Info})
	kindFunction  = event.NewKind(event.Kind{Name: "FunctionExecution", Component: "rules", Success: event.Debug})
	kindNotFound  = event.NewKind(event.Kind{Name: "RuleNotFound", Component: "rules"})
	kindThrottled = event.NewKind(event.Kind{Name: "RuleMessageThrottled", Component: "rules"}) // the name of the 2021 form
	kindRun       = event.NewKind(event.Kind{Component: "rules"})

	kindEvaluation = event.NewKind(event.Kind{Name: "RuleEvaluation", Component: "rules"})
)

// tell records a fact about a message of an origin, in whose entry nothing is left out: what is not known is N/A.
func (e *Engine) tell(o *caller.Origin, f event.Fact) {
	named := unknown(o)
	e.needs.Facts.Record(&named, f)
}

func dimRule(name string) event.Dim { return event.Dim{Name: "RuleName", Value: name} }

// Match is the fact that a rule listens to the topic of a message.
// Entry: RuleMatch (aws: iot/cwl-format#log-rule-match). Metric: TopicMatch.
type Match struct {
	event.Failure
	Rule, Topic string
}

func (*Match) Kind() *event.Kind { return kindMatch }
func (e *Match) Fields(w *event.Writer) {
	w.Str("clientId", w.Origin.ClientID)
	w.Str("topicName", e.Topic)
	w.Str("ruleName", e.Rule)
	w.Str("principalId", w.Origin.PrincipalID)
}
func (e *Match) Count(c *event.Counter) { c.Add("TopicMatch", 1, dimRule(e.Rule)) }

// Run is the fact that the statement of a rule lets its actions run. It makes no entry. Metric: RulesExecuted.
type Run struct{ event.Failure }

func (*Run) Kind() *event.Kind      { return kindRun }
func (*Run) Fields(*event.Writer)   {}
func (*Run) Count(c *event.Counter) { c.Add("RulesExecuted", 1) }

// Starting is the fact that an action is about to run.
// Entry: StartingRuleExecution (aws: iot/cwl-format#log-rule-starting-execution). It counts nothing.
type Starting struct {
	event.Failure
	Rule, Topic, Action string
}

func (*Starting) Kind() *event.Kind { return kindStarting }
func (e *Starting) Fields(w *event.Writer) {
	w.Str("clientId", w.Origin.ClientID)
	w.Str("topicName", e.Topic)
	w.Str("ruleName", e.Rule)
	w.Str("ruleAction", e.Action)
	w.Str("principalId", w.Origin.PrincipalID)
}

// Execution is the fact that an action has run or failed, or that no action of the rule could run: then it has none.
// Entry: RuleExecution (aws: iot/cwl-format#log-rule-execution). Metrics: Success, Failure and those of error actions; ParseError.
type Execution struct {
	event.Failure
	Rule, Topic string
	Action      *action.Kind
	Resources   []action.Resource
	OnError     bool   // it is the error action
	Unreadable  bool   // the payload is not JSON
	Metric      string // counted beside
}

// fail says why the action failed.
func (e *Execution) fail(err error) {
	e.Failure = event.Failure{Outcome: event.ServerError, Reason: "ActionFailed", Details: err.Error()}
	e.Metric = metricOf(err)
}

func (*Execution) Kind() *event.Kind { return kindExecution }
func (e *Execution) Fields(w *event.Writer) {
	name := notAvailable
	if e.Action != nil {
		name = e.Action.Name
	}
	w.Str("clientId", w.Origin.ClientID)
	w.Str("topicName", e.Topic)
	w.Str("ruleName", e.Rule)
	w.Str("ruleAction", name)
	w.JSON("resources", resourcesJSON(e.Resources))
	w.Str("principalId", w.Origin.PrincipalID)
	w.OptStr("details", e.Details)
	w.OptStr("reason", e.Reason)
}
func (e *Execution) Count(c *event.Counter) {
	if e.Unreadable {
		c.Add("ParseError", 1, dimRule(e.Rule))
	}
	if e.Action == nil {
		return
	}
	name := "Success"
	if e.Outcome != event.Success {
		name = "Failure"
	}
	if e.OnError {
		name = "ErrorAction" + name
	}
	c.Add(name, 1, dimRule(e.Rule), event.Dim{Name: "ActionType", Value: e.Action.Metric})
	if e.Metric != "" {
		c.Add(e.Metric, 1, dimRule(e.Rule))
	}
}

// resourcesJSON is what an action worked on, as an object of texts in their order.
func resourcesJSON(list []action.Resource) string {
	text := []byte{'{'}
	for i, r := range list {
		if i > 0 {
			text = append(text, ',')
		}
		name, _ := json.Marshal(r.Name)
		value, _ := json.Marshal(r.Value)
		text = append(append(append(text, name...), ':'), value...)
	}
	return string(append(text, '}'))
}

// Function is the fact that a statement called an external function.
// Entry: FunctionExecution (aws: iot/cwl-format#log-function-execution). It counts nothing.
type Function struct {
	event.Failure
	Rule, Topic string
	Call        rulesql.Call
}

// externals are the names of external functions in entries, and of what they are asked for.
var externals = map[string]struct{ name, resource string }{
	"aws_lambda":              {"AwsLambda", "FunctionArn"},
	"decode":                  {"Decode", "MessageType"},
	"get_dynamodb":            {"GetDynamoDB", "Table"},
	"get_registry_data":       {"GetRegistryData", "ThingName"},
	"get_secret":              {"GetSecret", "SecretId"},
	"get_thing_shadow":        {"GetThingShadow", "ThingName"},
	"machinelearning_predict": {"MachinelearningPredict", "ModelId"},
}

// newFunction is the fact of a call.
func newFunction(rule, topic string, c rulesql.Call) *Function {
	f := &Function{Rule: rule, Topic: topic, Call: c}
	if c.Err != nil {
		f.Failure = event.Failure{Outcome: event.ServerError, Reason: "FunctionFailed", Details: c.Err.Error()}
	}
	return f
}

func (*Function) Kind() *event.Kind { return kindFunction }
func (e *Function) Fields(w *event.Writer) {
	named := externals[e.Call.Function]
	w.Str("clientId", notAvailable)
	w.Str("topicName", e.Topic)
	w.Str("ruleName", e.Rule)
	w.Str("ruleAction", named.name)
	w.JSON("resources", resourcesJSON([]action.Resource{{Name: named.resource, Value: e.Call.Resource}}))
	w.Str("principalId", w.Origin.PrincipalID)
	e.Failure.Fields(w)
}

// NotFound is the fact that a message was sent straight to a rule that does not exist or is disabled.
// Entry: RuleNotFound (aws: iot/cwl-format#log-rule-not-found). Metric: RuleNotFound.
type NotFound struct{ Rule, Topic string }

func (*NotFound) Kind() *event.Kind     { return kindNotFound }
func (*NotFound) Result() event.Outcome { return event.ClientError }
func (e *NotFound) Fields(w *event.Writer) {
	noRule(w, e.Topic, e.Rule, "RuleNotFound", "Rule "+e.Rule+" not found")
}
func (e *NotFound) Count(c *event.Counter) { c.Add("RuleNotFound", 1, dimRule(e.Rule)) }

// Throttled is the fact that a message for a rule was dropped because there are too many of them.
// Entry: RuleMessageThrottled (aws: iot/cwl-format#log-rule-message-throttled). Metrics: its name, and the newer RuleExecutionThrottled.
type Throttled struct{ Rule, Topic string }

func (*Throttled) Kind() *event.Kind     { return kindThrottled }
func (*Throttled) Result() event.Outcome { return event.Throttle }
func (e *Throttled) Fields(w *event.Writer) {
	noRule(w, e.Topic, e.Rule, "RuleExecutionThrottled", "Message for Rule "+e.Rule+" throttled")
}
func (e *Throttled) Count(c *event.Counter) {
	c.Add("RuleMessageThrottled", 1, dimRule(e.Rule))
	c.Add("RuleExecutionThrottled", 1, dimRule(e.Rule))
}

// Evaluation is the fact that a rule was not matched with a message because the account has used up its evaluations of the second.
// Entry and metric: RuleEvaluation (aws: iot/cwl-format#log-rule-evaluation).
type Evaluation struct{}

func (*Evaluation) Kind() *event.Kind     { return kindEvaluation }
func (*Evaluation) Result() event.Outcome { return event.Throttle }
func (*Evaluation) Fields(w *event.Writer) {
	w.Str("clientId", w.Origin.ClientID)
	w.Str("topicName", notAvailable)
	w.Str("ruleName", notAvailable)
	w.Str("principalId", notAvailable)
	w.Str("reason", "Throttled")
	w.Str("details", "Exceeded Rule Evaluations per second per account limit")
}
func (*Evaluation) Count(c *event.Counter) {
	c.Add("RuleEvaluation", 1, event.Dim{Name: "Status", Value: "Throttled"})
}

// noRule writes the fields of a message that no rule took.
func noRule(w *event.Writer, topic, rule, reason, details string) {
	w.Str("clientId", w.Origin.ClientID)
	w.Str("topicName", topic)
	w.Str("ruleName", rule)
	w.Str("principalId", w.Origin.PrincipalID)
	w.Str("reason", reason)
	w.Str("details", details)
}
