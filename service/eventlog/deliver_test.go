package eventlog_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"telltale/base/caller"
	"telltale/base/event"
	"telltale/lang/shape/iot"
	"telltale/service/eventlog"
)

var (
	publishIn = kindOf("Publish-In", event.Info, false)
	ping      = kindOf("Ping", event.Debug, true)
)

// running runs the log's delivery until the function it returns is called.
func (w *world) running() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var run sync.WaitGroup
	run.Go(func() {
		if err := w.log.Run(ctx); err != nil {
			w.t.Errorf("Run: %v", err)
		}
	})
	return func() {
		cancel()
		run.Wait()
	}
}

// A full queue makes recording wait, and then lose the entry; the loss is counted and told.
func TestDrops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, eventlog.Config{MaxPending: 4, MaxWait: time.Second})
		w.configure("INFO")
		stop := w.running()
		w.writer.gate = make(chan struct{})
		o := caller.Origin{Scope: home, Trace: caller.Trace{1}}
		n := int64(0)
		record := func() time.Duration {
			start := time.Now()
			w.log.Record(&o, &probe{kind: publishIn, n: n})
			n++
			return time.Since(start)
		}
		record()
		time.Sleep(time.Second) // the delivery of the first now waits for the store
		for range 4 {
			if d := record(); d != 0 {
				t.Errorf("entry %d waited %v although there is room", n-1, d)
			}
		}
		for range 2 {
			if d := record(); d != time.Second {
				t.Errorf("entry %d was dropped after %v, want 1s", n-1, d)
			}
		}
		if got := w.metrics.take(); got != "" {
			t.Errorf("counted before the store answered: %s", got)
		}
		var last sync.WaitGroup
		last.Go(func() { record() })
		time.Sleep(300 * time.Millisecond) // it waits
		close(w.writer.gate)
		last.Wait()
		stop()
		if got := w.writer.numbers(t); !slices.Equal(got, []int{0, 1, 2, 3, 4, 7}) {
			t.Errorf("written: %v, want all but 5 and 6", got)
		}
		if got, want := w.metrics.take(), "123456789012 NumLogEventsFailedToPublishThrottled 2"; got != want {
			t.Errorf("metrics: got %q, want %q", got, want)
		}
		if got := w.diary.String(); !strings.Contains(got, "log entries dropped: the log store could not keep up") || !strings.Contains(got, "entries=2") {
			t.Errorf("diary: %s", got)
		}
	})
}

// Run delivers what waits before it ends.
func TestRunDeliversAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, eventlog.Config{})
		w.configure("INFO")
		stop := w.running()
		w.log.Record(&caller.Origin{Scope: home}, &probe{kind: publishIn, n: 1})
		stop()
		if got := w.writer.numbers(t); !slices.Equal(got, []int{1}) {
			t.Errorf("written: %v", got)
		}
	})
}

func TestOrderWithinTrace(t *testing.T) {
	w := newWorld(t, eventlog.Config{MaxPending: 64, MaxWait: time.Minute})
	w.configure("INFO")
	stop := w.running()
	const clients, each = 8, 500
	var recorders sync.WaitGroup
	for c := range clients {
		recorders.Go(func() {
			o := caller.Origin{Scope: home, Trace: caller.Trace{byte(c), 1}}
			for i := range each {
				w.log.Record(&o, &probe{kind: publishIn, n: int64(i)})
			}
		})
	}
	recorders.Wait()
	stop()
	next := map[string]int{}
	for _, e := range w.writer.take() {
		var entry struct {
			TraceID string
			N       int
		}
		if err := json.Unmarshal([]byte(e.message), &entry); err != nil {
			t.Fatal(err)
		}
		if entry.N != next[entry.TraceID] {
			t.Fatalf("trace %s: entry %d comes instead of %d", entry.TraceID, entry.N, next[entry.TraceID])
		}
		next[entry.TraceID]++
	}
	for trace, n := range next {
		if n != each {
			t.Errorf("trace %s has %d entries, want %d", trace, n, each)
		}
	}
	if len(next) != clients {
		t.Errorf("%d traces, want %d", len(next), clients)
	}
}

