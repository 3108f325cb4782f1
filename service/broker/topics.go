package broker

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"telltale/lang/mqtt"
	"telltale/lang/topic"
)

// tree is the subscriptions of one domain: one per filter and session, or group of sessions.
type tree = topic.Tree[subscriber, *subscription]

func newTree(d topic.Dialect) *tree { return topic.NewTree[subscriber, *subscription](d) }

// checkTopic says why nobody may publish to a topic, or nil. (aws: iot/reserved-topics)
func (b *Broker) checkTopic(name string) *objection {
	object := func(format string, args ...any) *objection {
		return &objection{text: fmt.Sprintf(format, args...), code: mqtt.TopicNameInvalid}
	}
	if err := topic.ValidateName(name); err != nil {
		return object("%s", err)
	}
	if text := b.checkLength(name); text != "" {
		return object("%s", text)
	}
	if !b.reserved(name) {
		return nil
	}
	ops, known := topic.Reserved(name)
	switch {
	case !known:
		return object("The topic %s is reserved: clients cannot publish to topics that start with $", name)
	case ops&topic.Publish == 0:
		return object("The reserved topic %s is for subscribing only", name)
	case !b.mounts.serve(name):
		return object("The reserved topic %s belongs to a service that this version does not offer", name)
	}
	return nil
}

// checkFilter says why nobody may subscribe to a filter, or nil. It is harsh about a broken rule, and mild about what is only not
// offered, for clients that can do without.
func (b *Broker) checkFilter(filter string) *objection {
	object := func(code mqtt.ReasonCode, harsh bool, format string, args ...any) *objection {
		return &objection{text: fmt.Sprintf(format, args...), code: code, harsh: harsh}
	}
	if err := topic.ValidateFilter(filter); err != nil {
		return object(mqtt.TopicFilterInvalid, true, "%s", err)
	}
	if text := b.checkLength(filter); text != "" {
		return object(mqtt.TopicFilterInvalid, true, "%s", text)
	}
	share, inner, err := topic.ParseShared(filter)
	if err != nil {
		return object(mqtt.TopicFilterInvalid, true, "%s", err)
	}
	if n := utf8.RuneCountInString(share); n > b.cfg.Limits.ShareNameChars {
		return object(mqtt.TopicFilterInvalid, true, "The name of the share has %d characters; at most %d are allowed", n, b.cfg.Limits.ShareNameChars)
	}
	if !b.reserved(inner) {
		return nil
	}
	ops, known := topic.Reserved(inner)
	switch {
	case !known:
		return object(mqtt.TopicFilterInvalid, false, "The filter %s is reserved: no topic that starts with $ matches it", filter)
	case ops&topic.Subscribe == 0:
		return object(mqtt.TopicFilterInvalid, false, "Nobody can subscribe to the reserved topic %s", filter)
	case !b.mounts.serve(inner):
		return object(mqtt.TopicFilterInvalid, false, "The reserved topic %s belongs to a service that this version does not offer", filter)
	}
	return nil
}

// reserved reports whether a name or filter is not free to use. [MQTT-4.7.2-1]
func (b *Broker) reserved(name string) bool {
	if b.cfg.Limits.FreeDollar {
		return strings.HasPrefix(name, "$aws/") || strings.HasPrefix(name, "$SYS/")
	}
	return topic.IsReserved(name)
}

// checkLength checks a name or filter against the configured limits, which count neither $share/name/ nor $aws/rules/name/.
// (aws: general/iot-core#message-broker-limits)
func (b *Broker) checkLength(s string) string {
	limits, counted := &b.cfg.Limits, topic.Counted(s)
	if len(counted) > limits.TopicBytes {
		return fmt.Sprintf("The topic has %d bytes; at most %d are allowed", len(counted), limits.TopicBytes)
	}
	if n := strings.Count(counted, "/"); n > limits.TopicSlashes {
		return fmt.Sprintf("The topic has %d slashes; at most %d are allowed", n, limits.TopicSlashes)
	}
	return ""
}
