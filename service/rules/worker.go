package rules

import (
	"math/rand/v2"
	"time"

	"github.com/google/uuid"

	"telltale/base/message"
	"telltale/lang/rulesql"
)

// worker evaluates statements. It is the world that a statement sees, for one message after the other.
type worker struct {
	external
	evaluator *rulesql.Evaluator
	message   rulesql.Message
}

var _ rulesql.Env = (*worker)(nil)

func (e *Engine) newWorker() *worker {
	return &worker{external: external{engine: e}, evaluator: rulesql.NewEvaluator()}
}

// borrow is a worker for an execution; the caller gives it back.
func (e *Engine) borrow(x *execution) *worker {
	w := e.workers.Get().(*worker)
	w.scope = x.rule.scope
	o := &x.message.Origin
	w.message = rulesql.Message{
		Topic: x.topic, ClientID: o.ClientID, Principal: o.PrincipalID, AccountID: o.Account, TraceID: o.Trace.String(), Time: x.began,
		MQTT5: propertiesOf(x.message.Properties),
	}
	return w
}

func (e *Engine) give(w *worker) {
	w.message = rulesql.Message{}
	e.workers.Put(w)
}

func propertiesOf(p *message.Properties) rulesql.Properties {
	if p == nil {
		return rulesql.Properties{}
	}
	out := rulesql.Properties{ContentType: p.ContentType, UTF8: p.PayloadFormat == 1, ResponseTopic: p.ResponseTopic, CorrelationData: p.CorrelationData}
	for _, u := range p.User {
		out.User = append(out.User, rulesql.Property{Name: u.Name, Value: u.Value})
	}
	return out
}

// Message is the message of the execution.
func (w *worker) Message() *rulesql.Message { return &w.message }

// Random is a number in [0, 1).
func (w *worker) Random() float64 { return rand.Float64() }

// UUID is a new random UUID.
func (w *worker) UUID() string { return uuid.NewString() }

// Location finds a time zone.
func (w *worker) Location(name string) (*time.Location, error) { return time.LoadLocation(name) }
