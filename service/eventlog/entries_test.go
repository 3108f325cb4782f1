package eventlog_test

import (
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/lang/rulesql"
	"telltale/lang/shape/iot"
	"telltale/service/broker"
	"telltale/service/eventlog"
	"telltale/service/rules"
	"telltale/service/rules/action"
	"telltale/test/catalogue"
)

var update = flag.Bool("update", false, "rewrite the golden entries")

// ending is one ending of one operation, and the name of the file with its entry.
type ending struct {
	name string
	fact event.Fact
}

// endings lists the endings of the broker's operations.
func endings() (list []ending) {
	at := time.Date(2000, 1, 1, 0, 0, 0, 7e6, time.UTC)
	failure := func(o event.Outcome, reason, details string) event.Failure {
		return event.Failure{Outcome: o, Reason: reason, Details: details}
	}
	denied := failure(event.AuthError, "AUTHORIZATION_FAILURE", "Authorization Failure")
	denied.Why = `{"action":"iot:Publish","decision":"implicitDeny"}`
	failures := []event.Failure{denied, failure(event.ClientError, "CLIENT_ERROR", `A "quoted" limit: <é> & 128 KB.`),
		failure(event.ServerError, "SERVER_ERROR", "Internal server error"), failure(event.Throttle, "THROTTLED", "Too many requests.")}
	add := func(name string, f event.Fact) { list = append(list, ending{name, f}) }

	add("Connect.Success", &broker.Connect{})
	add("Connect.Success.note", &broker.Connect{Note: "The session expiry was lowered to 3600 s."})
	add("Publish-In.Success", &broker.PublishIn{Topic: "home/lamp"})
	add("Publish-In.Success.retain", &broker.PublishIn{Topic: "home/lamp", Retain: true})
	add("Publish-Out.Success", &broker.PublishOut{Topic: "home/lamp"})
	add("Queued.Success", &broker.Queued{Topic: "home/lamp", QoS: 1})
	add("Queued.ServerError", &broker.Queued{Topic: "home/lamp", QoS: 1, Failure: failure(event.ServerError, "SERVER_ERROR", "Server Error")})
	add("Queued.Throttle", &broker.Queued{Topic: "home/lamp", QoS: 1, Failure: failure(event.Throttle, "THROTTLED", "Throttled while queueing offline message")})
	add("Subscribe.Success", &broker.Subscribe{Topics: "home/#,$aws/things/lamp/shadow/get/+"})
	add("Subscribe.Success.mqtt5", &broker.Subscribe{Topics: "home/#,bad/#/x", Subscriptions: `[{"topicName":"home/#","reasonCode":1},{"topicName":"bad/#/x","reasonCode":143}]`})
	add("Unsubscribe.Success", &broker.Unsubscribe{})
	overlooked := event.Failure{Details: "Allowed only because of --permissive", Why: denied.Why}
	add("Connect.Success.permissive", &broker.Connect{Failure: overlooked})
	add("Publish-In.Success.permissive", &broker.PublishIn{Failure: overlooked, Topic: "home/lamp"})
	add("Publish-Out.Success.permissive", &broker.PublishOut{Failure: overlooked, Topic: "home/lamp"})
	add("Subscribe.Success.permissive", &broker.Subscribe{Failure: overlooked, Topics: "home/#"})
	for _, f := range failures {
		outcome := f.Outcome.String()
		add("Connect."+outcome, &broker.Connect{Failure: f})
		add("Publish-In."+outcome, &broker.PublishIn{Failure: f, Topic: "home/lamp"})
		add("Publish-Out."+outcome, &broker.PublishOut{Failure: f, Topic: "home/lamp"})
		add("Subscribe."+outcome, &broker.Subscribe{Failure: f, Topics: "home/#"})
		add("Unsubscribe."+outcome, &broker.Unsubscribe{Failure: f})
	}
	add("Connect.ClientIDThrottle", &broker.Connect{Failure: failure(event.ClientIDThrottle, "CLIENT_ID_THROTTLED", "Too many connections with this client ID.")})
	for _, reason := range []string{"CLIENT_INITIATED_DISCONNECT", "CONNECTION_LOST", "MQTT_KEEP_ALIVE_TIMEOUT", "CLIENT_ERROR", "SERVER_ERROR",
		"SERVER_INITIATED_DISCONNECT", "API_INITIATED_DISCONNECT", "AUTH_ERROR", "FORBIDDEN_ACCESS", "THROTTLED", "WEBSOCKET_TTL_EXPIRATION"} {
		add("Disconnect."+reason, &broker.Disconnect{DisconnectReason: reason})
	}
	add("Disconnect.DUPLICATE_CLIENTID", &broker.Disconnect{DisconnectReason: "DUPLICATE_CLIENTID",
		Failure: failure(event.ClientError, "DUPLICATE_CLIENT_ID", "A new connection was established with the same client ID")})
	life := broker.Life{Connected: 90 * time.Second, LastPacket: "PINGREQ", LastAt: at, KeepAlive: time.Minute, BytesIn: 640, MessagesIn: 7, BytesOut: 1200, MessagesOut: 12}
	add("Disconnect.CONNECTION_LOST.life", &broker.Disconnect{DisconnectReason: "CONNECTION_LOST", Life: &life})
	robbed := life
	robbed.Rival = netip.MustParseAddrPort("198.51.100.7:50123")
	add("Disconnect.DUPLICATE_CLIENTID.life", &broker.Disconnect{DisconnectReason: "DUPLICATE_CLIENTID", Life: &robbed,
		Failure: failure(event.ClientError, "DUPLICATE_CLIENT_ID", "A new connection was established with the same client ID")})
	add("Ping.Success", &broker.Ping{Requested: at, Answered: at.Add(3 * time.Millisecond)})
	add("Connection.AuthNError", &broker.AuthN{Failure: failure(event.AuthError, "DEVICE_CERTIFICATE_REVOKED", "Device certificate is revoked"), Type: "AWS_X509", ServerName: "iot.example.org", TargetPort: 8883})
	shown := &broker.PresentedCertificate{ID: strings.Repeat("0123456789abcdef", 4), Serial: "7b", Subject: "CN=lamp", NotBefore: at.AddDate(-1, 0, 0), NotAfter: at.AddDate(1, 0, 0), Now: at, Chain: "self-signed"}
	add("TlsHandshake.Success", &broker.TLSHandshake{TargetPort: 8443, ServerName: "iot.example.org", Offered: "x-amzn-mqtt-ca,mqtt", Chosen: "x-amzn-mqtt-ca", Version: "TLS 1.3",
		CipherSuite: "TLS_AES_128_GCM_SHA256", Certificate: shown})
	add("TlsHandshake.AuthError", &broker.TLSHandshake{TargetPort: 8883, Version: "TLS 1.2", CipherSuite: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", Certificate: shown, Sent: "bad certificate",
		Failure: failure(event.AuthError, "DEVICE_CERTIFICATE_REVOKED", "Device certificate is revoked"), Hint: "The certificate was revoked."})
	add("TlsHandshake.ClientError", &broker.TLSHandshake{TargetPort: 8883, Received: "bad certificate",
		Failure: failure(event.ClientError, "REFUSED_BY_CLIENT", "The client broke off the handshake with the alert: bad certificate"), Hint: "The client refuses the server's certificate."})
	addRequests(add, failure, denied)
	addRules(add, failure)
	return list
}

