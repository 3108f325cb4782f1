package broker

import (
	"encoding/json"
	"fmt"
	"strings"

	"telltale/base/arn"
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
	_ = c.commit() // whoever waits was told
	c.who = c.origin
	c.who.Trace = caller.NewTrace()
	x := &subscribing{packet: &p, codes: make([]mqtt.ReasonCode, len(p.Subscriptions))}
	if o := c.checkSubscribe(&p); o != nil {
		c.objectSubscribe(x, o)
		return nil
	}
	for i := range p.Subscriptions {
		x.codes[i] = c.failureCode(c.decide(x, &p.Subscriptions[i]))
	}
	if len(x.granted) > 0 {
		if err := c.b.saveSession(c.session); err != nil {
			c.recordSubscribe(x, c.broken(err))
			return c.b.lost(err)
		}
	}
	c.recordSubscribe(x, x.failure())
	a := mqtt.Suback{ID: p.ID, Reasons: x.codes}
	if why := x.why(); why != "" && !c.terse {
		a.Properties.ReasonString = []byte(printable(why))
	}
	c.send(func(dst []byte) []byte { return mqtt.AppendSuback(dst, &a, c.version) })
	c.announceSubscribed(x)
	return c.sendWhatWaits(x)
}

// sendWhatWaits sends what topics retained, and what waited for the shared subscriptions.
func (c *conn) sendWhatWaits(x *subscribing) error {
	for _, g := range x.granted {
		if g.x.group != nil { // these get no retained messages [MQTT-3.8.4-4]
			g.x.group.drainAt(c.now)
			continue
		}
		if g.handling == 0 || g.handling == 1 && g.fresh { // [MQTT-3.3.1-9] [MQTT-3.3.1-10] [MQTT-3.3.1-11]
			if err := c.sendRetained(g.x); err != nil {
				return c.b.lost(err)
			}
		}
	}
	return nil
}

// lost ends a connection because the disk fails; why is in the diary.
func (b *Broker) lost(err error) error {
	b.needs.Diary.Error("the state of a session cannot be kept", "error", err)
	return &mqtt.Error{Code: mqtt.Unspecified, Text: internalError.text}
}

// subscribing is one SUBSCRIBE on its way.
type subscribing struct {
	packet  *mqtt.Subscribe
	codes   []mqtt.ReasonCode
	granted []granted
	denied  *event.Failure // the first filter that no policy allows
	refused *event.Failure // the first filter that broke a rule
	remark  event.Failure  // about the first filter that no policy allows and that was let through
}

// granted is a subscription that was made.
type granted struct {
	x        *subscription
	fresh    bool
	handling byte
}

// why explains the codes of an MQTT 5 SUBACK that say that a filter failed.
func (x *subscribing) why() string {
	switch {
	case x.denied != nil:
		return x.denied.Details
	case x.refused != nil:
		return x.refused.Details
	}
	return ""
}

// checkSubscribe says what is wrong with a SUBSCRIBE as a whole, or nil. 3.1.1 ends the connection also for a filter that is not one.
func (c *conn) checkSubscribe(p *mqtt.Subscribe) *objection {
	limit := c.b.cfg.Limits.FiltersPerSubscribe
	if n := len(p.Subscriptions); n > limit {
		return &objection{text: fmt.Sprintf("The SUBSCRIBE has %d topic filters; at most %d are allowed", n, limit), code: mqtt.ProtocolError}
	}
	if len(p.Properties.SubscriptionIDs) > 0 && !c.b.cfg.Limits.SubscriptionIDs {
		return &objection{text: "Subscription identifiers are not supported", code: mqtt.SubIDsNotSupported}
	}
	for _, s := range p.Subscriptions {
		if s.QoS > c.b.cfg.Limits.QoS {
			return &objection{text: "QoS 2 is not supported", code: mqtt.QoSNotSupported}
		}
		if o := c.b.checkFilter(string(s.Filter)); o != nil && o.harsh && c.version == mqtt.V311 {
			return o
		}
	}
	return nil
}

