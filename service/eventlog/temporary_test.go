package eventlog_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/service/eventlog"
)

// on is a resource, given as TYPE name.
func on(resource string) *iot.LogTarget {
	kind, name, _ := strings.Cut(resource, " ")
	return &iot.LogTarget{TargetType: kind, TargetName: name}
}

// debug sets a temporary level of a resource and returns when it ends.
func (w *world) debug(resource, level string, last time.Duration) time.Time {
	w.t.Helper()
	return ok(w.t, w.log.SetTemporaryLoggingLevel, &iot.SetTemporaryLoggingLevelInput{LogTarget: on(resource), LogLevel: level,
		DurationSeconds: int32(last / time.Second)}).ExpiresAt
}

// levels lists the levels in force as text.
func (w *world) levels(in iot.ListV2LoggingLevelsInput) (list []string) {
	w.t.Helper()
	for _, c := range ok(w.t, w.log.ListV2LoggingLevels, &in).LogTargetConfigurations {
		text := strings.TrimSpace(c.LogTarget.TargetType+" "+c.LogTarget.TargetName) + " " + c.LogLevel
		if !c.ExpiresAt.IsZero() {
			text += fmt.Sprintf(" for %v", time.Until(c.ExpiresAt))
		}
		list = append(list, text)
	}
	return list
}

func (w *world) wantLevels(in iot.ListV2LoggingLevelsInput, want ...string) {
	w.t.Helper()
	if got := w.levels(in); strings.Join(got, ", ") != strings.Join(want, ", ") {
		w.t.Errorf("levels: got %q, want %q", got, want)
	}
}

func TestTemporaryLevelEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, eventlog.Config{})
		w.groups["lamp"] = lampGroups
		w.configure("ERROR")
		w.level("CLIENT_ID lamp", "WARN")
		stop := w.running()
		defer stop()
		level := func(want string) {
			t.Helper()
			if got := w.threshold(lamp, "Publish-In", false); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
		level("WARN")
		start := time.Now()
		if until := w.debug("CLIENT_ID lamp", "DEBUG", 15*time.Minute); !until.Equal(start.Add(15 * time.Minute)) {
			t.Errorf("until %v, want %v", until, start.Add(15*time.Minute))
		}
		level("DEBUG")
		w.wantLevels(iot.ListV2LoggingLevelsInput{}, "DEFAULT ERROR", "CLIENT_ID lamp DEBUG for 15m0s")
		time.Sleep(15*time.Minute - time.Millisecond)
		level("DEBUG")
		time.Sleep(time.Millisecond)
		synctest.Wait()
		level("WARN")
		w.wantLevels(iot.ListV2LoggingLevelsInput{}, "DEFAULT ERROR", "CLIENT_ID lamp WARN")
		if got := w.diary.String(); !strings.Contains(got, `msg="a temporary log level ended" account=123456789012 region=eu-central-1 type=CLIENT_ID name=lamp`) {
			t.Errorf("diary: %s", got)
		}

		// It works for groups, addresses and principals; each ends by itself, the earliest first.
		other := caller.Origin{ClientID: "other", PrincipalID: "cert2", SourceIP: "203.0.113.8", Thing: "lamp"}
		at := func(want string) {
			t.Helper()
			if got := w.threshold(other, "Publish-In", false); got != want {
				t.Errorf("after %v: got %s, want %s", time.Since(start), got, want)
			}
		}
		w.debug("THING_GROUP Phones", "WARN", 40*time.Second)
		w.debug("SOURCE_IP 203.0.113.8", "INFO", 30*time.Second)
		w.debug("PRINCIPAL_ID cert2", "DEBUG", 20*time.Second)
		for _, want := range []string{"DEBUG", "DEBUG", "INFO", "WARN", "ERROR"} {
			at(want)
			time.Sleep(10 * time.Second)
			synctest.Wait()
		}
	})
}

// What is set again lasts from then on; what is set for good meanwhile counts afterwards; stopped is stopped.
func TestTemporaryLevelRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, eventlog.Config{})
		w.configure("ERROR")
		stop := w.running()
		defer stop()
		w.debug("CLIENT_ID lamp", "DEBUG", time.Minute)
		time.Sleep(30 * time.Second)
		w.debug("CLIENT_ID lamp", "INFO", time.Minute)
		w.level("CLIENT_ID lamp", "WARN")
		time.Sleep(31 * time.Second)
		synctest.Wait()
		w.wantLevels(iot.ListV2LoggingLevelsInput{}, "DEFAULT ERROR", "CLIENT_ID lamp INFO for 29s")
		time.Sleep(29 * time.Second)
		synctest.Wait()
		if got := w.threshold(lamp, "Publish-In", false); got != "WARN" {
			t.Errorf("got %s, want WARN", got)
		}
		w.debug("CLIENT_ID lamp", "DEBUG", time.Minute)
		if got := w.threshold(lamp, "Publish-In", false); got != "DEBUG" {
			t.Errorf("got %s, want DEBUG", got)
		}
		for range 2 { // one that is not there is no error
			ok(t, w.log.DeleteTemporaryLoggingLevel, &iot.DeleteTemporaryLoggingLevelInput{TargetType: "CLIENT_ID", TargetName: "lamp"})
		}
		if got := w.threshold(lamp, "Publish-In", false); got != "WARN" {
			t.Errorf("got %s, want WARN", got)
		}
	})
}

