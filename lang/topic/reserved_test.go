package topic

import (
	"strings"
	"testing"
)

func TestReserved(t *testing.T) {
	f := func(s string, want Ops) {
		t.Helper()
		ops, known := Reserved(s)
		if ops != want || known != (want != 0) {
			t.Errorf("Reserved(%q) = %03b, %t; want %03b, %t", s, ops, known, want, want != 0)
		}
	}
	const P, S, R = Publish, Subscribe, Receive
	f("$aws/things/lamp/shadow/get", P|S)
	f("$aws/things/lamp/shadow/update/accepted", S)
	f("$aws/things/lamp/shadow/update/delta", S)
	f("$aws/things/lamp/shadow/get/delta", 0)
	f("$aws/things/lamp/shadow/name/blue/update", P|S)
	f("$aws/things/lamp/shadow/name/blue/update/documents", S)
	f("$aws/things/lamp/shadow/name/blue", 0)
	f("$aws/things//shadow/get", 0)
	f("$aws/things/lamp/jobs/start-next", P)
	f("$aws/things/lamp/jobs/start-next/rejected", S|R)
	f("$aws/things/lamp/jobs/job-1/update", P)
	f("$aws/things/lamp/jobs/job-1/update/accepted", S|R)
	f("$aws/things/lamp/jobs/notify", S)
	f("$aws/certificates/create/json", P)
	f("$aws/certificates/create-from-csr/cbor/accepted", S|R)
	f("$aws/certificates/create/xml", 0)
	f("$aws/provisioning-templates/t/provision/json", P)
	f("$aws/rules/r", P)
	f("$aws/rules/r/a/b/c", P)
	f("$aws/rules", 0)
	f("$aws/things/lamp/defender/metrics/json", P)
	f("$aws/things/lamp/streams/s/get/json", P)
	f("$aws/things/lamp/streams/s/data/cbor", S|R)
	f("$aws/things/lamp/tunnels/notify", S)
	f("$aws/commands/clients/c/executions/e/request/json", S)
	f("$aws/commands/things/c/executions/e/response/json", P)
	f("$aws/commands/things/c/executions/e/response/accepted", S|R)
	f("$aws/device_location/d/get_position_estimate", P)
	f("$aws/events/presence/connected/client", S)
	f("$aws/events/thing/lamp/created", S)
	f("$aws/events/thingGroupMembership/thingGroup/g/thing/lamp/added", S)
	f("$aws/iotwireless/events/join/x", S)
	f("$aws/things/lamp/shadow/bogus", 0)
	f("$aws/other", 0)
	f("$aws", 0)
	f("$SYS/broker/uptime", 0)
	f("sensor/a", 0)

	// Filters: what some matching topic allows.
	f("$aws/things/lamp/shadow/#", P|S)
	f("$aws/things/+/shadow/update/+", S)
	f("$aws/things/lamp/shadow/get/#", S)
	f("$aws/events/#", S)
	f("$aws/events/presence/+/client", S)
	f("$aws/rules/#", P)
	f("$aws/rules/r/+", P)
	f("$aws/things/+/jobs/notify-next", S)
	f("$aws/#", P|S|R)
	f("$aws/+", 0)
	f("$aws/nothing/#", 0)
}

// Every pattern of the table is a possible topic with the operations it lists.
func TestReservedTable(t *testing.T) {
	for _, r := range reserved {
		var levels []string
		for _, level := range strings.Split(r.pattern, "/") {
			first, _, _ := strings.Cut(level, "|")
			if first == "+" || first == "#" {
				first = "id"
			}
			levels = append(levels, first)
		}
		name := "$aws/" + strings.Join(levels, "/")
		if ops, _ := Reserved(name); ops&r.ops != r.ops || r.ops == 0 {
			t.Errorf("Reserved(%q) = %03b, want at least %03b", name, ops, r.ops)
		}
		if err := ValidateName(name); err != nil {
			t.Error(err)
		}
	}
}

func TestIsReserved(t *testing.T) {
	for s, want := range map[string]bool{"$aws/x": true, "$": true, "a/$aws": false, "": false} {
		if got := IsReserved(s); got != want {
			t.Errorf("IsReserved(%q) = %t, want %t", s, got, want)
		}
	}
}
