package rules

import (
	"telltale/base/event"
	"telltale/base/message"
)

// resume does what the journal holds from an earlier run of the program. Actions that ran then are left out; one that was running may run
// a second time.
func (e *Engine) resume() {
	if len(e.left) > 0 {
		e.needs.Diary.Info("rules go on with messages from before the start", "messages", len(e.left))
	}
	for _, p := range e.left {
		e.resumeOne(p)
	}
	e.left = nil
}

func (e *Engine) resumeOne(p *pending) {
	m := &message.Message{Origin: p.Origin, Topic: p.Topic, Payload: p.Payload, Properties: p.Properties, Hops: p.Hops}
	r := e.book(p.Origin.Scope).find(p.Rule)
	if r == nil {
		e.tell(&m.Origin, &Execution{Rule: p.Rule, Topic: p.Topic, Failure: event.Failure{Outcome: event.ClientError, Reason: "RuleNotFound",
			Details: "Rule " + p.Rule + " was deleted before its actions had run for this message"}})
		e.journal.finish(p.id)
		return
	}
	x := &execution{engine: e, rule: r, message: m, who: unknown(&m.Origin), topic: p.Seen, began: p.Began, owned: true, id: p.id, resumed: true, done: map[int]bool{}}
	for _, i := range p.Done {
		x.done[i] = true
	}
	r.enter()
	x.run()
}
