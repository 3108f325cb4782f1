package broker

import (
	"fmt"

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
	x := c.route(c.session.domain, p.Topic, c)
	c.begin(p, x)
	if o := c.checkLimits(p, x); o != nil {
		c.object(p, o)
		return nil
	}
	if !x.publish.allowed {
		c.deny(p, x)
		return nil
	}
	clampExpiry(&p.Properties)
	c.b.needs.Facts.Record(&c.who, &c.in)
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

// begin prepares the fact of one publish, with a trace of its own.
func (c *conn) begin(p *mqtt.Publish, x *route) {
	c.who = c.origin
	c.who.Trace = caller.NewTrace()
	c.in = PublishIn{Topic: x.topic, Payload: p.Payload, Retain: p.Retain, Failure: x.publish.remark()}
}

func (c *conn) checkLimits(p *mqtt.Publish, x *route) *objection {
	switch {
	case len(p.Payload) > c.b.cfg.Limits.PayloadBytes:
		return &objection{text: oversize, code: mqtt.PacketTooLarge, harsh: true}
	case x.objection != nil:
		return x.objection
	case p.QoS > 1:
		return &objection{text: "QoS 2 is not supported", code: mqtt.QoSNotSupported, harsh: true}
	case p.Retain:
		return &objection{text: "Retained messages are not offered", code: mqtt.RetainNotSupported, harsh: true}
	case c.version == mqtt.V5:
		return checkProperties(&p.Properties)
	}
	return nil
}

// oversize is AWS's text for a payload over the limit.
const oversize = "Payload size exceeds limit"

// object refuses a PUBLISH that broke a rule. MQTT 5 can say so to a QoS 1 message; otherwise the connection ends, except that AWS
// lets QoS 2 of 3.1.1 wait for an answer that never comes.
func (c *conn) object(p *mqtt.Publish, o *objection) {
	c.in.Failure = invalid(o.text)
	c.b.needs.Facts.Record(&c.who, &c.in)
	switch {
	case p.QoS > 1 && c.version == mqtt.V311 && o.code == mqtt.QoSNotSupported:
	case p.QoS == 1 && c.version == mqtt.V5 && !o.harsh:
		c.sendPuback(p.ID, o.code, o.text)
	default:
		c.end(clientError(o.code, o.text))
	}
}

// deny refuses a PUBLISH that no policy allows. MQTT 3.1.1 cannot say so but by ending the connection.
func (c *conn) deny(p *mqtt.Publish, x *route) {
	c.in.Failure = x.publish.failure(c)
	c.b.needs.Facts.Record(&c.who, &c.in)
	code, e := mqtt.Unspecified, internalError
	if c.in.Outcome == event.AuthError {
		code, e = mqtt.NotAuthorized, forbidden(fmt.Sprintf("Not authorized to publish to %s; see trace %v", x.topic, c.who.Trace))
	}
	if p.QoS == 1 && c.version == mqtt.V5 {
		c.sendPuback(p.ID, code, e.text)
		return
	}
	c.end(e)
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