// objectSubscribe refuses a whole SUBSCRIBE, which ends the connection, except that AWS lets QoS 2 of 3.1.1 wait for an answer that
// never comes.
func (c *conn) objectSubscribe(x *subscribing, o *objection) {
	for i := range x.codes {
		x.codes[i] = o.code
	}
	c.recordSubscribe(x, invalid(o.text))
	if o.code != mqtt.QoSNotSupported || c.version == mqtt.V5 {
		c.end(clientError(o.code, o.text))
	}
}

// decide subscribes to one filter, or says why not.
func (c *conn) decide(x *subscribing, s *mqtt.Subscription) mqtt.ReasonCode {
	filter := string(s.Filter)
	if o := c.b.checkFilter(filter); o != nil {
		return refuseFilter(&x.refused, o.code, invalid(o.text))
	}
	if f := c.checkSubscriptions(filter); f != nil {
		return refuseFilter(&x.refused, mqtt.QuotaExceeded, *f)
	}
	v := c.permissions.allow(c.now, "iot:Subscribe", arn.IoT(c.origin.Scope, "topicfilter", filter))
	switch {
	case v.err != nil:
		return refuseFilter(&x.refused, mqtt.Unspecified, v.failure(c))
	case !v.allowed:
		return refuseFilter(&x.denied, mqtt.NotAuthorized, v.failure(c))
	case v.overlooked && x.remark.Details == "":
		x.remark = v.remark()
	}
	sub := &subscription{qos: s.QoS, noLocal: s.NoLocal, asPublished: s.RetainAsPublished, group: c.session.domain.groupOf(filter)}
	if len(x.packet.Properties.SubscriptionIDs) > 0 {
		sub.id = x.packet.Properties.SubscriptionIDs[0]
	}
	x.granted = append(x.granted, granted{sub, c.session.subscribe(filter, sub), s.RetainHandling})
	return mqtt.ReasonCode(s.QoS)
}

// checkSubscriptions says which quota one more subscription would exceed, or nil.
func (c *conn) checkSubscriptions(filter string) *event.Failure {
	limits, d := &c.b.cfg.Limits, c.session.domain
	fail := func(format string, args ...any) *event.Failure {
		f := throttled(format, args...)
		return &f
	}
	if !allows(d.throttles.subscriptions, c.now, 1) {
		return fail("The account subscribes to more than %d filters a second", c.b.cfg.Rates.Subscriptions)
	}
	if _, have := c.session.subscriptions[filter]; have {
		return nil
	}
	if n := len(c.session.subscriptions); n >= limits.Subscriptions {
		return fail("The connection has %d subscriptions; more are not allowed", n)
	}
	if n := d.subscriptions.Load(); n >= int64(limits.AllSubscriptions) {
		return fail("The account has %d subscriptions; more are not allowed", n)
	}
	groups, members := d.share(filter)
	switch {
	case groups >= limits.SharedGroups:
		return fail("The account has %d shared subscriptions; more are not allowed", groups)
	case members >= limits.SharedMembers:
		return fail("The shared subscription has %d members; more are not allowed", members)
	}
	return nil
}

// refuseFilter keeps the first failure of its sort.
func refuseFilter(first **event.Failure, code mqtt.ReasonCode, f event.Failure) mqtt.ReasonCode {
	if *first == nil {
		*first = &f
	}
	return code
}

// failureCode is a code as the client's version knows it: 3.1.1 has one. [MQTT-3.9.3-2]
func (c *conn) failureCode(code mqtt.ReasonCode) mqtt.ReasonCode {
	if code.Failed() && c.version != mqtt.V5 {
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
			return x.remark
		}
	}
	if x.refused != nil {
		return *x.refused
	}
	return event.Failure{}
}

// recordSubscribe tells what became of a SUBSCRIBE: all its filters, joined, and for MQTT 5 the code of each.
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
