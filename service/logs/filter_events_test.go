package logs

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"telltale/lang/shape/logs"
	"telltale/store/logseg"
)

// filterAll reads all pages.
func filterAll(t testing.TB, l *Logs, in logs.FilterLogEventsInput) (events []logs.FilteredLogEvent) {
	t.Helper()
	for range 100_000 {
		out := ok(t, l.FilterLogEvents, &in)
		if in.Limit != nil && len(out.Events) > int(*in.Limit) {
			t.Fatalf("%d events on a page of %d", len(out.Events), *in.Limit)
		}
		if out.SearchedLogStreams == nil || len(out.SearchedLogStreams) > 0 {
			t.Fatalf("searchedLogStreams: %+v", out.SearchedLogStreams)
		}
		events = append(events, out.Events...)
		if in.NextToken = out.NextToken; in.NextToken == "" {
			return events
		}
	}
	t.Fatal("no end after 100000 pages")
	return nil
}

func texts(events []logs.FilteredLogEvent) (list []string) {
	for _, e := range events {
		list = append(list, e.Message)
	}
	return list
}

func TestFilterLogEventsSelects(t *testing.T) {
	l := newLogs(t)
	prepare(t, l, "app", "web-1", "web-2", "db")
	base := time.Now().UnixMilli()
	put(t, l, "app", "web-2", base+1, `{"status":200,"path":"/"}`)
	put(t, l, "app", "web-1", base, `{"status":404,"path":"/x"}`)
	put(t, l, "app", "db", base+2, "ERROR disk full")
	put(t, l, "app", "web-1", base+3, `{"status":500,"path":"/y"}`)
	put(t, l, "app", "db", base+3, "INFO 12 rows")
	f := func(in logs.FilterLogEventsInput, want ...string) {
		t.Helper()
		for limit := int32(1); limit <= 6; limit++ {
			in := in
			in.LogGroupIdentifier, in.Limit = "app", &limit
			if got := texts(filterAll(t, l, in)); !slices.Equal(got, want) {
				t.Errorf("%+v\n got %q\nwant %q", in, got, want)
			}
		}
	}
	const e404, e200, disk, e500, rows = `{"status":404,"path":"/x"}`, `{"status":200,"path":"/"}`, "ERROR disk full", `{"status":500,"path":"/y"}`, "INFO 12 rows"
	f(logs.FilterLogEventsInput{}, e404, e200, disk, e500, rows)
	f(logs.FilterLogEventsInput{LogStreamNames: []string{"db"}}, disk, rows)
	f(logs.FilterLogEventsInput{LogStreamNames: []string{"db", "web-2"}, Interleaved: ptr(false)}, e200, disk, rows)
	f(logs.FilterLogEventsInput{LogStreamNamePrefix: "web"}, e404, e200, e500)
	f(logs.FilterLogEventsInput{LogStreamNamePrefix: "nix"})
	f(logs.FilterLogEventsInput{StartTime: ptr(base + 1), EndTime: ptr(base + 2)}, e200, disk) // the end belongs to it
	f(logs.FilterLogEventsInput{EndTime: ptr(base)}, e404)
	f(logs.FilterLogEventsInput{EndTime: ptr(base - 1)})
	f(logs.FilterLogEventsInput{EndTime: ptr(int64(0))})
	f(logs.FilterLogEventsInput{EndTime: ptr(int64(1<<63 - 1)), StartTime: ptr(base + 3)}, e500, rows)
	f(logs.FilterLogEventsInput{FilterPattern: `{ $.status >= 404 }`}, e404, e500)
	f(logs.FilterLogEventsInput{FilterPattern: `{ $.status >= 404 && $.path = "/y" }`}, e500)
	f(logs.FilterLogEventsInput{FilterPattern: "ERROR"}, disk)
	f(logs.FilterLogEventsInput{FilterPattern: "?ERROR ?INFO"}, disk, rows)
	f(logs.FilterLogEventsInput{FilterPattern: "-status -ERROR"}, rows)
	f(logs.FilterLogEventsInput{FilterPattern: "[level, n > 10, what]"}, rows)
	f(logs.FilterLogEventsInput{FilterPattern: "%[45]0\\d%", LogStreamNames: []string{"web-1"}}, e404, e500)
	f(logs.FilterLogEventsInput{FilterPattern: `" "`}, e404, e200, disk, e500, rows)

	events := filterAll(t, l, logs.FilterLogEventsInput{LogGroupName: "app"})
	if e := events[2]; e.LogStreamName != "db" || *e.Timestamp != base+2 || *e.IngestionTime < base || len(e.EventId) != 56 {
		t.Errorf("got %+v", e)
	}
	for i := range events[1:] {
		if events[i].EventId >= events[i+1].EventId {
			t.Errorf("eventId %s is not before %s", events[i].EventId, events[i+1].EventId)
		}
	}
}

