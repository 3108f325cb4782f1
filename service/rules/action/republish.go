package action

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"telltale/base/arn"
	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/base/message"
	"telltale/lang/rulesql"
	"telltale/lang/shape/iot"
)

// (aws: iot/republish-rule)
var republishKind = newKind(Kind{
	Key: "republish", Name: "RepublishAction", Metric: "Republish", Inline: true,
	Templates: []string{"topic", "headers.payloadFormatIndicator", "headers.contentType", "headers.responseTopic", "headers.correlationData",
		"headers.messageExpiry", "headers.userProperties"},
	Text: "Publishes the result to another topic.",
}, func(a *iot.Action) *iot.RepublishAction { return a.Republish }, compileRepublish)

type republish struct {
	publisher Publisher
	role      string
	topic     *rulesql.Template
	qos       byte
	headers   *headers
}

// headers are the templates of MQTT 5 properties.
type headers struct {
	format, contentType, responseTopic, correlation, expiry *rulesql.Template
	user                                                    []userHeader
}

type userHeader struct{ name, value *rulesql.Template }

func compileRepublish(c *Compiler, p *iot.RepublishAction) (Action, error) {
	a := &republish{publisher: c.Needs.Publisher, role: p.RoleArn}
	var err error
	if a.topic, err = c.Template("topic", p.Topic); err != nil {
		return nil, err
	}
	if p.Qos != nil {
		a.qos = byte(*p.Qos)
	}
	if a.headers, err = compileHeaders(c, p.Headers); err != nil {
		return nil, err
	}
	return a, nil
}

func compileHeaders(c *Compiler, p *iot.MqttHeaders) (*headers, error) {
	if p == nil {
		return nil, nil
	}
	h := &headers{}
	for _, x := range []struct {
		to   **rulesql.Template
		name string
		text string
	}{
		{&h.format, "payloadFormatIndicator", p.PayloadFormatIndicator},
		{&h.contentType, "contentType", p.ContentType},
		{&h.responseTopic, "responseTopic", p.ResponseTopic},
		{&h.correlation, "correlationData", p.CorrelationData},
		{&h.expiry, "messageExpiry", p.MessageExpiry},
	} {
		if x.text == "" {
			continue
		}
		t, err := c.Template("headers."+x.name, x.text)
		if err != nil {
			return nil, err
		}
		*x.to = t
	}
	for i, u := range p.UserProperties {
		name, err := c.Template(fmt.Sprintf("headers.userProperties[%d].key", i), u.Key)
		if err != nil {
			return nil, err
		}
		value, err := c.Template(fmt.Sprintf("headers.userProperties[%d].value", i), u.Value)
		if err != nil {
			return nil, err
		}
		h.user = append(h.user, userHeader{name, value})
	}
	return h, nil
}

// Render makes the message. It has a trace of its own and comes from no client; its entry names the rule and the trace it springs from.
func (a *republish) Render(r *Rendering) (Task, error) {
	name := r.Text(a.topic)
	if rest, ok := strings.CutPrefix(name, "$$"); ok { // $$aws/… is how a rule's author writes a reserved topic
		name = "$" + rest
	}
	m := message.Message{
		Origin: caller.Origin{
			Scope: r.Origin.Scope, ClientID: notAvailable, PrincipalID: notAvailable, SourceIP: r.Origin.SourceIP, SourcePort: r.Origin.SourcePort,
		},
		Topic: name, Payload: r.Payload, QoS: a.qos, Hops: r.Hops + 1,
	}
	var err error
	if a.headers != nil {
		m.Properties, err = a.headers.render(r)
	}
	if r.Err() != nil {
		return nil, r.Err()
	}
	note := "Republished by rule " + r.Rule + "; the message before has the traceId " + r.Origin.Trace.String()
	return &republishTask{republish: a, message: m, note: note, objection: err}, nil
}

func (h *headers) render(r *Rendering) (*message.Properties, error) {
	p := &message.Properties{ContentType: r.Text(h.contentType), ResponseTopic: r.Text(h.responseTopic)}
	if text := r.Text(h.correlation); text != "" {
		p.CorrelationData = []byte(text)
	}
	for _, u := range h.user {
		p.User = append(p.User, message.UserProperty{Name: r.Text(u.name), Value: r.Text(u.value)})
	}
	switch text := r.Text(h.format); text {
	case "", "UNSPECIFIED_BYTES":
	case "UTF8_DATA":
		p.PayloadFormat = 1
	default:
		return nil, fmt.Errorf("the payloadFormatIndicator is %q; allowed are UNSPECIFIED_BYTES and UTF8_DATA", text)
	}
	if text := r.Text(h.expiry); text != "" {
		seconds, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("the messageExpiry is %q; want a number of seconds", text)
		}
		p.Expiry, p.HasExpiry = uint32(seconds), true
	}
	return p, nil
}

// notAvailable stands in entries for the client and principal that a message does not have.
const notAvailable = "N/A"

type republishTask struct {
	*republish
	message   message.Message
	note      string
	objection error // of the headers
}

func (t *republishTask) Resources() []Resource {
	return []Resource{{"RepublishTopic", t.message.Topic}}
}

func (t *republishTask) Permission() Permission {
	return Permission{t.role, "iot:Publish", arn.IoT(t.message.Origin.Scope, "topic", t.message.Topic)}
}

func (t *republishTask) Run(ctx context.Context) error {
	if t.objection != nil {
		return t.objection
	}
	if err := t.publisher.Submit(ctx, &t.message, t.note); err != nil {
		return &Error{Text: fault.TextOf(err), Cause: err}
	}
	return nil
}
