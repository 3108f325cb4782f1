package broker

import (
	"fmt"

	"telltale/base/event"
	"telltale/lang/mqtt"
)

// session is what a client has at the broker while it is connected: its subscriptions and its will message.
type session struct {
	id            string
	domain        *domain
	conn          *conn
	subscriptions map[string]*subscription // by filter; used by the connection's goroutine only
	will          *will
}

// subscription is one filter of a session.
type subscription struct {
	session *session
	filter  string
	qos     byte
	noLocal bool
	retain  bool // MQTT 5: keep the RETAIN flag of what is forwarded
}

// enter puts the session into its domain. A session of the same client id is ended first: the newer connection wins.
// [MQTT-3.1.4-2] (aws: iot/mqtt#mqtt-duplicate-client-id)
func (s *session) enter() {
	d := s.domain
	for {
		d.mu.Lock()
		old := d.sessions[s.id]
		if old == nil {
			d.sessions[s.id] = s
			d.mu.Unlock()
			return
		}
		d.mu.Unlock()
		old.conn.end(takenOver)
		<-old.conn.done // its Disconnect is told before our Connect
	}
}

// leave takes the session and its subscriptions out of the domain.
func (s *session) leave() {
	d := s.domain
	for filter := range s.subscriptions {
		d.tree.Remove(filter, s)
	}
	d.mu.Lock()
	if d.sessions[s.id] == s {
		delete(d.sessions, s.id)
	}
	d.mu.Unlock()
}

// subscribe adds a subscription or replaces the one of the same filter. [MQTT-3.8.4-3]
func (s *session) subscribe(sub mqtt.Subscription) {
	filter := string(sub.Filter)
	x := &subscription{session: s, filter: filter, qos: min(sub.QoS, 1), noLocal: sub.NoLocal, retain: sub.RetainAsPublished}
	s.subscriptions[filter] = x
	s.domain.tree.Add(filter, s, x)
}

// unsubscribe reports whether there was such a subscription.
func (s *session) unsubscribe(filter string) bool {
	if _, ok := s.subscriptions[filter]; !ok {
		return false
	}
	delete(s.subscriptions, filter)
	s.domain.tree.Remove(filter, s)
	return true
}

// recordLost tells that messages which waited for acknowledgements were lost with the connection.
func (s *session) recordLost(n int) {
	s.conn.b.needs.Facts.Record(&s.conn.origin, &PublishOut{Failure: event.Failure{Outcome: event.ClientError, Reason: "CLIENT_ERROR",
		Details: fmt.Sprintf("%d QoS 1 messages that waited for the client's acknowledgements were lost with its connection", n)}})
}
