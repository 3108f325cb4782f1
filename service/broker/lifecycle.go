package broker

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"telltale/base/caller"
	"telltale/base/message"
	"telltale/lang/mqtt"
)

// lifecycleEvent tells whoever subscribes to it that a client came, could not come, went, subscribed or unsubscribed.
// (aws: iot/life-cycle-events)
type lifecycleEvent struct {
	ClientID                  string   `json:"clientId"`
	ThingName                 string   `json:"thingName,omitempty"` // attached exclusively
	Timestamp                 int64    `json:"timestamp"`           // milliseconds
	EventType                 string   `json:"eventType"`
	SessionIdentifier         string   `json:"sessionIdentifier"`
	PrincipalIdentifier       string   `json:"principalIdentifier"`
	IPAddress                 string   `json:"ipAddress,omitempty"`
	ConnectFailureReason      string   `json:"connectFailureReason,omitempty"`
	ClientInitiatedDisconnect *bool    `json:"clientInitiatedDisconnect,omitempty"`
	DisconnectReason          string   `json:"disconnectReason,omitempty"`
	VersionNumber             *int64   `json:"versionNumber,omitempty"`
	Topics                    []string `json:"topics,omitempty"`
}

// newLifecycleEvent is an event of this connection. It is known by the trace that its Connect and Disconnect have.
func (c *conn) newLifecycleEvent(kind string) *lifecycleEvent {
	e := &lifecycleEvent{ClientID: c.origin.ClientID, Timestamp: time.Now().UnixMilli(), EventType: kind,
		SessionIdentifier: strings.ReplaceAll(c.origin.Trace.String(), "-", ""), PrincipalIdentifier: c.origin.PrincipalID}
	if c.exclusive {
		e.ThingName = c.origin.Thing
	}
	return e
}

// announceConnected tells that the client came.
func (c *conn) announceConnected() {
	e := c.newLifecycleEvent("connected")
	e.IPAddress = c.origin.SourceIP
	c.visit = c.session.domain.visits.begin(c.b.agenda, c.session.id)
	e.VersionNumber = &c.visit.version
	c.announce("presence", e, c.origin.Trace)
}

// announceDisconnected tells that the client went, and why.
func (c *conn) announceDisconnected(cause *ending, stays bool) {
	if c.visit == nil { // before it was told that the client came
		return
	}
	e, goodbye := c.newLifecycleEvent("disconnected"), cause.reason == clientGoodbye.reason
	e.ClientInitiatedDisconnect, e.DisconnectReason, e.VersionNumber = &goodbye, cause.reason, &c.visit.version
	remembered := away
	if stays {
		remembered = max(away, c.session.expiry)
	}
	c.session.domain.visits.end(c.b.agenda, c.session.id, c.visit, remembered)
	c.announce("presence", e, c.origin.Trace)
}

// announceRefused tells that the client may not connect.
func (c *conn) announceRefused(r *refusal) {
	if r.Reason != denied("").Reason || c.origin.ClientID == "" {
		return
	}
	e := c.newLifecycleEvent("connect_failed")
	e.IPAddress, e.ConnectFailureReason = c.origin.SourceIP, "AUTHORIZATION_FAILED"
	c.announce("presence", e, c.origin.Trace)
}

// announceSubscribed tells what the client subscribed to.
func (c *conn) announceSubscribed(x *subscribing) {
	var topics []string
	for i, s := range x.packet.Subscriptions {
		if !x.codes[i].Failed() {
			topics = append(topics, string(s.Filter))
		}
	}
	c.announceSubscriptions("subscribed", topics)
}

// announceUnsubscribed tells what the client does not subscribe to any more.
func (c *conn) announceUnsubscribed(filters [][]byte, codes []mqtt.ReasonCode) {
	var topics []string
	for i, filter := range filters {
		if codes[i] == mqtt.Success {
			topics = append(topics, string(filter))
		}
	}
	c.announceSubscriptions("unsubscribed", topics)
}

func (c *conn) announceSubscriptions(kind string, topics []string) {
	if len(topics) == 0 {
		return
	}
	e := c.newLifecycleEvent(kind)
	if c.entrant != nil && c.entrant.Signed {
		e.PrincipalIdentifier = signedPrincipal(c.entrant.Caller)
	}
	e.Topics = topics
	c.announce("subscriptions", e, c.who.Trace)
}

// signedPrincipal is how these events name who signed: account/id:name/id:name. (aws: iot/life-cycle-events#subscribe-unsubscribe-events)
func signedPrincipal(who *caller.Caller) string {
	id := who.PrincipalID
	if who.Kind == caller.User {
		id += ":" + who.UserName
	}
	return who.Account + "/" + id + "/" + id
}

// announce publishes an event. The topics of clients whose ids hold a wildcard would be none.
func (c *conn) announce(family string, e *lifecycleEvent, trace caller.Trace) {
	if strings.ContainsAny(e.ClientID, "#+") {
		return
	}
	payload, err := json.Marshal(e)
	if err == nil {
		from := c.origin
		from.Trace, from.ClientID = trace, "" // the client did not publish it
		err = c.b.Publish(context.Background(), &message.Message{Origin: from,
			Topic: "$aws/events/" + family + "/" + e.EventType + "/" + e.ClientID, Payload: payload, QoS: 1})
	}
	if err != nil {
		c.b.needs.Diary.Error("a lifecycle event cannot be stored", "client", e.ClientID, "event", e.EventType, "error", err)
	}
}

// visits counts how often clients came, to tell the order of their events. A client that stays away is forgotten.
type visits struct {
	mu sync.Mutex
	of map[string]*visit
}

// visit is one connection of a client.
type visit struct {
	version int64
	forget  *task
}

// away is how long a client is remembered after it went, unless its session is kept longer. (aws: iot/life-cycle-events#connect-disconnect)
const away = time.Hour

// begin counts a visit.
func (x *visits) begin(a *agenda, clientID string) *visit {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.of == nil {
		x.of = make(map[string]*visit)
	}
	next := &visit{}
	if last := x.of[clientID]; last != nil {
		next.version = last.version + 1
		a.cancel(last.forget)
	}
	x.of[clientID] = next
	return next
}

// end forgets a visit after a time, unless the client comes again before.
func (x *visits) end(a *agenda, clientID string, v *visit, remembered time.Duration) {
	if remembered >= never {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	v.forget = a.at(time.Now().Add(remembered), func(time.Time) {
		x.mu.Lock()
		defer x.mu.Unlock()
		if x.of[clientID] == v {
			delete(x.of, clientID)
		}
	})
}
