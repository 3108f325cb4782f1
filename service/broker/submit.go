package broker

import (
	"context"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/base/message"
	"telltale/lang/mqtt"
)

// Submit publishes a message as if a client had: it must keep the rules of topics and the limits, and its Publish-In is told, with note as
// its details. Whether its author may publish it has been asked before. The error, fault.Invalid, says which rule the message breaks.
func (b *Broker) Submit(ctx context.Context, m *message.Message, note string) error {
	if m.Origin.Trace.IsZero() {
		m.Origin.Trace = caller.NewTrace()
	}
	in := &PublishIn{Topic: m.Topic, Payload: m.Payload, Retain: m.Retain, Note: note}
	o := b.checkMessage(m)
	if o != nil {
		in.Failure = invalid(o.text)
	}
	b.needs.Facts.Record(&m.Origin, in)
	if o != nil {
		return fault.New("broker.Submit", fault.Invalid, "%s", o.text)
	}
	return b.Publish(ctx, m)
}

// checkMessage says which rule a message breaks, or nil.
func (b *Broker) checkMessage(m *message.Message) *objection {
	if len(m.Payload) > b.cfg.Limits.PayloadBytes {
		return &objection{text: oversize, code: mqtt.PacketTooLarge}
	}
	if o := b.checkTopic(m.Topic); o != nil {
		return o
	}
	if m.Retain && b.reserved(m.Topic) {
		return &objection{text: "The reserved topic " + m.Topic + " does not retain messages", code: mqtt.TopicNameInvalid}
	}
	var p mqtt.Properties
	fill(&p, m.Properties, &b.cfg.Limits)
	return b.cfg.Limits.checkProperties(&p)
}
