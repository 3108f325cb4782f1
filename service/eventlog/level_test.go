package eventlog_test

import (
	"strings"
	"testing"

	"telltale/base/caller"
	"telltale/lang/shape/iot"
	"telltale/service/eventlog"
)

// The lamp is the origin of the tests: its thing is in groups of two trees.
var lamp = caller.Origin{ClientID: "lamp", PrincipalID: "cert1", SourceIP: "203.0.113.7", SourcePort: 4711, Thing: "lamp"}

var lampGroups = []string{"MobilePhones/Phones", "Floor3/House/Town"}

func TestLevelPrecedence(t *testing.T) {
	yes := true
	type resources map[string]string
	event := func(eventType, level, destination string) iot.LogEventConfiguration {
		return iot.LogEventConfiguration{EventType: eventType, LogLevel: level, LogDestination: destination}
	}
	// The entries are Publish-In of the lamp.
	f := func(what, level string, resources resources, want string, events ...iot.LogEventConfiguration) {
		t.Helper()
		w := newWorld(t, eventlog.Config{})
		w.groups["lamp"] = lampGroups
		w.options(iot.SetV2LoggingOptionsInput{RoleArn: role, DefaultLogLevel: level, EventConfigurations: events})
		for resource, l := range resources {
			w.level(resource, l)
		}
		if got := w.threshold(lamp, "Publish-In", false); got != want {
			t.Errorf("%s: got %s, want %s", what, got, want)
		}
		w.options(iot.SetV2LoggingOptionsInput{DisableAllLogs: &yes})
		if got := w.threshold(lamp, "Publish-In", false); got != "DISABLED" {
			t.Errorf("%s, all logs disabled: got %s", what, got)
		}
		w.options(iot.SetV2LoggingOptionsInput{})
		if got := w.threshold(lamp, "Publish-In", false); got != want {
			t.Errorf("%s, after all logs were disabled: got %s, want %s", what, got, want)
		}
	}
	for _, level := range []string{"DISABLED", "ERROR", "WARN", "INFO", "DEBUG"} {
		f("the default", level, nil, level)
	}
	f("event level, less than the default", "DEBUG", nil, "ERROR", event("Publish-In", "ERROR", ""))
	f("event level, more than the default", "DISABLED", nil, "DEBUG", event("Publish-In", "DEBUG", ""))
	f("event level DISABLED", "INFO", nil, "DISABLED", event("Publish-In", "DISABLED", ""))
	f("level of another event", "INFO", nil, "INFO", event("Publish-Out", "DEBUG", ""))
	f("event destination alone", "INFO", nil, "INFO", event("Publish-In", "", "custom"))
	f("resource beats default", "DISABLED", resources{"CLIENT_ID lamp": "INFO"}, "INFO")
	f("resource beats a disabled event", "INFO", resources{"CLIENT_ID lamp": "ERROR"}, "ERROR", event("Publish-In", "DISABLED", ""))
	f("resource DISABLED beats event DEBUG", "INFO", resources{"CLIENT_ID lamp": "DISABLED"}, "DISABLED", event("Publish-In", "DEBUG", ""))
	f("DEFAULT target is the default", "ERROR", resources{"DEFAULT": "DEBUG"}, "DEBUG")
	f("DEFAULT target is weaker than an event", "ERROR", resources{"DEFAULT": "DEBUG"}, "WARN", event("Publish-In", "WARN", ""))

	f("client id is case-sensitive", "ERROR", resources{"CLIENT_ID Lamp": "DEBUG"}, "ERROR")
	f("client id is no prefix", "ERROR", resources{"CLIENT_ID lam": "DEBUG"}, "ERROR")
	f("principal", "ERROR", resources{"PRINCIPAL_ID cert1": "DEBUG"}, "DEBUG")
	f("another principal", "ERROR", resources{"PRINCIPAL_ID cert2": "DEBUG"}, "ERROR")
	f("address", "ERROR", resources{"SOURCE_IP 203.0.113.7": "DEBUG"}, "DEBUG")
	f("address written as IPv6", "ERROR", resources{"SOURCE_IP ::ffff:203.0.113.7": "DEBUG"}, "DEBUG")
	f("another address", "ERROR", resources{"SOURCE_IP 203.0.113.70": "DEBUG"}, "ERROR")
	f("a name of another type", "ERROR", resources{"CLIENT_ID cert1": "DEBUG", "PRINCIPAL_ID lamp": "DEBUG"}, "ERROR")

	f("client over principal", "ERROR", resources{"CLIENT_ID lamp": "WARN", "PRINCIPAL_ID cert1": "DEBUG", "SOURCE_IP 203.0.113.7": "INFO", "THING_GROUP Floor3": "DISABLED"}, "WARN")
	f("principal over address", "ERROR", resources{"PRINCIPAL_ID cert1": "WARN", "SOURCE_IP 203.0.113.7": "DEBUG", "THING_GROUP Floor3": "DISABLED"}, "WARN")
	f("address over group", "ERROR", resources{"SOURCE_IP 203.0.113.7": "WARN", "THING_GROUP Floor3": "DEBUG"}, "WARN")

	f("direct group", "ERROR", resources{"THING_GROUP MobilePhones": "DEBUG"}, "DEBUG")
	f("inherited group", "ERROR", resources{"THING_GROUP Phones": "DEBUG"}, "DEBUG")
	f("child replaces parent, less", "INFO", resources{"THING_GROUP Phones": "DEBUG", "THING_GROUP MobilePhones": "ERROR"}, "ERROR")
	f("child replaces parent, more", "INFO", resources{"THING_GROUP Phones": "DISABLED", "THING_GROUP MobilePhones": "DEBUG"}, "DEBUG")
	f("deeper group of another tree", "INFO", resources{"THING_GROUP MobilePhones": "DEBUG", "THING_GROUP Floor3": "ERROR"}, "ERROR")
	f("equal depth, most verbose", "INFO", resources{"THING_GROUP MobilePhones": "ERROR", "THING_GROUP House": "DEBUG"}, "DEBUG")
	f("equal depth, DISABLED is the least verbose", "INFO", resources{"THING_GROUP MobilePhones": "DISABLED", "THING_GROUP House": "ERROR"}, "ERROR")
	f("depth counts from the root", "INFO", resources{"THING_GROUP Town": "DEBUG", "THING_GROUP MobilePhones": "WARN"}, "WARN")
	f("another group", "INFO", resources{"THING_GROUP Tablets": "DEBUG"}, "INFO")
}

