package broker

import "telltale/lang/mqtt"

// aliases are the topic aliases that a client was taught, the first topics that it got. [MQTT-3.3.2-11]
type aliases struct {
	most  int // that the client takes, and we give
	known map[string]uint16
}

// use replaces the topic of a message by its alias, or teaches the client one. It reports whether it taught one.
func (a *aliases) use(p *mqtt.Publish, topic string) (introduced bool) {
	alias, known := a.known[topic]
	switch {
	case known:
		p.Topic = nil
	case len(a.known) >= a.most:
		return false
	default:
		if a.known == nil {
			a.known = make(map[string]uint16)
		}
		alias = uint16(len(a.known) + 1)
		a.known[topic] = alias
	}
	p.Properties.TopicAlias = mqtt.Some(alias)
	return !known
}

// forget takes the last alias back, which the client was not taught after all.
func (a *aliases) forget(topic string) { delete(a.known, topic) }
