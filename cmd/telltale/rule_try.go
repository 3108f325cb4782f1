package main

import (
	"errors"
	"fmt"
	"strings"

	"telltale/lang/rulesql"
	"telltale/lang/topic"
)

// ruleReport is what became of a message in a rule, stage by stage. Values are JSON texts, or Undefined.
type ruleReport struct {
	SQL       string           `json:"sql"`
	Version   string           `json:"sqlVersion"`
	Topic     string           `json:"topic"`
	Warnings  []string         `json:"warnings,omitempty"`
	Match     ruleMatch        `json:"match"`
	NotJSON   string           `json:"notJson,omitempty"` // why the payload could not be read
	Variables []ruleStep       `json:"variables,omitempty"`
	Where     *ruleWhere       `json:"where,omitempty"`
	Calls     []ruleStep       `json:"calls,omitempty"`
	Externals []ruleExternal   `json:"externalCalls,omitempty"`
	Select    []ruleStep       `json:"select,omitempty"`
	Result    *ruleResult      `json:"result,omitempty"`
	Actions   []renderedAction `json:"actions,omitempty"`
	Error     string           `json:"error,omitempty"` // what ended the evaluation
	Runs      bool             `json:"runs"`            // the actions would run
}

// ruleMatch is the stage FROM.
type ruleMatch struct {
	Matched     bool   `json:"matched"`
	Filter      string `json:"filter,omitempty"`
	BasicIngest string `json:"basicIngest,omitempty"` // the rule that the topic names
	Level       int    `json:"level,omitempty"`       // the first that differs
	Why         string `json:"why,omitempty"`
}

// ruleStep is a part of a statement with its value.
type ruleStep struct {
	Name   string `json:"name,omitempty"`
	Source string `json:"source"`
	Value  string `json:"value"`
}

// ruleWhere is the stage WHERE, with the attributes that it read.
type ruleWhere struct {
	ruleStep
	Passed bool       `json:"passed"`
	Reads  []ruleStep `json:"reads,omitempty"`
}

// ruleExternal is a question to another service.
type ruleExternal struct {
	Function string `json:"function"`
	Resource string `json:"resource"`
	Error    string `json:"error,omitempty"`
}

// ruleResult is the outgoing message.
type ruleResult struct {
	Payload []byte `json:"payloadBase64"`
	Text    string `json:"text,omitempty"` // the payload, if it is JSON
	Raw     bool   `json:"raw"`            // the incoming payload, untouched
}

// tryRule runs a rule for one message. The error is a mistake in the rule.
func tryRule(rule *storedRule, name, topicName string, payload []byte, world *ruleWorld) (*ruleReport, error) {
	q, err := rulesql.Parse(rule.SQL, rulesql.Version(rule.Version))
	if err != nil {
		return nil, pointed(rule.SQL, err)
	}
	actions, err := compileActions(q, rule.Actions)
	if err != nil {
		return nil, err
	}
	if err := topic.ValidateName(topicName); err != nil {
		return nil, err
	}
	r := &ruleReport{SQL: rule.SQL, Version: string(q.Version()), Topic: topicName}
	for _, w := range q.Warnings() {
		r.Warnings = append(r.Warnings, fmt.Sprintf("line %d, column %d: %s", w.Line, w.Column, w.Text))
	}
	if r.Match, err = matchRule(q, name, topicName); err != nil {
		return nil, err
	}
	if !r.Match.Matched {
		return r, nil
	}
	if _, rest, ok := topic.BasicIngest(topicName); ok {
		world.message.Topic = rest
	}
	r.evaluate(q, world, payload, actions)
	if rule.RuleDisabled {
		r.Warnings = append(r.Warnings, "the rule is disabled: it gets no messages until it is enabled")
		r.Runs = false
	}
	return r, nil
}

// matchRule is the stage FROM.
func matchRule(q *rulesql.Query, rule, name string) (ruleMatch, error) {
	m := ruleMatch{Filter: q.From()}
	if ingest, _, ok := topic.BasicIngest(name); ok {
		m.BasicIngest = ingest
		if m.Matched = rule == "" || rule == ingest; !m.Matched {
			m.Why = fmt.Sprintf("Basic Ingest goes straight to the rule %s", ingest)
		}
		return m, nil
	}
	if m.Filter == "" {
		m.Why = "the statement has no FROM: only messages to $aws/rules/NAME/… (Basic Ingest) reach the rule"
		return m, nil
	}
	if err := topic.ValidateFilter(m.Filter); err != nil {
		return m, fmt.Errorf("FROM: %w", err)
	}
	m.Level, m.Why = topic.Mismatch(m.Filter, name)
	m.Matched = m.Level == 0
	return m, nil
}

// evaluate is the stages after FROM.
func (r *ruleReport) evaluate(q *rulesql.Query, world *ruleWorld, payload []byte, actions []compiledAction) {
	e := rulesql.NewEvaluator()
	result, trace, err := e.Trace(q, world, payload)
	r.read(result, trace)
	if err != nil {
		r.Error = err.Error()
		return
	}
	if !result.Matched {
		return
	}
	r.Result = &ruleResult{Payload: result.Payload, Raw: result.Raw}
	if result.IsJSON() {
		r.Result.Text = string(result.Payload)
	}
	for i := range actions {
		a := actions[i].render(e)
		if a.Error != "" && r.Error == "" {
			r.Error = fmt.Sprintf("%s action: %s", a.Kind, a.Error)
		}
		r.Actions = append(r.Actions, a)
	}
	for _, c := range e.Calls()[len(result.Calls):] { // those of the templates
		r.Externals = append(r.Externals, external(c))
	}
	r.Runs = r.Error == ""
}

// read takes over what the evaluator tells.
func (r *ruleReport) read(result rulesql.Result, trace *rulesql.Trace) {
	if result.NotJSON != nil {
		r.NotJSON = result.NotJSON.Error()
	}
	r.Variables, r.Calls, r.Select = steps(trace.Variables), steps(trace.Calls), steps(trace.Fields)
	if trace.Where != "" {
		r.Where = &ruleWhere{ruleStep{Source: trace.Condition, Value: trace.Where}, result.Matched, steps(trace.Reads)}
	}
	for _, c := range result.Calls {
		r.Externals = append(r.Externals, external(c))
	}
}

func external(c rulesql.Call) ruleExternal {
	x := ruleExternal{Function: c.Function, Resource: c.Resource}
	if c.Err != nil {
		x.Error = c.Err.Error()
	}
	return x
}

func steps(list []rulesql.Step) []ruleStep {
	var out []ruleStep
	for _, s := range list {
		out = append(out, ruleStep(s))
	}
	return out
}

// pointed is a syntax error with the line that it is in and a caret under the place.
func pointed(source string, err error) error {
	var mistake *rulesql.Error
	if !errors.As(err, &mistake) {
		return err
	}
	const around = 60 // characters shown on each side of the place
	before, after := []rune(source[:mistake.Offset]), []rune(source[mistake.Offset:])
	if i := strings.LastIndexByte(string(before), '\n'); i >= 0 {
		before = []rune(string(before)[i+1:])
	}
	line, _, _ := strings.Cut(string(after), "\n")
	after = []rune(line)
	if len(before) > around {
		before = append([]rune("…"), before[len(before)-around:]...)
	}
	if len(after) > around {
		after = append(after[:around:around], '…')
	}
	indent := strings.Map(func(c rune) rune {
		if c == '\t' {
			return c
		}
		return ' '
	}, string(before))
	return fmt.Errorf("%w\n  %s%s\n  %s^", err, string(before), string(after), indent)
}
