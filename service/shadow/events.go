package shadow

import "telltale/base/event"

// Kinds lists every kind of fact the service records.
var Kinds = []*event.Kind{kindGet, kindUpdate, kindDelete, kindList}

// No metric counts refusals, so the kinds have no stem of their own.
var (
	kindGet    = event.NewKind(event.Kind{Name: "GetThingShadow", Component: "shadow", Success: event.Info})
	kindUpdate = event.NewKind(event.Kind{Name: "UpdateThingShadow", Component: "shadow", Success: event.Info})
	kindDelete = event.NewKind(event.Kind{Name: "DeleteThingShadow", Component: "shadow", Success: event.Info})
	kindList   = event.NewKind(event.Kind{Component: "shadow"})
)

// Access is the fact that a shadow was read, changed or deleted, or that this was refused.
// Entries: GetThingShadow, UpdateThingShadow, DeleteThingShadow (aws: iot/cwl-format#get-thing-shadow and following), which do not say
// by whom: the trace leads there. Metrics: the same names with .Accepted.
type Access struct {
	event.Failure
	verb     *verb
	Protocol string
	Shadow   string // the name of the shadow, or of the thing if the shadow has none
	Topic    string // of the request; for HTTP the topic that would have been used
}

func (e *Access) Kind() *event.Kind { return e.verb.kind }
func (e *Access) Fields(w *event.Writer) {
	w.Str("protocol", e.Protocol)
	w.Str("deviceShadowName", e.Shadow)
	w.Str("topicName", e.Topic)
	e.Failure.Fields(w)
}
func (e *Access) Count(c *event.Counter) {
	if e.Outcome == event.Success {
		c.Add(e.verb.metric, 1, event.Dim{Name: "Protocol", Value: e.Protocol})
	}
}

// ListThingShadow is the fact that the named shadows of a thing were listed. It makes no entry. Metric: ListThingShadow.Accepted.
type ListThingShadow struct{ event.Failure }

func (*ListThingShadow) Kind() *event.Kind      { return kindList }
func (e *ListThingShadow) Fields(*event.Writer) {}
func (e *ListThingShadow) Count(c *event.Counter) {
	if e.Outcome == event.Success {
		c.Add("ListThingShadow.Accepted", 1, event.Dim{Name: "Protocol", Value: protocolHTTP})
	}
}
