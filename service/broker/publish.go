package broker

import (
	"fmt"
	"time"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/base/event"
	"telltale/lang/mqtt"
)

// handlePublish takes a PUBLISH through its steps. (aws: iot/mqtt#mqtt-qos)
func (c *conn) handlePublish(header byte, body []byte) error {
	p := &c.packet
	if err := p.Decode(header, body, c.version); err != nil {
		return err
	}
	if err := p.CheckFromClient(); err != nil {
		return err
	}
	if err := c.resolveAlias(p); err != nil {
		return err
	}
	if known, err := c.receive(p); known || err != nil {
		return err
	}
	x := c.route(c.session.domain, p.Topic, c)
	c.begin(p, x)
	if f := c.checkRates(p, x); f != nil {
		c.discard(p, *f)
		return nil
	}
	if o := c.checkLimits(p, x); o != nil {
		c.object(p, o)
		return nil
	}
	if v := c.permit(p, x); !v.allowed {
		c.deny(p, v)
		return nil
	}
	c.b.cfg.Limits.clampExpiry(&p.Properties)
	if c.in.tallied = !p.Retain; c.in.tallied {
		c.tallyFor(c.origin.Scope).in++
	}
	c.b.needs.Facts.Record(&c.who, &c.in)
	if p.Retain {
		c.retain(c.origin.Scope, p, x.topic)
	}
	c.deliverAll(p, x)
	c.callMounts(x, p)
	c.acknowledge(p)
	return nil
}

// resolveAlias replaces a topic alias by its topic, or learns a new alias. [MQTT-3.3.2-7]
func (c *conn) resolveAlias(p *mqtt.Publish) error {
	if !p.Properties.TopicAlias.Present {
		return nil
	}
	alias, limit := int(p.Properties.TopicAlias.Value), c.b.cfg.Limits.TopicAliases
	if alias > limit {
		return &mqtt.Error{Code: mqtt.TopicAliasInvalid, Text: fmt.Sprintf("PUBLISH: the topic alias is %d; at most %d is allowed", alias, limit), Requirement: "MQTT-3.3.2-9"}
	}
	if c.aliases == nil {
		c.aliases = make([][]byte, limit+1)
	}
	if len(p.Topic) > 0 {
		c.aliases[alias] = append(c.aliases[alias][:0], p.Topic...)
		return nil
	}
	if c.aliases[alias] == nil {
		return &mqtt.Error{Code: mqtt.ProtocolError, Text: fmt.Sprintf("PUBLISH: the topic alias %d was not introduced with a topic", alias)}
	}
	p.Topic = c.aliases[alias]
	return nil
}

// receive notes a message of QoS 2. One that came before is known, and only answered again. [MQTT-4.3.3-10]
func (c *conn) receive(p *mqtt.Publish) (known bool, err error) {
	limit := c.b.cfg.Limits.Inflight
	if p.QoS < 2 || c.b.cfg.Limits.QoS < 2 {
		return false, nil
	}
	if c.received, known = c.session.receive(p.ID); known {
		c.owe(owed{kind: mqtt.TypePubrec, id: p.ID})
		return true, nil
	}
	if n := len(c.session.receipts); n > limit { // [MQTT-3.3.4-7]
		c.session.letGo(p.ID)
		return false, &mqtt.Error{Code: mqtt.ReceiveMaximumExceeded, Text: fmt.Sprintf("PUBLISH: %d messages of QoS 2 are unfinished; at most %d are allowed", n, limit)}
	}
	return false, nil
}

// begin prepares the fact of one publish, with a trace of its own.
func (c *conn) begin(p *mqtt.Publish, x *route) {
	c.who = c.origin
	c.who.Trace = caller.NewTrace()
	c.in = PublishIn{Topic: x.topic, Payload: p.Payload, Retain: p.Retain, Failure: x.publish.remark()}
}

// checkRates says which quota a message exceeds, or nil.
func (c *conn) checkRates(p *mqtt.Publish, x *route) *event.Failure {
	rates, t := &c.b.cfg.Rates, &c.session.domain.throttles
	fail := func(format string, args ...any) *event.Failure {
		f := throttled(format, args...)
		return &f
	}
	switch {
	case !allows(c.publishes, c.now, 1):
		c.b.needs.Facts.Record(&c.who, &Throttled{})
		return fail("The connection has more than %d messages a second, in and out", rates.Publishes)
	case !allows(t.publishes, c.now, 1):
		return fail("The account has more than %d messages a second", rates.AccountPublishes)
	case !p.Retain:
		return nil
	}
	return c.session.domain.checkRetain(p, x.topic, c.now)
}

