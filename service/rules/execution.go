package rules

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"time"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/base/message"
	"telltale/lang/rulesql"
	"telltale/service/rules/action"
)

// execution is one run of a rule for one message.
type execution struct {
	engine  *Engine
	rule    *rule
	message *message.Message
	who     caller.Origin // of its facts: the publisher
	topic   string        // what the rule sees
	began   time.Time
	owned   bool   // message is a copy
	id      uint64 // in the journal; 0: not there
	resumed bool   // from the journal

	mu       sync.Mutex
	left     int          // actions that have not ended
	done     map[int]bool // actions that have run well
	failures []failure
}

// admit asks whether the rule may run: a message that goes in circles, or that is one too many in this second, is refused.
func (x *execution) admit() bool {
	e := x.engine
	if hops := x.message.Hops; hops > e.cfg.Hops {
		x.object("RepublishLoop", fmt.Sprintf("The message was republished by rules %d times, one after the other; at most %d are allowed. Rule %s does not run.",
			hops, e.cfg.Hops, x.rule.name))
		return false
	}
	if !e.book(x.rule.scope).evaluations.AllowN(x.began, 1) {
		x.tell(&Evaluation{})
		return false
	}
	return true
}

// own makes the message one that may be kept.
func (x *execution) own() {
	if !x.owned {
		x.message, x.owned = clone(x.message), true
	}
}

// keep puts the execution into the journal, unless it is there. If that fails it ends, for nobody would know of it after a crash.
func (x *execution) keep() bool {
	if x.id != 0 {
		return true
	}
	var err error
	if x.id, err = x.engine.journal.begin(x); err != nil {
		x.engine.needs.Diary.Error("a message for a rule could not be written to the journal", "rule", x.rule.name, "error", err)
		x.object("JournalFailed", "The message could not be written to the journal of the rules engine, so no action runs.")
		x.end()
		return false
	}
	return true
}

// later runs the execution when its turn comes: it asks other services.
func (x *execution) later() {
	if !x.engine.start(&x.rule.questions, x.run) {
		x.throttled()
		x.end()
	}
}

// run evaluates the statement and starts the actions. A rule that does not wait for anything has ended when it returns.
func (x *execution) run() {
	w := x.engine.borrow(x)
	defer x.engine.give(w)
	if result, ok := x.evaluate(w); ok {
		x.act(w, result)
		return
	}
	x.end()
}

// evaluate runs the statement; false if the actions do not run.
func (x *execution) evaluate(w *worker) (rulesql.Result, bool) {
	if x.rule.err != nil {
		x.object("RuleUnusable", "The rule cannot run: "+x.rule.err.Error())
		return rulesql.Result{}, false
	}
	r, err := w.evaluator.Eval(x.rule.query, w, x.message.Payload)
	x.told(r.Calls)
	switch {
	case err != nil:
		x.object("EvaluationFailed", err.Error())
	case r.NotJSON != nil && !x.rule.query.TakesBytes():
		x.unreadable(r.NotJSON)
	case r.Matched:
		if !x.resumed {
			x.tell(&Run{})
		}
		return r, true
	}
	return r, false
}

// act renders the actions and runs them, or lets them wait for their turn.
func (x *execution) act(w *worker, r rulesql.Result) {
	isJSON := r.IsJSON()
	if x.rule.waits {
		x.own()
		if !x.keep() {
			return
		}
	}
	result := &action.Message{
		Origin: x.message.Origin, Rule: x.rule.name, Topic: x.topic, Payload: r.Payload, JSON: isJSON, Original: x.message.Payload,
		Properties: x.message.Properties, Hops: x.message.Hops,
	}
	if r.Raw {
		result.Payload = x.message.Payload
	}
	todo := x.todo()
	if x.left = len(todo); x.left == 0 {
		x.end()
		return
	}
	for _, i := range todo {
		x.startStep(w, i, x.rule.actions[i], result)
	}
}

// todo lists the actions that have not run: all, but for an execution that began before a crash.
func (x *execution) todo() (list []int) {
	for i := range x.rule.actions {
		if !x.done[i] {
			list = append(list, i)
		}
	}
	return list
}

func (x *execution) startStep(w *worker, i int, s *step, result *action.Message) {
	calls := len(w.evaluator.Calls())
	rendering := &action.Rendering{Message: result, Evaluator: w.evaluator}
	task, err := s.action.Render(rendering)
	if err == nil {
		err = rendering.Err()
	}
	x.told(w.evaluator.Calls()[calls:])
	if err != nil {
		x.settle(i, s, nil, &action.Error{Text: "The parameters of the action could not be filled in: " + err.Error()})
		return
	}
	x.startTask(i, s, task, len(result.Payload))
}

