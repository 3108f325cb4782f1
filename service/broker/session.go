package broker

import "telltale/lang/mqtt"

// session is what a client has at the broker while it is connected: its subscriptions and its will message.
type session struct {
	id            string
	domain        *domain
	conn          *conn
	subscriptions map[string]*subscription // by filter; used by the connection's goroutine only
	will          *will
}

// subscription is one filter of a session. It never changes; subscribing again replaces it.
type subscription struct {
	session *session
	qos     byte
	noLocal bool
}

func newSession(c *conn, a *attempt) *session {
	return &session{id: a.clientID, domain: c.b.domain(c.origin.Scope), conn: c, subscriptions: make(map[string]*subscription), will: a.will}
}

// enter puts the session into its domain. A session of the same client id is ended first: the newer connection wins, and the end of
// the older is told before it. [MQTT-3.1.4-2] (aws: iot/mqtt#mqtt-duplicate-client-id)
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
		<-old.conn.done
	}
}

// leave gives up the session's place; another session of the client id may enter.
func (s *session) leave() {
	s.domain.mu.Lock()
	delete(s.domain.sessions, s.id)
	s.domain.mu.Unlock()
}

// subscribe adds a subscription or replaces the one of the same filter. [MQTT-3.8.4-3]
func (s *session) subscribe(sub mqtt.Subscription) {
	filter := string(sub.Filter)
	x := &subscription{session: s, qos: sub.QoS, noLocal: sub.NoLocal}
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

func (s *session) unsubscribeAll() {
	for filter := range s.subscriptions {
		s.domain.tree.Remove(filter, s)
	}
}
