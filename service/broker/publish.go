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
	if err := c.resolveAlias(p); err != nil {
		return err
	}
	r := c.route(c.session.domain, p.Topic, c)
	c.begin(r)
	if f := c.checkLimits(p, r); f.Outcome != event.Success {
		return c.refuseLimit(p, f)
	}
	if !r.publish.allowed {
		return c.refuseDenied(p, r)
	}
	c.accept()
	c.forward(p, r)
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
		return &mqtt.Error{Code: mqtt.TopicAliasInvalid, Text: fmt.Sprintf("the topic alias is %d; at most %d is allowed", alias, limit), Requirement: "MQTT-3.3.2-9"}
	}
	if c.aliases == nil {
		c.aliases = make([][]byte, limit+1)
	}
	if len(p.Topic) > 0 {
		c.aliases[alias] = append(c.aliases[alias][:0], p.Topic...)
		return nil
	}
	if c.aliases[alias] == nil {
		return &mqtt.Error{Code: mqtt.ProtocolError, Text: fmt.Sprintf("the topic alias %d was not introduced with a topic", alias)}
	}
	p.Topic = c.aliases[alias]
	return nil
}

// begin prepares the facts of one publish: a trace of its own.
func (c *conn) begin(r *route) {
	c.who = c.origin
	c.who.Trace = caller.NewTrace()
	c.in = PublishIn{Topic: r.topic, Retain: c.packet.Retain}
}

func (c *conn) checkLimits(p *mqtt.Publish, r *route) event.Failure {
	limits := &c.b.cfg.Limits
	switch {
	case len(p.Payload) > limits.PayloadBytes:
		return invalid("Payload size exceeds limit")
	case r.invalid != "":
		return invalid(r.invalid)
	case p.QoS > 1:
		return invalid("QoS 2 is not supported")
	case p.Retain:
		return invalid("Retained messages are not offered")
	}
	return event.Failure{}
}

// refuseLimit refuses a PUBLISH that broke a rule. MQTT 5 can say so for a topic of a QoS 1 message; otherwise the connection ends,
// except that AWS lets QoS 2 of 3.1.1 wait for an answer that never comes.
func (c *conn) refuseLimit(p *mqtt.Publish, f event.Failure) error {
	c.in.Failure = f
	c.b.needs.Facts.Record(&c.who, &c.in)
	code := mqtt.TopicNameInvalid
	switch {
	case len(p.Payload) > c.b.cfg.Limits.PayloadBytes:
		code = mqtt.PacketTooLarge
	case p.QoS > 1 && c.version == mqtt.V311:
		return nil
	case p.QoS > 1:
		code = mqtt.QoSNotSupported
	case p.Retain:
		code = mqtt.RetainNotSupported
	case p.QoS == 1 && c.version == mqtt.V5:
		c.sendPuback(p.ID, code, f.Details)
		return nil
	}
	c.end(clientError(code, f.Details))
	return nil
}

// refuseDenied refuses a PUBLISH that no policy allows. MQTT 3.1.1 cannot say so but by ending the connection.
func (c *conn) refuseDenied(p *mqtt.Publish, r *route) error {
	c.in.Failure = denied(r.publish.why)
	if r.publish.err != nil {
		c.in.Failure = c.broken(r.publish.err)
	}
	c.b.needs.Facts.Record(&c.who, &c.in)
	text := fmt.Sprintf("not authorized to publish to %s; see trace %v", printable(r.topic), c.who.Trace)
	if p.QoS == 1 && c.version == mqtt.V5 {
		c.sendPuback(p.ID, mqtt.NotAuthorized, text)
		return nil
	}
	c.end(forbidden(text))
	return nil
}

// accept tells that the message was taken.
func (c *conn) accept() {
	c.b.needs.Facts.Record(&c.who, &c.in)
}

// forward delivers the message to the subscribers and the services of its topic.
func (c *conn) forward(p *mqtt.Publish, r *route) {
	c.deliverAll(p, r, c)
	if len(r.mounts) > 0 {
		c.callMounts(r, c.message(p, r))
	}
}