func TestDestinations(t *testing.T) {
	w := newWorld(t, eventlog.Config{Node: "node1"})
	w.configure("DEBUG")
	w.options(iot.SetV2LoggingOptionsInput{EventConfigurations: []iot.LogEventConfiguration{{EventType: "Ping", LogLevel: "DEBUG", LogDestination: "pings"}, {EventType: "Connect", LogDestination: "pings"}}})
	w.level("CLIENT_ID lamp", "INFO") // a level of a resource leaves the destination as it is
	w.record(caller.Origin{ClientID: "kettle"}, &probe{kind: ping}, &probe{kind: publishIn})
	w.record(lamp, &probe{kind: ping}, &probe{kind: kindOf("Connect", event.Info, false)})
	var got []string
	for _, e := range w.writer.take() {
		got = append(got, e.group+"/"+e.stream)
	}
	slices.Sort(got)
	if want := []string{"AWSIotLogsV2/node1_123456789012_0", "pings/node1_123456789012_0", "pings/node1_123456789012_0"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestRoleDenied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, eventlog.Config{Node: "node1"})
		w.configure("INFO")
		f := func(deny string, written int, metric string) {
			t.Helper()
			time.Sleep(2 * time.Second) // the last verdict is forgotten
			w.roles.deny = deny
			w.record(lamp, &probe{kind: publishIn})
			w.record(lamp, &probe{kind: publishIn})
			if got := len(w.writer.take()); got != written {
				t.Errorf("deny %q: %d entries were written, want %d", deny, got, written)
			}
			if got := w.metrics.take(); got != metric {
				t.Errorf("deny %q: metrics\n%s\nwant\n%s", deny, got, metric)
			}
		}
		twice := func(s string) string { return s + "\n" + s }
		f("logs:CreateLogGroup", 0, twice("123456789012 CloudwatchLogs:LogGroupCreationFailed 1 LogGroup=AWSIotLogsV2"))
		f("logs:PutRetentionPolicy", 2, "123456789012 CloudwatchLogs:PutRetentionPolicyFailed 1 LogGroup=AWSIotLogsV2")
		if keeps, made := w.writer.made["AWSIotLogsV2"]; !made || keeps {
			t.Errorf("the group was made %v, its retention set %v; want it made without", made, keeps)
		}
		w.roles.asked = nil
		f("", 2, "")
		f("logs:PutLogEvents", 0, twice("123456789012 CloudwatchLogs:PutLogEventsFailed 1 LogGroup=AWSIotLogsV2"))
		f("*", 0, twice("123456789012 CloudwatchLogs:PutLogEventsFailed 1 LogGroup=AWSIotLogsV2"))
		f("logs:CreateLogStream", 0, twice("123456789012 CloudwatchLogs:LogStreamCreationFailed 1 LogGroup=AWSIotLogsV2"))
		f("", 2, "")
		if got := w.diary.String(); !strings.Contains(got, "log entries dropped: the logging role does not allow writing them") || !strings.Contains(got, "role="+role) {
			t.Errorf("diary: %s", got)
		}
		want := role + " iot.amazonaws.com logs:PutLogEvents arn:aws:logs:eu-central-1:123456789012:log-group:AWSIotLogsV2:log-stream:node1_123456789012_0"
		if got := w.roles.asked[0]; got != want {
			t.Errorf("asked\n%s\nwant\n%s", got, want)
		}
	})
}

func TestWriterRefuses(t *testing.T) {
	w := newWorld(t, eventlog.Config{})
	w.configure("INFO")
	w.writer.err = errors.New("disk full")
	w.record(lamp, &probe{kind: publishIn}, &probe{kind: publishIn})
	if got, want := w.metrics.take(), "123456789012 CloudwatchLogs:PutLogEventsFailed 1 LogGroup=AWSIotLogsV2"; got != want {
		t.Errorf("metrics: got %q, want %q", got, want)
	}
	if got := w.diary.String(); !strings.Contains(got, "disk full") || !strings.Contains(got, "entries=2") {
		t.Errorf("diary: %s", got)
	}
}

// The entry after a change follows it, also while others record and change.
func TestChangesTakeEffectAtOnce(t *testing.T) {
	w := newWorld(t, eventlog.Config{})
	w.configure("INFO")
	var others sync.WaitGroup
	done := make(chan struct{})
	for range 2 {
		others.Go(func() {
			o := caller.Origin{Scope: home, Trace: caller.NewTrace(), ClientID: "other"}
			for {
				select {
				case <-done:
					return
				default:
					w.log.Record(&o, &probe{kind: ping, n: -1}) // never wanted
				}
			}
		})
	}
	o := caller.Origin{Scope: home, Trace: caller.Trace{5}}
	levels := []string{"INFO", "ERROR", "DEBUG", "DISABLED", "WARN"}
	var want []int
	for i := range 100 {
		level := levels[i%len(levels)]
		w.options(iot.SetV2LoggingOptionsInput{DefaultLogLevel: level})
		w.log.Record(&o, &probe{kind: publishIn, n: int64(i)})
		if level == "INFO" || level == "DEBUG" {
			want = append(want, i)
		}
	}
	close(done)
	others.Wait()
	w.log.Flush(t.Context())
	if got := w.writer.numbers(t); !slices.Equal(got, want) {
		t.Errorf("written: %v\nwant: %v", got, want)
	}
}

// What no level wants costs no memory.
func TestRecordAllocatesNothing(t *testing.T) {
	w := newWorld(t, eventlog.Config{})
	w.writer.drop = true
	w.configure("ERROR")
	o := lamp
	o.Scope, o.Trace = home, caller.NewTrace()
	wanted, unwanted, optIn := &probe{kind: publishIn, outcome: event.AuthError}, &probe{kind: publishIn}, &probe{kind: ping}
	f := func(what string, most float64, run func()) {
		t.Helper()
		run()
		if got := testing.AllocsPerRun(100, run); got > most {
			t.Errorf("%s: %v allocations, want at most %v", what, got, most)
		} else {
			t.Logf("%s: %v allocations", what, got)
		}
	}
	f("below the default level", 0, func() { w.log.Record(&o, unwanted) })
	f("opt-in", 0, func() { w.log.Record(&o, optIn) })
	w.level("CLIENT_ID kettle", "DEBUG")
	w.level("PRINCIPAL_ID cert2", "DEBUG")
	w.level("SOURCE_IP 203.0.113.8", "DEBUG")
	f("with levels of other resources", 0, func() { w.log.Record(&o, unwanted) })
	const batch = 1000
	f("a thousand entries, written", 50, func() {
		for range batch {
			w.log.Record(&o, wanted)
		}
		w.log.Flush(context.Background())
	})
}

func BenchmarkRecord(b *testing.B) {
	for name, kind := range map[string]*event.Kind{"unwanted": ping, "written": publishIn} {
		b.Run(name, func(b *testing.B) {
			w := newWorld(b, eventlog.Config{})
			w.writer.drop = true
			w.configure("INFO")
			o := lamp
			o.Scope, o.Trace = home, caller.NewTrace()
			f := &probe{kind: kind}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				w.log.Record(&o, f)
				if i%1000 == 999 {
					w.log.Flush(context.Background())
				}
			}
		})
	}
}