// addRequests adds the endings of what is asked of the broker over HTTP.
func addRequests(add func(string, event.Fact), failure func(event.Outcome, string, string) event.Failure, denied event.Failure) {
	at, size := time.Date(2000, 1, 1, 0, 0, 0, 7e6, time.UTC), int32(20)
	notFound := failure(event.ClientError, "CLIENT_ERROR", "client lamp is not connected and has no session")
	for _, kind := range broker.Kinds {
		maxResults := map[string]*int32{"DeleteConnection": nil, "GetConnection": nil, "ListSubscriptions": &size}
		most, ok := maxResults[kind.Name]
		if !ok {
			continue
		}
		add(kind.Name+".Success", broker.NewConnectionRequest(kind, most, event.Failure{}))
		for _, f := range []event.Failure{denied, notFound, failure(event.ServerError, "SERVER_ERROR", "Internal server error"), failure(event.Throttle, "THROTTLED", "Too many requests.")} {
			add(kind.Name+"."+f.Outcome.String(), broker.NewConnectionRequest(kind, most, f))
		}
	}
	add("GetRetainedMessage.Success", &broker.GetRetained{Topic: "home/lamp", QoS: 1, Modified: at})
	add("GetRetainedMessage.AuthError", &broker.GetRetained{Topic: "home/lamp", Failure: denied})
	add("GetRetainedMessage.ClientError", &broker.GetRetained{Topic: "home/lamp", Failure: failure(event.ClientError, "CLIENT_ERROR", "the topic home/lamp retains no message")})
	add("ListRetainedMessage.Success", &broker.ListRetained{})
	add("ListRetainedMessage.AuthError", &broker.ListRetained{Failure: denied})
	add("SendDirectMessage.Success", &broker.DirectMessage{Topic: "home/lamp"})
	add("SendDirectMessage.Success.confirmed", &broker.DirectMessage{Topic: "home/lamp", Confirm: true, Timeout: 5 * time.Second})
	add("SendDirectMessage.AuthError", &broker.DirectMessage{Topic: "home/lamp", Failure: denied})
	for _, f := range broker.Undeliveries() {
		add("SendDirectMessage."+f.Reason, &broker.DirectMessage{Topic: "home/lamp", Confirm: true, Timeout: 5 * time.Second, Failure: f})
	}
}