func TestFilterLogEventsRefuses(t *testing.T) {
	l := newLogs(t)
	prepare(t, l, "app", "one")
	prepare(t, l, "other", "one")
	put(t, l, "other", "one", time.Now().UnixMilli(), "a", "b")
	f := func(in logs.FilterLogEventsInput, code, text string) {
		t.Helper()
		if in.LogGroupName == "" && in.LogGroupIdentifier == "" {
			in.LogGroupName = "app"
		}
		refused(t, l.FilterLogEvents, &in, code, text)
	}
	invalid := logs.InvalidParameterException
	f(logs.FilterLogEventsInput{LogGroupName: "nix"}, logs.ResourceNotFoundException, noGroupText)
	f(logs.FilterLogEventsInput{LogStreamNames: []string{"one", "nix"}}, logs.ResourceNotFoundException, noStreamText)
	f(logs.FilterLogEventsInput{LogStreamNames: []string{"one"}, LogStreamNamePrefix: "o"}, invalid, "Only one of logStreamNames and logStreamNamePrefix may be given.")
	f(logs.FilterLogEventsInput{LogStreamNames: make([]string, 101)}, invalid, "There are 101 logStreamNames: at most 100 are allowed.")
	f(logs.FilterLogEventsInput{LogGroupName: "app", LogGroupIdentifier: "app"}, invalid, "Only one of logGroupName and logGroupIdentifier may be given.")
	f(logs.FilterLogEventsInput{Limit: ptr(int32(0))}, invalid, "The limit 0 is not allowed: it must be 1 to 10000.")
	f(logs.FilterLogEventsInput{StartTime: ptr(int64(5)), EndTime: ptr(int64(4))}, invalid, "The endTime 4 is before the startTime 5.")
	f(logs.FilterLogEventsInput{FilterPattern: "{ $.a = }"}, invalid, `Invalid filter pattern, character 9: expected a value after "=", got "}"`)
	token := "The specified nextToken is invalid: it was not returned by FilterLogEvents for the same log group."
	f(logs.FilterLogEventsInput{NextToken: "x"}, invalid, token)
	next := ok(t, l.FilterLogEvents, &logs.FilterLogEventsInput{LogGroupName: "other", Limit: ptr(int32(1))}).NextToken
	f(logs.FilterLogEventsInput{NextToken: next}, invalid, token)
}

