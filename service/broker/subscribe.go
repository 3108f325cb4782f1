package broker

import (
	"encoding/json"
	"fmt"
	"strings"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/lang/mqtt"
)

// handleSubscribe decides on each filter of a SUBSCRIBE, tells one fact for the packet, and answers SUBACK.
func (c *conn) handleSubscribe(body []byte) error {
	p, err := mqtt.DecodeSubscribe(body, c.version)
	if err != nil {
		return err
	}
	c.who = c.origin
	c.who.Trace = caller.NewTrace()
	x := &subscribing{packet: &p, codes: make([]mqtt.ReasonCode, len(p.Subscriptions))}
	if fatal := c.checkSubscribe(&p); fatal != nil {
		c.recordSubscribe(x, fatal.Failure)
		if fatal.code != 0 {
			c.end(clientError(fatal.code, fatal.Details))
		}
		return nil
	}
	for i := range p.Subscriptions {
		x.codes[i] = c.decide(x, &p.Subscriptions[i])
	}
	c.recordSubscribe(x, x.failure())
	c.sendSuback(&mqtt.Suback{ID: p.ID, Reasons: x.codes})
	return nil
}

// subscribing is one SUBSCRIBE on its way.
type subscribing struct {
	packet  *mqtt.Subscribe
	codes   []mqtt.ReasonCode
	denied  *event.Failure // the first filter that no policy allows
	refused *event.Failure // the first filter that broke a rule
}

// fatal is why a whole SUBSCRIBE is refused; code 0 keeps the connection and sends no answer.
type fatal struct {
	event.Failure
	code mqtt.ReasonCode
}

func (c *conn) checkSubscribe(p *mqtt.Subscribe) *fatal {
	limit := c.b.cfg.Limits.FiltersPerSubscribe
	if n := len(p.Subscriptions); n > limit {
		return &fatal{invalid(fmt.Sprintf("The SUBSCRIBE has %d topic filters; at most %d are allowed", n, limit)), mqtt.ProtocolError}
	}
	if len(p.Properties.SubscriptionIDs) > 0 {
		return &fatal{invalid("Subscription identifiers are not supported"), mqtt.SubIDsNotSupported}
	}
	for _, s := range p.Subscriptions {
		if s.QoS > 1 && c.version == mqtt.V5 {
			return &fatal{invalid("QoS 2 is not supported"), mqtt.QoSNotSupported}
		}
		if s.QoS > 1 {
			return &fatal{invalid("QoS 2 is not supported: no SUBACK is sent"), 0} // as AWS does
		}
		if text := c.b.checkFilter(string(s.Filter)); text != "" && c.version == mqtt.V311 {
			return &fatal{invalid(text), mqtt.TopicFilterInvalid}
		}
	}
	return nil
}

// decide subscribes to one filter, or says why not.
func (c *conn) decide(x *subscribing, s *mqtt.Subscription) mqtt.ReasonCode {
	filter := string(s.Filter)
	if text := c.b.checkFilter(filter); text != "" {
		return c.refuseFilter(x, mqtt.TopicFilterInvalid, invalid(text))
	}
	limit := c.b.cfg.Limits.Subscriptions
	if _, have := c.session.subscriptions[filter]; !have && len(c.session.subscriptions) >= limit {
		return c.refuseFilter(x, mqtt.QuotaExceeded, event.Failure{Outcome: event.Throttle, Reason: "THROTTLED",
			Details: fmt.Sprintf("The connection has %d subscriptions; more are not allowed", limit)})
	}
	v, err := c.authority.allow(c.background(), c.now, "iot:Subscribe", "topicfilter", filter)
	switch {
	case err != nil:
		return c.refuseFilter(x, mqtt.Unspecified, c.broken(err))
	case !v.allowed:
		f := denied(v.why)
		if x.denied == nil {
			x.denied = &f
		}
		return c.failureCode(mqtt.NotAuthorized)
	}
	c.session.subscribe(*s)
	return mqtt.ReasonCode(s.QoS)
}

func (c *conn) refuseFilter(x *subscribing, code mqtt.ReasonCode, f event.Failure) mqtt.ReasonCode {
	if x.refused == nil {
		x.refused = &f
	}
	return c.failureCode(code)
}

// failureCode is a code as the client's version knows it: 3.1.1 has one. [MQTT-3.9.3-2]
func (c *conn) failureCode(code mqtt.ReasonCode) mqtt.ReasonCode {
	if c.version != mqtt.V5 {
		return mqtt.Unspecified
	}
	return code
}

// failure is the outcome of the packet: a denial always shows; a broken rule only if no filter was granted, because the entry of a
// packet that subscribed to something is a success. (aws: iot/cwl-format#subscribe)
func (x *subscribing) failure() event.Failure {
	if x.denied != nil {
		return *x.denied
	}
	for _, code := range x.codes {
		if !code.Failed() {
			return event.Failure{}
		}
	}
	if x.refused != nil {
		return *x.refused
	}
	return event.Failure{}
}

func (c *conn) recordSubscribe(x *subscribing, f event.Failure) {
	names := make([]string, len(x.packet.Subscriptions))
	type result struct {
		TopicName  string `json:"topicName"`
		ReasonCode int    `json:"reasonCode"`
	}
	results := make([]result, len(names))
	for i, s := range x.packet.Subscriptions {
		names[i] = string(s.Filter)
		results[i] = result{names[i], int(x.codes[i])}
	}
	fact := &Subscribe{Failure: f, Topics: strings.Join(names, ",")}
	if c.version == mqtt.V5 {
		text, _ := json.Marshal(results) // strings and numbers: cannot fail
		fact.Subscriptions = string(text)
	}
	c.b.needs.Facts.Record(&c.who, fact)
}

func (c *conn) sendSuback(a *mqtt.Suback) {
	c.send(func(dst []byte) []byte { return mqtt.AppendSuback(dst, a, c.version) })
}
