package eventlog_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/service/eventlog"
)

const notConfigured = "Logging is not configured for this account and region: call SetV2LoggingOptions first."

func TestSetV2LoggingOptions(t *testing.T) {
	w := newWorld(t, eventlog.Config{})
	yes := true
	get := func() *iot.GetV2LoggingOptionsOutput {
		t.Helper()
		return ok(t, w.log.GetV2LoggingOptions, &iot.GetV2LoggingOptionsInput{})
	}
	refuse := func(in iot.SetV2LoggingOptionsInput, text string) {
		t.Helper()
		refused(t, w.log.SetV2LoggingOptions, &in, fault.Invalid, "", text)
	}
	refused(t, w.log.GetV2LoggingOptions, &iot.GetV2LoggingOptionsInput{}, fault.NotFound, iot.NotConfiguredException, notConfigured)
	first := "The first call must give both roleArn and defaultLogLevel."
	refuse(iot.SetV2LoggingOptionsInput{}, first)
	refuse(iot.SetV2LoggingOptionsInput{RoleArn: role}, first)
	refuse(iot.SetV2LoggingOptionsInput{DefaultLogLevel: "INFO"}, first)
	refuse(iot.SetV2LoggingOptionsInput{RoleArn: "logging", DefaultLogLevel: "INFO"}, `The roleArn "logging" is not the ARN of a role: want arn:aws:iam::ACCOUNT:role/NAME.`)
	refuse(iot.SetV2LoggingOptionsInput{RoleArn: "arn:aws:iam::123456789012:user/x", DefaultLogLevel: "INFO"},
		`The roleArn "arn:aws:iam::123456789012:user/x" is not the ARN of a role: want arn:aws:iam::ACCOUNT:role/NAME.`)
	refused(t, w.log.GetV2LoggingOptions, &iot.GetV2LoggingOptionsInput{}, fault.NotFound, iot.NotConfiguredException, notConfigured)

	f := func(in iot.SetV2LoggingOptionsInput, wantRole, wantLevel string, wantDisabled bool, wantEvents ...iot.LogEventConfiguration) {
		t.Helper()
		w.options(in)
		got := get()
		want := &iot.GetV2LoggingOptionsOutput{RoleArn: wantRole, DefaultLogLevel: wantLevel, DisableAllLogs: &wantDisabled, EventConfigurations: wantEvents}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%+v\n got %+v\nwant %+v", in, got, want)
		}
	}
	const role2 = "arn:aws:iam::123456789012:role/path/other"
	f(iot.SetV2LoggingOptionsInput{RoleArn: role, DefaultLogLevel: "INFO"}, role, "INFO", false)
	f(iot.SetV2LoggingOptionsInput{DefaultLogLevel: "WARN"}, role, "WARN", false)
	f(iot.SetV2LoggingOptionsInput{RoleArn: role2}, role2, "WARN", false)
	f(iot.SetV2LoggingOptionsInput{DisableAllLogs: &yes}, role2, "WARN", true)
	f(iot.SetV2LoggingOptionsInput{DefaultLogLevel: "INFO"}, role2, "INFO", false) // left out, the switch is released

	ping := iot.LogEventConfiguration{EventType: "Ping", LogLevel: "DEBUG"}
	in := iot.LogEventConfiguration{EventType: "Publish-In", LogDestination: "custom"}
	in2 := iot.LogEventConfiguration{EventType: "Publish-In", LogLevel: "ERROR"}
	events := func(list ...iot.LogEventConfiguration) iot.SetV2LoggingOptionsInput {
		return iot.SetV2LoggingOptionsInput{EventConfigurations: list}
	}
	f(events(in, ping), role2, "INFO", false, ping, in)
	f(iot.SetV2LoggingOptionsInput{RoleArn: role}, role, "INFO", false, ping, in) // left out, they are kept
	f(events(in2), role, "INFO", false, ping, in2)
	f(events(iot.LogEventConfiguration{EventType: "Ping"}), role, "INFO", false, in2)
	refuse(events(ping, ping), "The event type Ping is given twice.")
	refuse(events(iot.LogEventConfiguration{EventType: "Ping", LogDestination: "aws/x"}), `The logDestination "aws/x" begins with aws/, which is reserved.`)
	_, err := w.log.SetV2LoggingOptions(as(home), &iot.SetV2LoggingOptionsInput{EventConfigurations: []iot.LogEventConfiguration{{EventType: "Pong"}}})
	if err == nil || !strings.Contains(err.Error(), `The event type "Pong" is not known. The event types are AddThingToDynamicThingGroupsFailed, Connect, `) {
		t.Errorf("unknown event type: %v", err)
	}
	f(iot.SetV2LoggingOptionsInput{}, role, "INFO", false, in2) // what was refused changed nothing
}

