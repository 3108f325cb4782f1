package broker

import (
	"strconv"
	"time"

	"telltale/base/event"
)

var (
	kindDeleteConnection  = event.NewKind(event.Kind{Name: "DeleteConnection", Component: "broker", Success: event.Info})
	kindGetConnection     = event.NewKind(event.Kind{Name: "GetConnection", Component: "broker", Success: event.Info})
	kindListSubscriptions = event.NewKind(event.Kind{Name: "ListSubscriptions", Component: "broker", Success: event.Info})
	kindGetRetained       = event.NewKind(event.Kind{Name: "GetRetainedMessage", Component: "broker", Success: event.Info})
	kindListRetained      = event.NewKind(event.Kind{Name: "ListRetainedMessage", Component: "broker", Success: event.Info})
	kindSendDirectMessage = event.NewKind(event.Kind{Name: "SendDirectMessage", Component: "broker", Success: event.Info})
)

// ConnectionRequest is the fact that a request about a client was answered or refused. The origin's client is the one it is about.
// Entries: DeleteConnection, GetConnection, ListSubscriptions (aws: iot/cwl-format). It counts nothing.
type ConnectionRequest struct {
	event.Failure
	kind       *event.Kind
	MaxResults *int32 // of ListSubscriptions
}

// NewConnectionRequest is a fact of one of the three kinds.
func NewConnectionRequest(kind *event.Kind, maxResults *int32, f event.Failure) *ConnectionRequest {
	return &ConnectionRequest{Failure: f, kind: kind, MaxResults: maxResults}
}

// Kind is that of the operation.
func (e *ConnectionRequest) Kind() *event.Kind { return e.kind }

// Fields writes what the entry tells.
func (e *ConnectionRequest) Fields(w *event.Writer) {
	w.Str("protocol", protocolHTTP)
	w.Client()
	if e.MaxResults != nil {
		w.Int("maxResults", int64(*e.MaxResults))
	}
	e.Failure.Fields(w)
}

// GetRetained is the fact that a retained message was read over the API, or not.
// Entry: GetRetainedMessage (aws: iot/cwl-format). It counts nothing.
type GetRetained struct {
	event.Failure
	Topic    string
	QoS      byte
	Modified time.Time
}

// Kind is GetRetainedMessage.
func (*GetRetained) Kind() *event.Kind { return kindGetRetained }

// Fields writes what the entry tells.
func (e *GetRetained) Fields(w *event.Writer) {
	w.Str("protocol", protocolHTTP)
	w.Str("topicName", e.Topic)
	if e.Outcome == event.Success {
		w.Str("qos", strconv.Itoa(int(e.QoS)))
		w.Str("lastModifiedDate", e.Modified.UTC().Format("2006-01-02 15:04:05.000"))
	}
	e.Failure.Fields(w)
}

// ListRetained is the fact that retained messages were listed over the API, or not.
// Entry: ListRetainedMessage (aws: iot/cwl-format). It counts nothing.
type ListRetained struct{ event.Failure }

// Kind is ListRetainedMessage.
func (*ListRetained) Kind() *event.Kind { return kindListRetained }

// Fields writes what the entry tells.
func (e *ListRetained) Fields(w *event.Writer) {
	w.Str("protocol", protocolHTTP)
	e.Failure.Fields(w)
}

// DirectMessage is the fact that a message was sent to one client over the API, or not. The origin's client is the receiver.
// Entry: SendDirectMessage (aws: iot/cwl-format). It counts nothing: the receiver's Publish-Out does.
type DirectMessage struct {
	event.Failure
	Topic   string
	Confirm bool
	Timeout time.Duration // of the confirmation; 0: what was asked for is not allowed
}

// Kind is SendDirectMessage.
func (*DirectMessage) Kind() *event.Kind { return kindSendDirectMessage }

// Fields writes what the entry tells.
func (e *DirectMessage) Fields(w *event.Writer) {
	w.Str("protocol", protocolHTTP)
	w.Str("topicName", e.Topic)
	w.OptStr("clientId", w.Origin.ClientID)
	w.OptStr("principalId", w.Origin.PrincipalID)
	w.Bool("confirmation", e.Confirm)
	if w.Origin.SourceIP != "" {
		w.Str("sourceIp", w.Origin.SourceIP)
		w.Int("sourcePort", int64(w.Origin.SourcePort))
	}
	e.Failure.Fields(w)
	if e.Confirm && e.Timeout > 0 {
		w.Int("timeout", int64(e.Timeout/time.Second))
	}
}