// A restart changes nothing: what lasts goes on and ends on time, and what is overdue is not in force.
func TestTemporaryLevelSurvives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, eventlog.Config{})
		w.configure("ERROR")
		stop := w.running()
		w.debug("CLIENT_ID lamp", "DEBUG", time.Hour)
		w.debug("PRINCIPAL_ID cert1", "INFO", time.Minute)
		stop()
		time.Sleep(10 * time.Minute)
		w.open(eventlog.Config{})
		w.wantLevels(iot.ListV2LoggingLevelsInput{}, "DEFAULT ERROR", "CLIENT_ID lamp DEBUG for 50m0s")
		if got := w.threshold(caller.Origin{PrincipalID: "cert1"}, "Publish-In", false); got != "ERROR" {
			t.Errorf("what is overdue: got %s, want ERROR", got)
		}
		defer w.running()()
		if got := w.threshold(lamp, "Publish-In", false); got != "DEBUG" {
			t.Errorf("got %s, want DEBUG", got)
		}
		time.Sleep(50 * time.Minute)
		synctest.Wait()
		if got := w.threshold(lamp, "Publish-In", false); got != "ERROR" {
			t.Errorf("got %s, want ERROR", got)
		}
		if n := strings.Count(w.diary.String(), "a temporary log level ended"); n != 2 {
			t.Errorf("%d ends in the diary, want 2:\n%s", n, w.diary)
		}
	})
}

func TestTemporaryLevelRefused(t *testing.T) {
	w := newWorld(t, eventlog.Config{MaxTemporary: 2})
	in := func(resource string) *iot.SetTemporaryLoggingLevelInput {
		return &iot.SetTemporaryLoggingLevelInput{LogTarget: on(resource), LogLevel: "DEBUG", DurationSeconds: 60}
	}
	refused(t, w.log.SetTemporaryLoggingLevel, in("CLIENT_ID a"), fault.NotFound, iot.NotConfiguredException, notConfigured)
	w.configure("ERROR")
	refused(t, w.log.SetTemporaryLoggingLevel, in("DEFAULT"), fault.Invalid, "",
		"The target type DEFAULT is no resource; allowed are CLIENT_ID, PRINCIPAL_ID, SOURCE_IP and THING_GROUP.")
	refused(t, w.log.SetTemporaryLoggingLevel, in("CLIENT_ID"), fault.Invalid, "", "The target type CLIENT_ID needs a targetName.")
	refused(t, w.log.SetTemporaryLoggingLevel, in("SOURCE_IP here"), fault.Invalid, "", `The targetName "here" is not an IP address.`)
	ok(t, w.log.SetTemporaryLoggingLevel, in("CLIENT_ID a"))
	ok(t, w.log.SetTemporaryLoggingLevel, in("CLIENT_ID b"))
	ok(t, w.log.SetTemporaryLoggingLevel, in("CLIENT_ID a"))
	if *ok(t, w.log.SetTemporaryLoggingLevel, in("CLIENT_ID a")).AllLogsDisabled {
		t.Error("all logs are disabled, it says")
	}
	yes := true
	w.options(iot.SetV2LoggingOptionsInput{DisableAllLogs: &yes})
	if !*ok(t, w.log.SetTemporaryLoggingLevel, in("CLIENT_ID a")).AllLogsDisabled {
		t.Error("it does not say that all logs are disabled")
	}
	refused(t, w.log.SetTemporaryLoggingLevel, in("CLIENT_ID c"), fault.Limit, iot.LimitExceededException,
		"There is a temporary level for 2 resources already; at most 2 are allowed.")
	ok(t, w.log.SetPayloadCapture, &iot.SetPayloadCaptureInput{LogTarget: on("CLIENT_ID c"), DurationSeconds: 60}) // of captures there is none yet
	if _, err := w.log.SetTemporaryLoggingLevel(as(stranger), in("CLIENT_ID a")); !fault.Is(err, fault.NotFound) {
		t.Errorf("another account: %v", err)
	}
}

// A listing shows both sorts in one order, and goes on where it ended.
func TestListTemporaryLevels(t *testing.T) {
	w := newWorld(t, eventlog.Config{})
	w.configure("ERROR")
	for _, resource := range []string{"CLIENT_ID b", "THING_GROUP g", "PRINCIPAL_ID p"} {
		w.level(resource, "WARN")
	}
	w.debug("CLIENT_ID a", "DEBUG", time.Hour)
	w.debug("CLIENT_ID b", "DEBUG", time.Hour)
	w.debug("SOURCE_IP 10.0.0.1", "DEBUG", time.Hour)
	var got []string
	one := int32(1)
	in := iot.ListV2LoggingLevelsInput{MaxResults: &one}
	for {
		out := ok(t, w.log.ListV2LoggingLevels, &in)
		for _, c := range out.LogTargetConfigurations {
			got = append(got, strings.TrimSpace(c.LogTarget.TargetType+" "+c.LogTarget.TargetName)+" "+c.LogLevel)
		}
		if in.NextToken = out.NextToken; in.NextToken == "" {
			break
		}
	}
	want := "DEFAULT ERROR, CLIENT_ID a DEBUG, CLIENT_ID b DEBUG, PRINCIPAL_ID p WARN, SOURCE_IP 10.0.0.1 DEBUG, THING_GROUP g WARN"
	if strings.Join(got, ", ") != want {
		t.Errorf("got %s, want %s", strings.Join(got, ", "), want)
	}
	if got := w.levels(iot.ListV2LoggingLevelsInput{TargetType: "SOURCE_IP"}); len(got) != 1 || !strings.HasPrefix(got[0], "SOURCE_IP 10.0.0.1 DEBUG for") {
		t.Errorf("addresses: %q", got)
	}
}
