package topic

import "strings"

// Ops says what a client may do with a reserved topic.
type Ops byte

const (
	Publish   Ops = 1 << iota // send messages
	Subscribe                 // ask for messages
	Receive                   // get answers without having subscribed
)

// IsReserved reports whether a name or filter begins with "$" and is therefore not free to use. Shared
// subscriptions are judged by the filter inside.
func IsReserved(s string) bool { return strings.HasPrefix(s, "$") }

// Reserved returns what clients may do with a reserved topic, or with some topic that a filter under "$aws/"
// matches. known is false if there is no such topic: then nothing is allowed. Whether it is allowed to this client
// is the policy's business.
//
//	ops, _ := topic.Reserved("$aws/things/lamp/shadow/#")
//	ops&topic.Subscribe != 0 // true
//
// aws: iot/reserved-topics
func Reserved(s string) (ops Ops, known bool) {
	tail, ok := strings.CutPrefix(s, "$aws/")
	if !ok {
		return 0, false
	}
	for _, r := range reserved {
		if overlap(tail, r.pattern) {
			ops |= r.ops
		}
	}
	return ops, ops != 0
}

// reserved lists the topics under "$aws/". A level may list alternatives; "+" stands for an identifier.
var reserved = []struct {
	pattern string
	ops     Ops
}{
	// Device shadows.
	{"things/+/shadow/get|update|delete", Publish | Subscribe},
	{"things/+/shadow/get|update|delete/accepted|rejected", Subscribe},
	{"things/+/shadow/update/delta|documents", Subscribe},
	{"things/+/shadow/name/+/get|update|delete", Publish | Subscribe},
	{"things/+/shadow/name/+/get|update|delete/accepted|rejected", Subscribe},
	{"things/+/shadow/name/+/update/delta|documents", Subscribe},

	// Jobs.
	{"things/+/jobs/get|start-next", Publish},
	{"things/+/jobs/get|start-next/accepted|rejected", Subscribe | Receive},
	{"things/+/jobs/+/get|update", Publish},
	{"things/+/jobs/+/get|update/accepted|rejected", Subscribe | Receive},
	{"things/+/jobs/notify|notify-next", Subscribe},

	// Fleet provisioning.
	{"certificates/create|create-from-csr/cbor|json", Publish},
	{"certificates/create|create-from-csr/cbor|json/accepted|rejected", Subscribe | Receive},
	{"provisioning-templates/+/provision/cbor|json", Publish},
	{"provisioning-templates/+/provision/cbor|json/accepted|rejected", Subscribe | Receive},

	// Rules (Basic Ingest), Device Defender, streams, tunnels, commands, location.
	{"rules/+", Publish},
	{"rules/+/#", Publish},
	{"things/+/defender/metrics/cbor|json", Publish},
	{"things/+/defender/metrics/cbor|json/accepted|rejected", Subscribe},
	{"things/+/streams/+/get|describe/cbor|json", Publish},
	{"things/+/streams/+/data|description|rejected/cbor|json", Subscribe | Receive},
	{"things/+/tunnels/notify", Subscribe},
	{"commands/things|clients/+/executions/+/request", Subscribe},
	{"commands/things|clients/+/executions/+/request/+", Subscribe},
	{"commands/things|clients/+/executions/+/response/cbor|json", Publish},
	{"commands/things|clients/+/executions/+/response/accepted|rejected", Subscribe | Receive},
	{"commands/things|clients/+/executions/+/response/accepted|rejected/cbor|json", Subscribe | Receive},
	{"device_location/+/get_position_estimate", Publish},
	{"device_location/+/get_position_estimate/accepted|rejected", Subscribe},

	// Events.
	{"events/presence/connected|disconnected|connect_failed/+", Subscribe},
	{"events/subscriptions/subscribed|unsubscribed/+", Subscribe},
	{"events/certificates/registered/+", Subscribe},
	{"events/job/+/completed|canceled|deleted|cancellation_in_progress|deletion_in_progress", Subscribe},
	{"events/jobExecution/+/succeeded|failed|rejected|canceled|timed_out|removed|deleted", Subscribe},
	{"events/thing|thingGroup|thingType/+/created|updated|deleted", Subscribe},
	{"events/thingTypeAssociation/thing/+/+", Subscribe}, // the documents have both forms; the next is what is sent
	{"events/thingTypeAssociation/thing/+/thingType/+/added|removed", Subscribe},
	{"events/thingGroupMembership/thingGroup/+/thing/+/added|removed", Subscribe},
	{"events/thingGroupHierarchy/thingGroup/+/childThingGroup/+/added|removed", Subscribe},

	// Other services.
	{"iotwireless/events/#", Subscribe},
	{"sitewise/asset-models/#", Subscribe},
}
