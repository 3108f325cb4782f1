package broker

import (
	"fmt"
	"strings"

	"telltale/lang/topic"
)

// tree is the subscriptions of one domain: one per filter and session. AWS's "#" does not match its parent level.
type tree = topic.Tree[*session, *subscription]

func newTree() *tree { return topic.NewTree[*session, *subscription](topic.AWS) }

// checkTopic says what is wrong with a topic name that a client publishes to, or "".
func (b *Broker) checkTopic(name string) string {
	if err := topic.ValidateName(name); err != nil {
		return err.Error()
	}
	return b.checkPublishTopic(name, len(b.mounts.match(name)) > 0)
}

// checkPublishTopic says why nobody may publish to a well-formed topic, or "". (aws: iot/reserved-topics)
func (b *Broker) checkPublishTopic(name string, served bool) string {
	if text := b.checkLength(name); text != "" || !topic.IsReserved(name) {
		return text
	}
	ops, known := topic.Reserved(name)
	switch {
	case !known:
		return fmt.Sprintf("The topic %s is reserved: clients cannot publish to topics that start with $", printable(name))
	case ops&topic.Publish == 0:
		return fmt.Sprintf("The reserved topic %s is for subscribing only", printable(name))
	case !served:
		return fmt.Sprintf("The reserved topic %s belongs to a service that this version does not offer", printable(name))
	}
	return ""
}

// checkFilter says why nobody may subscribe to a filter, or "".
func (b *Broker) checkFilter(filter string) string {
	if strings.HasPrefix(filter, "$share/") {
		return fmt.Sprintf("The filter %s is a shared subscription, which this version does not offer", printable(filter))
	}
	if err := topic.ValidateFilter(filter); err != nil {
		return err.Error()
	}
	if text := b.checkLength(filter); text != "" || !topic.IsReserved(filter) {
		return text
	}
	ops, known := topic.Reserved(filter)
	switch {
	case !known:
		return fmt.Sprintf("The filter %s is not offered here; remove it from the client's subscriptions", printable(filter))
	case ops&topic.Subscribe == 0:
		return fmt.Sprintf("Nobody can subscribe to the reserved topic %s", printable(filter))
	case len(b.mounts.match(filter)) == 0:
		return fmt.Sprintf("The reserved topic %s belongs to a service that this version does not offer", printable(filter))
	}
	return ""
}

// checkLength checks a name or filter against the configured limits, which count neither $share/name/ nor $aws/rules/name/.
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
