package broker

import (
	"cmp"
	"strconv"
	"time"

	"telltale/base/event"
)

// Kinds lists every kind of fact the broker records.
var Kinds = []*event.Kind{kindConnect, kindDisconnect, kindPing, kindAuthN, kindTLSHandshake, kindPublishIn, kindPublishOut, kindQueued, kindSubscribe, kindUnsubscribe, kindThrottled, kindTally,
	kindDeleteConnection, kindGetConnection, kindListSubscriptions, kindGetRetained, kindListRetained, kindSendDirectMessage}

var (
	kindConnect     = event.NewKind(event.Kind{Name: "Connect", Metric: "Connect", Component: "broker", Success: event.Info})
	kindDisconnect  = event.NewKind(event.Kind{Name: "Disconnect", Component: "broker", Success: event.Info})
	kindPing        = event.NewKind(event.Kind{Name: "Ping", Metric: "Ping", Component: "broker", Success: event.Debug, OptIn: true})
	kindAuthN       = event.NewKind(event.Kind{Name: "Connection.AuthNError", Metric: "Connection", Component: "broker", OptIn: true})
	kindPublishIn   = event.NewKind(event.Kind{Name: "Publish-In", Metric: "PublishIn", Component: "broker", Success: event.Info})
	kindPublishOut  = event.NewKind(event.Kind{Name: "Publish-Out", Metric: "PublishOut", Component: "broker", Success: event.Info})
	kindQueued      = event.NewKind(event.Kind{Name: "Queued", Metric: "Queued", Component: "broker", Success: event.Info})
	kindThrottled   = event.NewKind(event.Kind{Component: "broker"})
	kindTally       = event.NewKind(event.Kind{Component: "broker"})
	kindSubscribe   = event.NewKind(event.Kind{Name: "Subscribe", Metric: "Subscribe", Component: "broker", Success: event.Info})
	kindUnsubscribe = event.NewKind(event.Kind{Name: "Unsubscribe", Metric: "Unsubscribe", Component: "broker", Success: event.Info})
)

// protocolMQTT is the protocol of everything that came over MQTT, WebSocket included.
const protocolMQTT = "MQTT"

// protocolHTTP is the protocol of requests.
const protocolHTTP = "HTTP"

var dimMQTT = event.Dim{Name: "Protocol", Value: protocolMQTT}

// Connect is the fact that a client connected or was refused.
// Entry: Connect (aws: iot/cwl-format#connect). Metric: Connect.<Outcome>.
type Connect struct {
	event.Failure
	Note string // details of a success that is not all the client asked for
}

func (*Connect) Kind() *event.Kind { return kindConnect }
func (e *Connect) Fields(w *event.Writer) {
	w.Str("protocol", protocolMQTT)
	w.Client()
	w.OptStr("details", e.Note)
	e.Failure.Fields(w)
}
func (e *Connect) Count(c *event.Counter) { c.Add(kindConnect.MetricName(e.Outcome), 1, dimMQTT) }

// Disconnect is the fact that a connection ended.
// Entry: Disconnect (aws: iot/cwl-format#disconnect). It counts nothing.
type Disconnect struct {
	event.Failure
	DisconnectReason string
	Life             *Life // nil: not known
}

func (*Disconnect) Kind() *event.Kind { return kindDisconnect }
func (e *Disconnect) Fields(w *event.Writer) {
	w.Str("protocol", protocolMQTT)
	w.Client()
	e.Failure.Fields(w)
	w.Str("disconnectReason", e.DisconnectReason)
	if e.Life != nil {
		e.Life.fields(w)
	}
}

// timeLayout is how entries spell times.
const timeLayout = "2006-01-02 15:04:05.000"

// Ping is the fact that a PINGREQ was answered. Off unless asked for.
// Entry: Ping (aws: iot/cwl-format#ping). Metric: Ping.Success.
type Ping struct {
	event.Failure
	Requested, Answered time.Time
}

func (*Ping) Kind() *event.Kind { return kindPing }
func (e *Ping) Fields(w *event.Writer) {
	w.Str("protocol", protocolMQTT)
	w.Int("latency", e.Answered.Sub(e.Requested).Milliseconds())
	w.Str("requestTimestamp", e.Requested.UTC().Format(timeLayout))
	w.Str("responseTimestamp", e.Answered.UTC().Format(timeLayout))
	w.Client()
}
func (e *Ping) Count(c *event.Counter) { c.Add(kindPing.MetricName(e.Outcome), 1, dimMQTT) }

// AuthN is the fact that a connection was refused because who makes it could not be authenticated. Off unless asked for.
// Entry and metric: Connection.AuthNError (aws: iot/cwl-format#connection-authn-error).
type AuthN struct {
	event.Failure
	Protocol   string // "": MQTT
	Type       string // AWS_X509, AWS_SIGV4, CUSTOM_AUTH, CUSTOM_AUTH_X509
	ServerName string
	TargetPort int
}

func (*AuthN) Kind() *event.Kind { return kindAuthN }
func (e *AuthN) Fields(w *event.Writer) {
	w.Str("protocol", cmp.Or(e.Protocol, protocolMQTT))
	w.Str("authenticationType", e.Type)
	w.Client()
	w.Int("targetPort", int64(e.TargetPort))
	w.Str("serverNameIndication", e.ServerName)
	e.Failure.Fields(w)
}
func (e *AuthN) Count(c *event.Counter) {
	c.Add("Connection.AuthNError", 1, event.Dim{Name: "Protocol", Value: cmp.Or(e.Protocol, protocolMQTT)})
}