// addRules adds the endings of the rules engine.
func addRules(add func(string, event.Fact), failure func(event.Outcome, string, string) event.Failure) {
	const rule, topic = "hot", "sensors/7/t"
	republish := action.Kinds[slices.IndexFunc(action.Kinds, func(k *action.Kind) bool { return k.Key == "republish" })]
	resources := []action.Resource{{Name: "RepublishTopic", Value: `alarms/"7"`}}
	failed := failure(event.ServerError, "ActionFailed", "The alarm could not be published.")
	add("RuleMatch", &rules.Match{Rule: rule, Topic: topic})
	add("StartingRuleExecution", &rules.Starting{Rule: rule, Topic: topic, Action: "RepublishAction"})
	add("RuleExecution.Success", &rules.Execution{Rule: rule, Topic: topic, Action: republish, Resources: resources})
	add("RuleExecution.ServerError", &rules.Execution{Rule: rule, Topic: topic, Action: republish, Resources: resources, Failure: failed})
	add("RuleExecution.ParseError", &rules.Execution{Rule: rule, Topic: topic, Unreadable: true, Failure: failure(event.ClientError, "ParseError", "The payload is not JSON")})
	add("FunctionExecution.Success", &rules.Function{Rule: rule, Topic: topic, Call: rulesql.Call{Function: "machinelearning_predict", Resource: "model1"}})
	add("FunctionExecution.ServerError", &rules.Function{Rule: rule, Topic: topic, Call: rulesql.Call{Function: "get_thing_shadow", Resource: "lamp"},
		Failure: failure(event.ServerError, "FunctionFailed", "No shadow exists with name: 'lamp'")})
	add("RuleNotFound", &rules.NotFound{Rule: rule, Topic: "$aws/rules/hot"})
	add("RuleMessageThrottled", &rules.Throttled{Rule: rule, Topic: topic})
	add("RuleEvaluation", &rules.Evaluation{})
}

func readCatalogue(t testing.TB) catalogue.Catalogue {
	t.Helper()
	list, err := catalogue.Read()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// Every ending of every kind of fact gives the entry in its golden file, which is as documented.
func TestEntries(t *testing.T) {
	documented, facts := readCatalogue(t), endings()
	entries := render(t, facts)
	if len(entries) != len(facts) {
		t.Fatalf("%d entries of %d facts", len(entries), len(facts))
	}
	for i, e := range facts {
		entry := entries[i].message
		for _, problem := range documented.Validate(entry) {
			t.Errorf("%s: %s\n%s", e.name, problem, entry)
		}
		golden := filepath.Join("testdata", "entries", e.name+".json")
		if *update {
			if err := os.WriteFile(golden, []byte(entry+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil || entry != strings.TrimSuffix(string(want), "\n") {
			t.Errorf("%s\n got %s\nwant %s%v", e.name, entry, want, err)
		}
	}
	files, err := os.ReadDir(filepath.Join("testdata", "entries"))
	if err != nil || len(files) != len(facts) {
		t.Errorf("there are %d golden files of %d entries; delete those that nothing writes; %v", len(files), len(facts), err)
	}
	for _, kind := range slices.Concat(broker.Kinds, rules.Kinds) {
		if kind.Name != "" && !slices.ContainsFunc(facts, func(e ending) bool { return e.fact.Kind() == kind }) {
			t.Errorf("no ending of %s is tried", kind.Name)
		}
	}
}

// render writes the entries of facts at a time that never changes.
func render(t *testing.T, facts []ending) (entries []written) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, eventlog.Config{Node: "node1"})
		w.configure("DEBUG")
		w.options(iot.SetV2LoggingOptionsInput{EventConfigurations: []iot.LogEventConfiguration{{EventType: "Ping", LogLevel: "DEBUG"}, {EventType: "Connection.AuthNError", LogLevel: "ERROR"}}})
		trace, err := caller.ParseTrace("8f3b2c1d-0a4e-4f6b-9c7d-112233445566")
		if err != nil {
			t.Fatal(err)
		}
		who := caller.Origin{Scope: home, Trace: trace, ClientID: "lamp", SourceIP: "203.0.113.7", SourcePort: 49152, Protocol: "MQTT",
			PrincipalID: strings.Repeat("0123456789abcdef", 4)}
		for _, e := range facts {
			w.log.Record(&who, e.fact)
		}
		w.log.Flush(t.Context())
		entries = w.writer.take()
	})
	for _, e := range entries {
		if e.scope != home || e.group != eventlog.DefaultGroup || e.stream != "node1_123456789012_0" {
			t.Errorf("written to %v %s %s", e.scope, e.group, e.stream)
		}
	}
	return entries
}