// Pages put together are the whole, while others write later and earlier events.
func TestFilterLogEventsPagesWhileWriting(t *testing.T) {
	l := newLogs(t)
	prepare(t, l, "app", "one", "two")
	base := time.Now().Add(-time.Hour).UnixMilli()
	var before []logseg.Entry
	for i := range 3000 {
		before = append(before, logseg.Entry{TS: base + int64(i/7), Raw: fmt.Appendf(nil, `{"n":%d,"even":%t}`, i, i%2 == 0)})
	}
	if err := l.Write(context.Background(), home, "app", "one", before); err != nil {
		t.Fatal(err)
	}
	want := texts(filterAll(t, l, logs.FilterLogEventsInput{LogGroupName: "app", FilterPattern: "{ $.even IS TRUE }"}))
	if len(want) != 1500 {
		t.Fatalf("%d events, want 1500", len(want))
	}
	var writers sync.WaitGroup
	writers.Go(func() { // as many as there were: a reader that is overtaken for ever would read for ever
		for i := range 3000 {
			late := []logseg.Entry{{TS: base + int64(i*7%500), Raw: []byte(`{"even":true,"new":1}`)}}
			if err := l.Write(context.Background(), home, "app", "two", late); err != nil {
				t.Error(err)
				return
			}
			if i%1000 == 999 {
				if err := l.needs.Store.Flush(context.Background()); err != nil {
					t.Error(err)
				}
			}
		}
	})
	for _, limit := range []int32{7, 100, 333} {
		events := filterAll(t, l, logs.FilterLogEventsInput{LogGroupName: "app", FilterPattern: "{ $.even IS TRUE }", Limit: &limit})
		ids := map[string]bool{}
		var got []string
		for _, e := range events {
			if ids[e.EventId] {
				t.Fatalf("event %s is there twice", e.EventId)
			}
			ids[e.EventId] = true
			if !strings.Contains(e.Message, "new") {
				got = append(got, e.Message)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("pages of %d: %d of the earlier events, want %d in the same order", limit, len(got), len(want))
		}
	}
	writers.Wait()
}

func TestGetLogRecord(t *testing.T) {
	l := newLogs(t)
	prepare(t, l, "app", "one")
	base := time.Date(2026, 3, 4, 5, 6, 7, 89e6, time.UTC).UnixMilli()
	message := `{"a":"x","b":{"c":[1,{"d":true}],"e":null},"@f":2.50}`
	err := l.Write(context.Background(), home, "app", "one", []logseg.Entry{{TS: base, Ingested: base + 1, Raw: []byte("other")}, {TS: base, Ingested: base + 1, Raw: []byte(message)}})
	if err != nil {
		t.Fatal(err)
	}
	id := filterAll(t, l, logs.FilterLogEventsInput{LogGroupName: "app"})[1].EventId
	got := ok(t, l.GetLogRecord, &logs.GetLogRecordInput{LogRecordPointer: id}).LogRecord
	want := map[string]string{"a": "x", "b.c.0": "1", "b.c.1.d": "true", "@@f": "2.5", "@message": message, "@timestamp": "2026-03-04 05:06:07.089",
		"@ingestionTime": "2026-03-04 05:06:07.090", "@logStream": "one", "@log": "123456789012:app", "@ptr": id}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	missing := "The specified log record does not exist."
	refusedAs(t, stranger, l.GetLogRecord, &logs.GetLogRecordInput{LogRecordPointer: id}, logs.ResourceNotFoundException, missing)
	refused(t, l.GetLogRecord, &logs.GetLogRecordInput{LogRecordPointer: eventID(1, logseg.Cursor{TS: base, Seq: 99})}, logs.ResourceNotFoundException, missing)
	refused(t, l.GetLogRecord, &logs.GetLogRecordInput{LogRecordPointer: eventID(9, logseg.Cursor{TS: base, Seq: 1})}, logs.ResourceNotFoundException, missing)
	refused(t, l.GetLogRecord, &logs.GetLogRecordInput{LogRecordPointer: "x"}, logs.InvalidParameterException, `The logRecordPointer "x" is not one: want the @ptr of a query or an eventId.`)
}

func TestTestMetricFilter(t *testing.T) {
	l := newLogs(t)
	out := ok(t, l.TestMetricFilter, &logs.TestMetricFilterInput{FilterPattern: `[ip, size > 100]`, LogEventMessages: []string{"::1 5", "::1 500"}})
	if m := out.Matches; len(m) != 1 || *m[0].EventNumber != 1 || m[0].EventMessage != "::1 500" || fmt.Sprint(m[0].ExtractedValues) != "map[$ip:::1 $size:500]" {
		t.Errorf("delimited: got %+v", out.Matches)
	}
	out = ok(t, l.TestMetricFilter, &logs.TestMetricFilterInput{FilterPattern: `{ $.a = 1 }`, LogEventMessages: []string{`{"a":1}`}})
	if m := out.Matches; len(m) != 1 || *m[0].EventNumber != 0 || fmt.Sprint(m[0].ExtractedValues) != "map[$.a:1]" {
		t.Errorf("JSON: got %+v", out.Matches)
	}
	if out = ok(t, l.TestMetricFilter, &logs.TestMetricFilterInput{LogEventMessages: []string{"any", "thing"}}); len(out.Matches) != 2 {
		t.Errorf("the empty pattern: got %+v", out.Matches)
	}
	refused(t, l.TestMetricFilter, &logs.TestMetricFilterInput{LogEventMessages: make([]string, 51)}, logs.InvalidParameterException, "There are 51 logEventMessages: a call must have 1 to 50.")
	refused(t, l.TestMetricFilter, &logs.TestMetricFilterInput{FilterPattern: "[", LogEventMessages: []string{"x"}}, logs.InvalidParameterException,
		second(parsePattern("", "[")).(interface{ Message() string }).Message())
}

// FuzzEventID checks that a token of any text is refused or means exactly what it says.
func FuzzEventID(f *testing.F) {
	f.Add(eventID(7, logseg.Cursor{TS: 1700000000000, Seq: 42}))
	f.Add(eventID(1<<32-1, logseg.Cursor{TS: 1<<63 - 1, Seq: 1<<64 - 1}))
	f.Add("f/+00")
	f.Fuzz(func(t *testing.T, s string) {
		if group, at, ok := parseEventID(s); ok && eventID(group, at) != s {
			t.Errorf("%q was read as group %d at %+v, which is %q", s, group, at, eventID(group, at))
		}
	})
}