// checkRetain refuses a message that is to be retained where there are too many.
func (d *domain) checkRetain(p *mqtt.Publish, topic string, now time.Time) *event.Failure {
	rates, t := &d.b.cfg.Rates, &d.throttles
	fail := func(format string, args ...any) *event.Failure {
		f := throttled(format, args...)
		return &f
	}
	switch {
	case !allows(t.retained, now, 1):
		return fail("The account has more than %d retained messages a second", rates.Retained)
	case !t.topics.allows(&t.mu, now, topic):
		return fail("The topic has more than %d retained messages a second", rates.RetainedTopic)
	}
	if has, n := d.retained.has(topic); len(p.Payload) > 0 && !has && n >= d.b.cfg.Limits.Retained {
		return fail("The account has %d retained messages; more are not allowed", n)
	}
	return nil
}

// discard drops a message that exceeds a quota. The connection is kept; MQTT 5 can tell the client.
func (c *conn) discard(p *mqtt.Publish, f event.Failure) {
	c.in.Failure = f
	c.b.needs.Facts.Record(&c.who, &c.in)
	c.refusePublish(p, mqtt.QuotaExceeded, f.Details)
}

// refusePublish answers a message that is not taken, where the protocol has an answer, and reports whether it has.
func (c *conn) refusePublish(p *mqtt.Publish, code mqtt.ReasonCode, text string) bool {
	if p.QoS == 2 && c.received != nil {
		c.session.letGo(p.ID) // [MQTT-4.3.3-9]
		c.received = nil
	}
	if p.QoS == 0 || c.version != mqtt.V5 {
		return false
	}
	c.owe(owed{kind: answerTo(p.QoS), id: p.ID, reason: code, text: text})
	return true
}

func (c *conn) checkLimits(p *mqtt.Publish, x *route) *objection {
	limits := &c.b.cfg.Limits
	switch {
	case len(p.Payload) > limits.PayloadBytes:
		return &objection{text: oversize, code: mqtt.PacketTooLarge, harsh: true}
	case x.objection != nil:
		return x.objection
	case p.QoS > limits.QoS:
		return &objection{text: "QoS 2 is not supported", code: mqtt.QoSNotSupported, harsh: true}
	case p.Retain && c.b.reserved(x.topic):
		return &objection{text: "The reserved topic " + x.topic + " does not retain messages", code: mqtt.TopicNameInvalid}
	case c.version == mqtt.V5:
		return limits.checkProperties(&p.Properties)
	}
	return nil
}

// oversize is AWS's text for a payload over the limit.
const oversize = "Payload size exceeds limit"

// object refuses a PUBLISH that broke a rule. MQTT 5 can say so to a message of QoS 1 or 2; otherwise the connection ends, except that
// AWS lets QoS 2 of 3.1.1 wait for an answer that never comes.
func (c *conn) object(p *mqtt.Publish, o *objection) {
	c.in.Failure = invalid(o.text)
	c.b.needs.Facts.Record(&c.who, &c.in)
	switch {
	case p.QoS > 1 && c.version == mqtt.V311 && o.code == mqtt.QoSNotSupported:
	case !o.harsh && c.refusePublish(p, o.code, o.text):
	default:
		c.end(clientError(o.code, o.text))
	}
}

// permit asks the policies about a message. One that is to be retained needs two permissions. (aws: iot/mqtt#mqtt-retain)
func (c *conn) permit(p *mqtt.Publish, x *route) *verdict {
	if !p.Retain || !x.publish.allowed {
		return &x.publish
	}
	if x.retain == nil {
		v := c.permissions.allow(c.now, "iot:RetainPublish", arn.IoT(c.origin.Scope, "topic", x.topic))
		x.retain = &v
	}
	if c.in.Details == "" {
		c.in.Failure = x.retain.remark()
	}
	return x.retain
}

// deny refuses a PUBLISH that no policy allows. MQTT 3.1.1 cannot say so but by ending the connection.
func (c *conn) deny(p *mqtt.Publish, v *verdict) {
	c.in.Failure = v.failure(c)
	c.b.needs.Facts.Record(&c.who, &c.in)
	code, e := mqtt.Unspecified, internalError
	if c.in.Outcome == event.AuthError {
		code, e = mqtt.NotAuthorized, forbidden(fmt.Sprintf("Not authorized to publish to %s; see trace %v", c.in.Topic, c.who.Trace))
	}
	if !c.refusePublish(p, code, e.text) {
		c.end(e)
	}
}

// recordOversize tells that a PUBLISH is larger than any packet may be. Of the frame only the first bytes have arrived.
func (c *conn) recordOversize(frame []byte) {
	c.who = c.origin
	c.who.Trace = caller.NewTrace()
	c.in = PublishIn{Topic: topicOf(frame), Failure: invalid(oversize)}
	c.b.needs.Facts.Record(&c.who, &c.in)
}

// topicOf is the topic of a PUBLISH that has not fully arrived, "" if not even that has.
func topicOf(frame []byte) string {
	at := 1
	for at < len(frame) && frame[at]&0x80 != 0 { // the remaining length
		at++
	}
	at++
	if len(frame) < at+2 {
		return ""
	}
	if n := int(frame[at])<<8 | int(frame[at+1]); n <= len(frame)-at-2 {
		return printable(string(frame[at+2:][:n]))
	}
	return ""
}
