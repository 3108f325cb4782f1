package logs

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"telltale/lang/shape/logs"
)

func TestPutLogEventsRefuses(t *testing.T) {
	l := newLogs(t)
	prepare(t, l, "app", "one")
	now := time.Now().UnixMilli()
	f := func(group, stream string, events []logs.InputLogEvent, code, text string) {
		t.Helper()
		_, err := l.PutLogEvents(as(home), &logs.PutLogEventsInput{LogGroupName: group, LogStreamName: stream, LogEvents: events})
		if err == nil || err.Error() != "logs.PutLogEvents: "+text {
			t.Errorf("%d events\n got %v\nwant %s", len(events), err, text)
		}
	}
	batch := func(n, size int) []logs.InputLogEvent {
		list := make([]logs.InputLogEvent, n)
		for i := range list {
			list[i] = logs.InputLogEvent{Timestamp: now, Message: strings.Repeat("x", size)}
		}
		return list
	}
	invalid, hour := logs.InvalidParameterException, time.Hour.Milliseconds()
	f("app", "one", nil, invalid, "There are 0 log events: a call must have 1 to 10000.")
	f("app", "one", batch(10_001, 1), invalid, "There are 10001 log events: a call must have 1 to 10000.")
	f("app", "one", batch(1, 0), invalid, "The message of log event 0 is empty: it must have at least one byte.")
	f("app", "one", batch(1, 1<<20+1), invalid, "Log event too large: 1048577 bytes exceeds limit of 1048576")
	f("app", "one", batch(1, 1<<20-25), invalid, "Upload too large: 1048577 bytes exceeds limit of 1048576")
	f("app", "one", batch(2, 1<<19-25), invalid, "Upload too large: 1048578 bytes exceeds limit of 1048576")
	f("app", "one", []logs.InputLogEvent{{Timestamp: -1, Message: "x"}}, invalid, "The timestamp -1 of log event 0 is negative.")
	f("app", "one", []logs.InputLogEvent{{Timestamp: now, Message: "x"}, {Timestamp: now - 1, Message: "x"}}, invalid, "Log events in a single PutLogEvents request must be in chronological order.")
	f("app", "one", []logs.InputLogEvent{{Timestamp: now - 24*hour - 1, Message: "x"}, {Timestamp: now, Message: "x"}}, invalid, "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
	f("nix", "one", batch(1, 1), logs.ResourceNotFoundException, noGroupText)
	f("app", "nix", batch(1, 1), logs.ResourceNotFoundException, noStreamText)
	if got := messages(t, l, home, "app"); got != nil {
		t.Errorf("stored although refused: %d events", len(got))
	}

	for _, events := range [][]logs.InputLogEvent{batch(10_000, 1), batch(1, 1<<20-26), batch(2, 1<<19-26),
		{{Timestamp: now - 24*hour, Message: "x"}, {Timestamp: now, Message: "x"}}} {
		out := ok(t, l.PutLogEvents, &logs.PutLogEventsInput{LogGroupName: "app", LogStreamName: "one", LogEvents: events, SequenceToken: "whatever", Entity: &logs.Entity{}})
		if out.RejectedLogEventsInfo != nil || out.RejectedEntityInfo != nil || len(out.NextSequenceToken) != 56 {
			t.Errorf("%d events: got %+v", len(events), out)
		}
	}
}

func TestPutLogEventsLeavesOut(t *testing.T) {
	now := time.Now()
	const hour, day = time.Hour, 24 * time.Hour
	f := func(retention int32, ages []time.Duration, stored string, old, expired, tooNew int) {
		t.Helper()
		l := newLogs(t)
		prepare(t, l, "app", "one")
		if retention > 0 {
			ok(t, l.PutRetentionPolicy, &logs.PutRetentionPolicyInput{LogGroupName: "app", RetentionInDays: retention})
		}
		in := &logs.PutLogEventsInput{LogGroupName: "app", LogStreamName: "one"}
		for i, age := range ages {
			in.LogEvents = append(in.LogEvents, logs.InputLogEvent{Timestamp: now.Add(-age).UnixMilli(), Message: fmt.Sprint(i)})
		}
		info := ok(t, l.PutLogEvents, in).RejectedLogEventsInfo
		show := func(old, expired, tooNew *int32) string {
			value := func(p *int32) any {
				if p == nil {
					return -1
				}
				return *p
			}
			return fmt.Sprint(value(old), value(expired), value(tooNew))
		}
		got := show(nil, nil, nil)
		if info != nil {
			got = show(info.TooOldLogEventEndIndex, info.ExpiredLogEventEndIndex, info.TooNewLogEventStartIndex)
		}
		if want := fmt.Sprint(old, expired, tooNew); got != want {
			t.Errorf("retention %d, ages %v: rejected (old, expired, new) got %s, want %s", retention, ages, got, want)
		}
		if got := strings.Join(messages(t, l, home, "app"), ""); got != stored {
			t.Errorf("retention %d, ages %v: stored %q, want %q", retention, ages, got, stored)
		}
	}
	type ages = []time.Duration
	f(0, ages{hour, 0, -hour}, "012", -1, -1, -1)
	f(0, ages{14*day + time.Minute, 20 * hour, 0}, "12", 1, -1, -1)
	f(0, ages{40 * day, 30 * day, 14*day - time.Minute}, "2", 2, -1, -1)
	f(0, ages{0, -2*hour + time.Minute, -2*hour - time.Minute, -3 * hour}, "01", -1, -1, 2)
	f(7, ages{20 * day, 8 * day, 6 * day}, "2", 1, 2, -1)
	f(7, ages{8 * day, 6 * day}, "1", -1, 1, -1)
	f(30, ages{20 * day, 0}, "1", 1, -1, -1)
	f(1, ages{15 * day, 2 * day, 0, -5 * hour}, "2", 1, 2, 3)
	f(0, ages{20 * day}, "", 1, -1, -1)
	f(0, ages{-20 * day}, "", -1, -1, 0)
	f(0, ages{20 * day, -20 * day}, "", 1, -1, 1) // what is left out does not count for the span of a day
}
