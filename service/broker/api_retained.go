package broker

import (
	"context"
	"encoding/json"

	"telltale/base/fault"
	"telltale/base/message"
	"telltale/base/page"
	"telltale/lang/shape/iotdata"
)

// GetRetainedMessage returns the message that a topic retains. (aws: iot/API_iotdata_GetRetainedMessage)
func (b *Broker) GetRetainedMessage(ctx context.Context, in *iotdata.GetRetainedMessageInput) (*iotdata.GetRetainedMessageOutput, error) {
	o, fact := requestOrigin(ctx), &GetRetained{Topic: printable(in.Topic)}
	m, err := b.Retained(ctx, o.Scope, in.Topic)
	if err != nil {
		fact.Failure = b.failureOf(err)
	} else {
		fact.QoS, fact.Modified = m.QoS, m.Modified
	}
	b.needs.Facts.Record(&o, fact)
	if err != nil {
		return nil, requestFault("GetRetainedMessage", err, o.Trace)
	}
	s := m.summary()
	return &iotdata.GetRetainedMessageOutput{Topic: m.Topic, Payload: m.Payload, Qos: s.Qos, LastModifiedTime: s.LastModifiedTime, UserProperties: userProperties(m.Properties)}, nil
}

// summary is what the API tells of a retained message, but for what it says.
func (m *RetainedMessage) summary() iotdata.RetainedMessageSummary {
	size, qos, modified := int64(m.Size), int32(m.QoS), m.Modified.UnixMilli()
	return iotdata.RetainedMessageSummary{Topic: m.Topic, PayloadSize: &size, Qos: &qos, LastModifiedTime: &modified}
}

// userProperties are written as requests to publish have them: a JSON array of objects of one pair.
func userProperties(p *message.Properties) []byte {
	if p == nil || len(p.User) == 0 {
		return nil
	}
	list := make([]map[string]string, len(p.User))
	for i, u := range p.User {
		list[i] = map[string]string{u.Name: u.Value}
	}
	text, _ := json.Marshal(list) // strings: cannot fail
	return text
}

// maxRetained is the size of a page of retained messages, unless a smaller one is asked for. (aws: iot/API_iotdata_ListRetainedMessages)
const maxRetained = 200

// ListRetainedMessages lists the topics that retain a message, by name. (aws: iot/API_iotdata_ListRetainedMessages)
func (b *Broker) ListRetainedMessages(ctx context.Context, in *iotdata.ListRetainedMessagesInput) (*iotdata.ListRetainedMessagesOutput, error) {
	o, fact := requestOrigin(ctx), &ListRetained{}
	out, err := b.listRetained(ctx, in)
	if err != nil {
		fact.Failure = b.failureOf(err)
	}
	b.needs.Facts.Record(&o, fact)
	if err != nil {
		return nil, requestFault("ListRetainedMessages", err, o.Trace)
	}
	return out, nil
}

func (b *Broker) listRetained(ctx context.Context, in *iotdata.ListRetainedMessagesInput) (*iotdata.ListRetainedMessagesOutput, error) {
	const op = "ListRetainedMessages"
	size := maxRetained
	if in.MaxResults != nil {
		size = int(*in.MaxResults)
	}
	var after string
	if err := page.Parse(op, in.NextToken, &after); err != nil {
		return nil, fault.New("broker."+op, fault.Invalid, "The nextToken is invalid: it was not returned by %s", op)
	}
	list, next, err := b.ListRetained(ctx, requestOrigin(ctx).Scope, after, size)
	if err != nil {
		return nil, err
	}
	out := &iotdata.ListRetainedMessagesOutput{RetainedTopics: []iotdata.RetainedMessageSummary{}}
	for _, m := range list {
		out.RetainedTopics = append(out.RetainedTopics, m.summary())
	}
	if next != "" {
		out.NextToken = page.Token(op, next)
	}
	return out, nil
}

// GetRetainedMessageRefused is told of a GetRetainedMessage that was refused before it came here.
func (b *Broker) GetRetainedMessageRefused(ctx context.Context, in *iotdata.GetRetainedMessageInput, why error) error {
	o := requestOrigin(ctx)
	b.needs.Facts.Record(&o, &GetRetained{Topic: printable(in.Topic), Failure: b.failureOf(why)})
	return requestFault("GetRetainedMessage", why, o.Trace)
}

// ListRetainedMessagesRefused is told of a ListRetainedMessages that was refused before it came here.
func (b *Broker) ListRetainedMessagesRefused(ctx context.Context, _ *iotdata.ListRetainedMessagesInput, why error) error {
	o := requestOrigin(ctx)
	b.needs.Facts.Record(&o, &ListRetained{Failure: b.failureOf(why)})
	return requestFault("ListRetainedMessages", why, o.Trace)
}