// Ping and Connection.AuthNError are written only if an event or resource level says so.
func TestLevelOptIn(t *testing.T) {
	f := func(what, event, resource, want string) {
		t.Helper()
		w := newWorld(t, eventlog.Config{})
		w.configure("DEBUG")
		if event != "" {
			level, destination, _ := strings.Cut(event, " ")
			w.options(iot.SetV2LoggingOptionsInput{EventConfigurations: []iot.LogEventConfiguration{{EventType: "Ping", LogLevel: level, LogDestination: destination}}})
		}
		if resource != "" {
			w.level("CLIENT_ID lamp", resource)
		}
		if got := w.threshold(lamp, "Ping", true); got != want {
			t.Errorf("%s: got %s, want %s", what, got, want)
		}
	}
	f("default DEBUG", "", "", "DISABLED")
	f("event ERROR", "ERROR", "", "ERROR")
	f("event DEBUG", "DEBUG", "", "DEBUG")
	f("event with a destination alone", " custom", "", "DISABLED")
	f("resource ERROR", "", "ERROR", "ERROR")
	f("resource over event", "DEBUG", "WARN", "WARN")
}

func TestLevelWithoutDevice(t *testing.T) {
	w := newWorld(t, eventlog.Config{})
	w.groups["lamp"] = lampGroups
	w.configure("ERROR")
	for resource, level := range map[string]string{"CLIENT_ID lamp": "DEBUG", "PRINCIPAL_ID cert1": "DEBUG", "SOURCE_IP 203.0.113.7": "DEBUG", "THING_GROUP Phones": "DEBUG"} {
		w.level(resource, level)
	}
	f := func(o caller.Origin, want string) {
		t.Helper()
		if got := w.threshold(o, "Publish-In", false); got != want {
			t.Errorf("%+v: got %s, want %s", o, got, want)
		}
	}
	f(caller.Origin{}, "ERROR")
	f(caller.Origin{ClientID: "lamp"}, "DEBUG") // an entry that names a client without a session
	f(caller.Origin{ClientID: "other"}, "ERROR")
	f(caller.Origin{SourceIP: "not an address"}, "ERROR")
	f(caller.Origin{SourceIP: "::ffff:203.0.113.7"}, "DEBUG")
	f(caller.Origin{Thing: "lamp"}, "DEBUG")
	f(caller.Origin{Thing: "kettle"}, "ERROR")
}

func TestLevelUnconfigured(t *testing.T) {
	w := newWorld(t, eventlog.Config{})
	if got := w.threshold(lamp, "Publish-In", false); got != "DISABLED" {
		t.Errorf("got %s before anything was set", got)
	}
	w.configure("INFO")
	if got := w.threshold(lamp, "Publish-In", false); got != "INFO" {
		t.Errorf("got %s", got)
	}
	o := lamp
	o.Scope = stranger
	w.log.Record(&o, &probe{kind: kindOf("Publish-In", 1, false)})
	o.Scope = caller.Scope{}
	w.log.Record(&o, &probe{kind: kindOf("Publish-In", 1, false)})
	w.log.Flush(t.Context())
	if got := w.writer.take(); len(got) != 0 {
		t.Errorf("entries of an account that set nothing: %v", got)
	}
}

// One event type has two names.
func TestLevelRenamed(t *testing.T) {
	w := newWorld(t, eventlog.Config{})
	w.configure("INFO")
	set := func(name, level string) {
		t.Helper()
		w.options(iot.SetV2LoggingOptionsInput{EventConfigurations: []iot.LogEventConfiguration{{EventType: name, LogLevel: level}}})
	}
	check := func(want string) {
		t.Helper()
		if got := w.threshold(lamp, "RuleMessageThrottled", false); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	set("RuleExecutionThrottled", "DISABLED")
	check("DISABLED")
	set("RuleMessageThrottled", "ERROR")
	check("ERROR")
	if got := ok(t, w.log.GetV2LoggingOptions, &iot.GetV2LoggingOptionsInput{}).EventConfigurations; len(got) != 1 {
		t.Errorf("configured: %+v, want one", got)
	}
	set("RuleExecutionThrottled", "")
	check("INFO")
}