// startTask runs a task at once, or lets it wait for its turn, alone or in a batch.
func (x *execution) startTask(i int, s *step, task action.Task, size int) {
	if s.kind.Inline {
		x.perform(i, s, task)
		return
	}
	if b, ok := task.(action.Batched); ok && b.Batch().Key != "" {
		x.engine.gather(s, b, &member{x, i, task, size})
		return
	}
	if !x.engine.start(&s.lane, func() { x.perform(i, s, task) }) {
		x.throttled()
		x.ended(i, nil)
	}
}

// onError is the number of the error action in place of an index.
const onError = -1

// perform runs a task and tells how it ended.
func (x *execution) perform(i int, s *step, task action.Task) {
	x.tell(&Starting{Rule: x.rule.name, Topic: x.message.Topic, Action: s.kind.Name})
	ctx := x.engine.tasks
	if !s.kind.Inline {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, taskTime)
		defer cancel()
	}
	err := x.engine.allowed(ctx, task.Permission())
	if err == nil {
		err = task.Run(ctx)
	}
	if err != nil && x.engine.tasks.Err() != nil {
		return // cut short by the end of the program: the journal has it
	}
	x.settle(i, s, task, err)
}

// settle tells how an action ended.
func (x *execution) settle(i int, s *step, task action.Task, err error) {
	fact := &Execution{Rule: x.rule.name, Topic: x.message.Topic, Action: s.kind, OnError: i == onError}
	if task != nil {
		fact.Resources = task.Resources()
	}
	var failed *failure
	if err != nil {
		failed = newFailure(s, fact.Resources, err)
		fact.fail(err)
	}
	x.tell(fact)
	if i == onError {
		x.end()
		return
	}
	x.ended(i, failed)
}

// ended notes that an action has ended, and after the last one ends the execution, telling the error action of what failed.
func (x *execution) ended(i int, failed *failure) {
	x.mu.Lock()
	if failed != nil {
		x.failures = append(x.failures, *failed)
	} else {
		x.engine.journal.mark(x.id, i)
		if x.done == nil {
			x.done = map[int]bool{}
		}
		x.done[i] = true
	}
	x.left--
	last := x.left == 0
	x.mu.Unlock()
	switch {
	case !last:
	case len(x.failures) > 0 && x.rule.onError != nil:
		x.report()
	default:
		x.end()
	}
}

// end forgets the execution.
func (x *execution) end() {
	x.engine.journal.finish(x.id)
	x.rule.leave()
}

// tell records a fact about the message.
func (x *execution) tell(f event.Fact) { x.engine.needs.Facts.Record(&x.who, f) }

// object tells that the rule does not run to its end, although it should.
func (x *execution) object(reason, details string) {
	x.tell(&Execution{Rule: x.rule.name, Topic: x.message.Topic, Failure: event.Failure{Outcome: event.ClientError, Reason: reason, Details: details}})
}

// unreadable tells that the statement asks for something in a payload that is not JSON.
func (x *execution) unreadable(err error) {
	x.tell(&Execution{Rule: x.rule.name, Topic: x.message.Topic, Unreadable: true, Failure: event.Failure{Outcome: event.ClientError, Reason: "ParseError",
		Details: "The payload is not JSON: " + err.Error()}})
}

// throttled tells that a message was dropped because too many wait for the rule.
func (x *execution) throttled() { x.tell(&Throttled{Rule: x.rule.name, Topic: x.message.Topic}) }

// told tells which external functions were called.
func (x *execution) told(calls []rulesql.Call) {
	for _, c := range calls {
		x.tell(newFunction(x.rule.name, x.message.Topic, c))
	}
}

// report runs the error action.
func (x *execution) report() {
	s := x.rule.onError
	if !s.kind.Inline {
		x.own()
		if !x.keep() {
			return
		}
	}
	w := x.engine.borrow(x)
	defer x.engine.give(w)
	w.evaluator.Bind(x.rule.query, w, x.message.Payload)
	result := &action.Message{
		Origin: x.message.Origin, Rule: x.rule.name, Topic: x.topic, Payload: x.failuresJSON(), JSON: true, Original: bytes.Clone(x.message.Payload),
		Properties: x.message.Properties, Hops: x.message.Hops,
	}
	rendering := &action.Rendering{Message: result, Evaluator: w.evaluator}
	task, err := s.action.Render(rendering)
	if err == nil {
		err = rendering.Err()
	}
	switch {
	case err != nil:
		x.settle(onError, s, nil, &action.Error{Text: "The parameters of the action could not be filled in: " + err.Error()})
	case s.kind.Inline:
		x.perform(onError, s, task)
	case !x.engine.start(&s.lane, func() { x.perform(onError, s, task) }):
		x.throttled()
		x.end()
	}
}
