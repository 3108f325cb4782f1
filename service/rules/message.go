package rules

import (
	"bytes"
	"context"
	"strings"
	"time"

	"telltale/base/caller"
	"telltale/base/message"
	"telltale/lang/topic"
)

// listeners are the rules that listen to one topic.
type listeners struct {
	engine *Engine
	rules  []*rule
}

// HandleMessage runs each of the rules over a message. It keeps nothing of m.
func (l *listeners) HandleMessage(_ context.Context, m *message.Message) {
	for _, r := range l.rules {
		l.engine.handle(r, m, m.Topic)
	}
}

// HandleMessage takes a message that was sent straight to one rule. It implements message.Handler for $aws/rules/#.
// (aws: iot/iot-basic-ingest)
func (e *Engine) HandleMessage(_ context.Context, m *message.Message) {
	name, rest, ok := topic.BasicIngest(m.Topic)
	if !ok {
		return
	}
	b := e.book(m.Origin.Scope)
	r := b.find(name)
	switch {
	case r != nil && r.enabled:
		e.handle(r, m, rest)
	case b.missing.AllowN(time.Now(), 1):
		e.tell(&m.Origin, &NotFound{Rule: name, Topic: m.Topic})
	default:
		e.tell(&m.Origin, &Throttled{Rule: name, Topic: m.Topic})
	}
}

// isIngest reports whether a topic leads straight to a rule.
func isIngest(name string) bool { return strings.HasPrefix(name, "$aws/rules/") }

// handle takes a message through the steps of a rule. topic is what the rule sees.
func (e *Engine) handle(r *rule, m *message.Message, topic string) {
	x := &execution{engine: e, rule: r, message: m, who: unknown(&m.Origin), topic: topic, began: time.Now()}
	if !x.admit() {
		return
	}
	x.tell(&Match{Rule: r.name, Topic: m.Topic})
	r.enter()
	if !r.asks {
		x.run()
		return
	}
	x.own()
	if x.keep() {
		x.later()
	}
}

// clone is a message that may be kept.
func clone(m *message.Message) *message.Message {
	kept := *m
	kept.Payload = bytes.Clone(m.Payload)
	kept.Reached = nil
	return &kept
}

// unknown is the origin of facts about a message: what is not known is N/A. (aws: iot/cwl-format#rule-logs)
func unknown(o *caller.Origin) caller.Origin {
	named := *o
	if named.ClientID == "" {
		named.ClientID = notAvailable
	}
	if named.PrincipalID == "" {
		named.PrincipalID = notAvailable
	}
	return named
}

const notAvailable = "N/A"
