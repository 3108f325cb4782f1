package action

import (
	"context"
	"fmt"
	"testing"

	"telltale/base/message"
)

// topics is a publisher that keeps what it gets.
type topics struct{ list []*message.Message }

func (p *topics) Submit(_ context.Context, m *message.Message, _ string) error {
	p.list = append(p.list, m)
	return nil
}

func TestRepublish(t *testing.T) {
	published := &topics{}
	w := newWorld(t, &Needs{Publisher: published})
	w.sql = "SELECT temp FROM 'sensors/+'"
	f := func(parameters, payload, topic, want string) {
		t.Helper()
		published.list = nil
		got := w.run(`{"republish":{"roleArn":"`+role+`",`+parameters+`}}`, payload)
		w.want(got, "RepublishTopic="+topic, "iot:Publish on arn:aws:iot:eu-west-1:123456789012:topic/"+topic)
		if len(published.list) != 1 {
			t.Fatalf("published %d messages", len(published.list))
		}
		m := published.list[0]
		text := fmt.Sprintf("%s qos %d hops %d %s", m.Topic, m.QoS, m.Hops, m.Payload)
		if p := m.Properties; p != nil {
			text += fmt.Sprintf(" %d %s %s %s %d %v", p.PayloadFormat, p.ContentType, p.ResponseTopic, p.CorrelationData, p.Expiry, p.User)
		}
		if text != want || m.Origin.ClientID != "N/A" || m.Origin.Scope != home {
			t.Errorf("\n got %s of %+v\nwant %s", text, m.Origin, want)
		}
	}
	f(`"topic":"alarms/${topic(2)}"`, `{"temp":21,"x":1}`, "alarms/7", `alarms/7 qos 0 hops 1 {"temp":21}`)
	f(`"topic":"$$aws/things/${x}/shadow/update","qos":1`, `{"x":"lamp"}`, "$aws/things/lamp/shadow/update", `$aws/things/lamp/shadow/update qos 1 hops 1 {}`)
	f(`"topic":"a","headers":{"payloadFormatIndicator":"UTF8_DATA","contentType":"${x}","responseTopic":"r/${x}","correlationData":"c","messageExpiry":"${9+1}","userProperties":[{"key":"k","value":"${x}"}]}`,
		`{"x":"lamp"}`, "a", `a qos 0 hops 1 {} 1 lamp r/lamp c 10 [{k lamp}]`)

	w.refused(`{"republish":{"roleArn":"`+role+`","topic":"${"}}`, "republish action: topic: ")
	w.wantError(w.run(`{"republish":{"roleArn":"`+role+`","topic":"a","headers":{"messageExpiry":"soon"}}}`, `{}`), `the messageExpiry is "soon"`)
}