// Every documented entry can be configured, and no other.
func TestGetV2LoggingOptionsVerbose(t *testing.T) {
	w := newWorld(t, eventlog.Config{})
	w.configure("WARN")
	w.options(iot.SetV2LoggingOptionsInput{EventConfigurations: []iot.LogEventConfiguration{{EventType: "Ping", LogLevel: "DEBUG"}, {EventType: "Connect", LogDestination: "custom"}}})
	verbose := true
	got := map[string]string{}
	for _, c := range ok(t, w.log.GetV2LoggingOptions, &iot.GetV2LoggingOptionsInput{Verbose: &verbose}).EventConfigurations {
		got[c.EventType] = c.LogLevel + " " + c.LogDestination
	}
	want := map[string]string{}
	for _, s := range readCatalogue(t) {
		if s.Discriminator == "eventType" {
			want[s.EventType] = "WARN AWSIotLogsV2"
		}
	}
	want["Ping"], want["Connection.AuthNError"], want["Connect"] = "DEBUG AWSIotLogsV2", "DISABLED AWSIotLogsV2", "WARN custom"
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

func TestLoggingOptionsV1(t *testing.T) {
	w := newWorld(t, eventlog.Config{})
	get := func(wantRole, wantLevel string) {
		t.Helper()
		if got := ok(t, w.log.GetLoggingOptions, &iot.GetLoggingOptionsInput{}); got.RoleArn != wantRole || got.LogLevel != wantLevel {
			t.Errorf("got %+v, want %q %s", got, wantRole, wantLevel)
		}
	}
	get("", "DISABLED")
	in := &iot.SetLoggingOptionsInput{LoggingOptionsPayload: &iot.LoggingOptionsPayload{RoleArn: role, LogLevel: "ERROR"}}
	refused(t, w.log.SetLoggingOptions, in, fault.Unimplemented, "", "The plain-text logs of V1 are not offered: set V2 logging with SetV2LoggingOptions first.")
	w.configure("INFO")
	ok(t, w.log.SetLoggingOptions, in)
	get(role, "ERROR")
	if got := w.threshold(lamp, "Publish-In", false); got != "INFO" {
		t.Errorf("V1 changed the V2 level to %s", got)
	}
	in.LoggingOptionsPayload.RoleArn = "x"
	refused(t, w.log.SetLoggingOptions, in, fault.Invalid, "", `The roleArn "x" is not the ARN of a role: want arn:aws:iam::ACCOUNT:role/NAME.`)
}

func TestV2LoggingLevel(t *testing.T) {
	w := newWorld(t, eventlog.Config{})
	set := func(kind, name string) *iot.SetV2LoggingLevelInput {
		return &iot.SetV2LoggingLevelInput{LogTarget: &iot.LogTarget{TargetType: kind, TargetName: name}, LogLevel: "ERROR"}
	}
	del := func(kind, name string) *iot.DeleteV2LoggingLevelInput {
		return &iot.DeleteV2LoggingLevelInput{TargetType: kind, TargetName: name}
	}
	refused(t, w.log.SetV2LoggingLevel, set("CLIENT_ID", "x"), fault.NotFound, iot.NotConfiguredException, notConfigured)
	refused(t, w.log.SetV2LoggingLevel, set("DEFAULT", ""), fault.NotFound, iot.NotConfiguredException, notConfigured)
	refused(t, w.log.ListV2LoggingLevels, &iot.ListV2LoggingLevelsInput{}, fault.NotFound, iot.NotConfiguredException, notConfigured)
	ok(t, w.log.DeleteV2LoggingLevel, del("CLIENT_ID", "x")) // never an error
	w.configure("INFO")
	refused(t, w.log.SetV2LoggingLevel, set("DEFAULT", "x"), fault.Invalid, "", "The target type DEFAULT takes no targetName.")
	refused(t, w.log.SetV2LoggingLevel, set("CLIENT_ID", ""), fault.Invalid, "", "The target type CLIENT_ID needs a targetName.")
	refused(t, w.log.SetV2LoggingLevel, set("SOURCE_IP", "10.0.0.0/8"), fault.Invalid, "", `The targetName "10.0.0.0/8" is not an IP address.`)
	refused(t, w.log.DeleteV2LoggingLevel, del("DEFAULT", ""), fault.Invalid, "", "The default level cannot be deleted; set it with SetV2LoggingOptions.")
	for i := range 10 {
		ok(t, w.log.SetV2LoggingLevel, set("CLIENT_ID", fmt.Sprint("c", i)))
	}
	refused(t, w.log.SetV2LoggingLevel, set("THING_GROUP", "g"), fault.Limit, iot.LimitExceededException, "There are levels for 10 resources already; at most 10 are allowed.")
	ok(t, w.log.SetV2LoggingLevel, set("CLIENT_ID", "c3")) // not a new one
	ok(t, w.log.SetV2LoggingLevel, set("DEFAULT", ""))     // does not count
	ok(t, w.log.DeleteV2LoggingLevel, del("CLIENT_ID", "c3"))
	ok(t, w.log.DeleteV2LoggingLevel, del("CLIENT_ID", "c3"))
	ok(t, w.log.SetV2LoggingLevel, set("THING_GROUP", "g"))
	if got := ok(t, w.log.GetV2LoggingOptions, &iot.GetV2LoggingOptionsInput{}).DefaultLogLevel; got != "ERROR" {
		t.Errorf("DEFAULT set the default level to %s", got)
	}
}

func TestListV2LoggingLevels(t *testing.T) {
	w := newWorld(t, eventlog.Config{})
	w.configure("INFO")
	for _, r := range []string{"THING_GROUP g", "CLIENT_ID b", "CLIENT_ID a", "SOURCE_IP ::1", "PRINCIPAL_ID p"} {
		w.level(r, "WARN")
	}
	f := func(targetType, want string) {
		t.Helper()
		for limit := int32(1); limit <= 7; limit++ {
			in := &iot.ListV2LoggingLevelsInput{TargetType: targetType, MaxResults: &limit}
			var got []string
			for range 10 {
				out := ok(t, w.log.ListV2LoggingLevels, in)
				for _, c := range out.LogTargetConfigurations {
					got = append(got, strings.TrimSpace(c.LogTarget.TargetType+" "+c.LogTarget.TargetName)+"="+c.LogLevel)
				}
				if in.NextToken = out.NextToken; in.NextToken == "" {
					break
				}
			}
			if got := strings.Join(got, ", "); got != want {
				t.Errorf("%q in pages of %d\n got %s\nwant %s", targetType, limit, got, want)
			}
		}
	}
	f("", "DEFAULT=INFO, CLIENT_ID a=WARN, CLIENT_ID b=WARN, PRINCIPAL_ID p=WARN, SOURCE_IP ::1=WARN, THING_GROUP g=WARN")
	f("CLIENT_ID", "CLIENT_ID a=WARN, CLIENT_ID b=WARN")
	f("DEFAULT", "DEFAULT=INFO")
	refused(t, w.log.ListV2LoggingLevels, &iot.ListV2LoggingLevelsInput{NextToken: "x"}, fault.Invalid, "", "The specified nextToken is invalid: it was not returned by ListV2LoggingLevels.")
}

func TestAutoEnable(t *testing.T) {
	w := newWorld(t, eventlog.Config{AutoEnable: true})
	if got := w.threshold(lamp, "Publish-In", false); got != "INFO" {
		t.Errorf("an account of dev mode logs at %s, want INFO", got)
	}
	got := ok(t, w.log.GetV2LoggingOptions, &iot.GetV2LoggingOptionsInput{})
	if got.RoleArn != "arn:aws:iam::123456789012:role/telltale-logging" || got.DefaultLogLevel != "INFO" {
		t.Errorf("got %+v", got)
	}
	w.configure("ERROR")
	w.open(eventlog.Config{AutoEnable: true})
	if got := w.threshold(lamp, "Publish-In", false); got != "ERROR" {
		t.Errorf("what was set is kept over a restart: got %s, want ERROR", got)
	}
	if w.roles.ensure != 1 {
		t.Errorf("the role was made %d times", w.roles.ensure)
	}
}

func TestSettingsSurviveRestart(t *testing.T) {
	w := newWorld(t, eventlog.Config{})
	w.configure("ERROR")
	w.options(iot.SetV2LoggingOptionsInput{EventConfigurations: []iot.LogEventConfiguration{{EventType: "Ping", LogLevel: "WARN"}}})
	w.level("CLIENT_ID kettle", "DEBUG")
	w.open(eventlog.Config{})
	kettle := lamp
	kettle.ClientID = "kettle"
	if a, b, c := w.threshold(lamp, "Publish-In", false), w.threshold(lamp, "Ping", true), w.threshold(kettle, "Publish-In", false); a != "ERROR" || b != "WARN" || c != "DEBUG" {
		t.Errorf("got %s, %s, %s; want ERROR, WARN, DEBUG", a, b, c)
	}
}