// PublishIn is the fact that a PUBLISH was accepted or refused.
// Entry: Publish-In (aws: iot/cwl-format#publish-in). Metric: PublishIn.<Outcome>.
type PublishIn struct {
	event.Failure
	Protocol string // "": MQTT
	Topic    string
	Payload  []byte // shown to those who ask for it; nil: not known
	Retain   bool
	Note     string // where the message comes from, if not from a client
	tallied  bool   // counted with others, see tally
}

func (*PublishIn) Kind() *event.Kind { return kindPublishIn }
func (e *PublishIn) Fields(w *event.Writer) {
	w.Str("protocol", cmp.Or(e.Protocol, protocolMQTT))
	w.Str("topicName", e.Topic)
	w.Client()
	if e.Retain {
		w.Str("retain", "True")
	}
	if e.Outcome == event.Success {
		w.OptStr("details", e.Note)
	}
	e.Failure.Fields(w)
	w.Payload(e.Payload)
}
func (e *PublishIn) Count(c *event.Counter) {
	if e.tallied {
		return
	}
	dim := dimMQTT
	dim.Value = cmp.Or(e.Protocol, dim.Value)
	c.Add(kindPublishIn.MetricName(e.Outcome), 1, dim)
	if e.Retain && e.Outcome != event.ClientError {
		c.Add("PublishRetained."+e.Outcome.String(), 1, dim)
	}
}

// PublishOut is the fact that a message was delivered to one subscriber, or withheld from it. The origin's client is the receiver.
// Entry: Publish-Out (aws: iot/cwl-format#publish-out). Metric: PublishOut.<Outcome>.
type PublishOut struct {
	event.Failure
	Topic   string
	Payload []byte // as of PublishIn; a message that waited for acknowledgements has none
	Dropped uint64 // how many messages a fact stands for that were dropped or lost; 0 for one message
	tallied bool   // counted with others, see tally
}

func (*PublishOut) Kind() *event.Kind { return kindPublishOut }
func (e *PublishOut) Fields(w *event.Writer) {
	w.Str("protocol", protocolMQTT)
	w.Str("topicName", e.Topic)
	w.Client()
	e.Failure.Fields(w)
	w.Payload(e.Payload)
}
func (e *PublishOut) Count(c *event.Counter) {
	if !e.tallied {
		c.Add(kindPublishOut.MetricName(e.Outcome), float64(max(1, e.Dropped)), dimMQTT)
	}
}

// Queued is the fact that a message was stored for a client that is away, or not. The origin's client is the receiver.
// Entry: Queued (aws: iot/cwl-format#queued). Metric: Queued.<Outcome>.
type Queued struct {
	event.Failure
	Topic string
	QoS   byte
}

func (*Queued) Kind() *event.Kind { return kindQueued }
func (e *Queued) Fields(w *event.Writer) {
	w.Str("protocol", protocolMQTT)
	w.Str("topicName", e.Topic)
	w.OptStr("clientId", w.Origin.ClientID)
	w.Str("qos", strconv.Itoa(int(e.QoS)))
	e.Failure.Fields(w)
}
func (e *Queued) Count(c *event.Counter) { c.Add(kindQueued.MetricName(e.Outcome), 1, dimMQTT) }

// Throttled is the fact that a connection has more packets or bytes in a second than it may. It makes no entry.
// Metric: Throttle.Exceeded.
type Throttled struct{ event.Failure }

func (*Throttled) Kind() *event.Kind      { return kindThrottled }
func (*Throttled) Fields(*event.Writer)   {}
func (*Throttled) Count(c *event.Counter) { c.Add("Throttle.Exceeded", 1, dimMQTT) }

// Subscribe is the fact that a SUBSCRIBE was processed: one for each packet.
// Entry: Subscribe (aws: iot/cwl-format#subscribe). Metric: Subscribe.<Outcome>.
type Subscribe struct {
	event.Failure
	Topics        string // filters joined by commas
	Subscriptions string // MQTT 5: JSON array of {topicName, reasonCode}
}

func (*Subscribe) Kind() *event.Kind { return kindSubscribe }
func (e *Subscribe) Fields(w *event.Writer) {
	w.Str("protocol", protocolMQTT)
	w.Str("topicName", e.Topics)
	if e.Subscriptions != "" {
		w.JSON("subscriptions", e.Subscriptions)
	}
	w.Client()
	e.Failure.Fields(w)
}
func (e *Subscribe) Count(c *event.Counter) { c.Add(kindSubscribe.MetricName(e.Outcome), 1, dimMQTT) }

// Unsubscribe is the fact that an UNSUBSCRIBE was processed.
// Entry: Unsubscribe (aws: iot/cwl-format#unsubscribe). Metric: Unsubscribe.<Outcome>.
type Unsubscribe struct{ event.Failure }

func (*Unsubscribe) Kind() *event.Kind { return kindUnsubscribe }
func (e *Unsubscribe) Fields(w *event.Writer) {
	w.Str("protocol", protocolMQTT)
	w.Client()
	e.Failure.Fields(w)
}
func (e *Unsubscribe) Count(c *event.Counter) {
	c.Add(kindUnsubscribe.MetricName(e.Outcome), 1, dimMQTT)
}
