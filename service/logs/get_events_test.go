package logs

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"telltale/lang/shape/logs"
	"telltale/store/logseg"
)

// readAll reads a stream page by page until the token of the direction stays the same.
func readAll(t testing.TB, l *Logs, in logs.GetLogEventsInput, forward bool, between func()) (pages [][]string) {
	t.Helper()
	for range 10_000 {
		out := ok(t, l.GetLogEvents, &in)
		var page []string
		for _, e := range out.Events {
			page = append(page, e.Message)
		}
		next := out.NextBackwardToken
		if forward {
			next = out.NextForwardToken
		}
		if next == in.NextToken {
			if len(page) > 0 {
				t.Fatalf("the token stays the same although the page has %q", page)
			}
			return pages
		}
		pages, in.NextToken = append(pages, page), next
		between()
	}
	t.Fatal("no end after 10000 pages")
	return nil
}

func TestGetLogEventsRange(t *testing.T) {
	l := newLogs(t)
	prepare(t, l, "app", "one", "two", "empty")
	base := time.Now().UnixMilli()
	put(t, l, "app", "one", base, "a", "b", "c", "d")
	put(t, l, "app", "two", base, "of two")
	f := func(in logs.GetLogEventsInput, want string) {
		t.Helper()
		in.LogGroupIdentifier, in.LogStreamName = "arn:aws:logs:eu-central-1:123456789012:log-group:app:*", "one"
		var got []string
		for i, e := range ok(t, l.GetLogEvents, &in).Events {
			got = append(got, e.Message)
			if i > 0 && *e.Timestamp < base || *e.IngestionTime < base {
				t.Errorf("%+v: event %+v", in, e)
			}
		}
		if got := strings.Join(got, ""); got != want {
			t.Errorf("%+v: got %s, want %s", in, got, want)
		}
	}
	f(logs.GetLogEventsInput{}, "abcd")
	f(logs.GetLogEventsInput{StartFromHead: ptr(true)}, "abcd")
	f(logs.GetLogEventsInput{Limit: ptr(int32(2))}, "cd")
	f(logs.GetLogEventsInput{Limit: ptr(int32(2)), StartFromHead: ptr(true)}, "ab")
	f(logs.GetLogEventsInput{StartTime: &base, EndTime: ptr(base + 2)}, "ab") // the end does not belong to it
	f(logs.GetLogEventsInput{StartTime: ptr(base + 2)}, "cd")
	f(logs.GetLogEventsInput{StartTime: ptr(base + 1), EndTime: ptr(base + 1)}, "")
	f(logs.GetLogEventsInput{EndTime: ptr(int64(0))}, "")

	r := func(in logs.GetLogEventsInput, code, text string) {
		t.Helper()
		if in.LogGroupName == "" {
			in.LogGroupName = "app"
		}
		if in.LogStreamName == "" {
			in.LogStreamName = "one"
		}
		refused(t, l.GetLogEvents, &in, code, text)
	}
	invalid, token := logs.InvalidParameterException, "The specified nextToken is invalid: it was not returned by GetLogEvents for the same log group."
	r(logs.GetLogEventsInput{LogGroupName: "nix"}, logs.ResourceNotFoundException, noGroupText)
	r(logs.GetLogEventsInput{LogStreamName: "nix"}, logs.ResourceNotFoundException, noStreamText)
	r(logs.GetLogEventsInput{LogGroupIdentifier: "app"}, invalid, "Only one of logGroupName and logGroupIdentifier may be given.")
	r(logs.GetLogEventsInput{Limit: ptr(int32(10_001))}, invalid, "The limit 10001 is not allowed: it must be 1 to 10000.")
	r(logs.GetLogEventsInput{StartTime: ptr(int64(2)), EndTime: ptr(int64(1))}, invalid, "The endTime 1 is before the startTime 2.")
	r(logs.GetLogEventsInput{StartTime: ptr(int64(-2))}, invalid, "startTime and endTime are milliseconds since 1970-01-01 00:00:00 UTC and must not be negative.")
	prepare(t, l, "other", "one")
	foreign := ok(t, l.GetLogEvents, &logs.GetLogEventsInput{LogGroupName: "other", LogStreamName: "one"}).NextForwardToken
	for _, s := range []string{"x", "f/", "f/12/s", strings.Repeat("1", 60), "g/" + eventID(1, logseg.Cursor{TS: 1, Seq: 1}) + "/s", foreign} {
		r(logs.GetLogEventsInput{NextToken: s}, invalid, token)
	}
}

func TestGetLogEventsPages(t *testing.T) {
	l := newLogs(t)
	prepare(t, l, "app", "one", "noise")
	var want []string
	base := time.Now().UnixMilli()
	for i := range 97 {
		m := fmt.Sprintf("%03d", i)
		put(t, l, "app", "one", base+int64(i/3), m) // three of the same time
		put(t, l, "app", "noise", base+int64(i/3), "noise")
		want = append(want, m)
	}
	for limit := int32(1); limit <= 98; limit += 1 + limit/3 {
		in := logs.GetLogEventsInput{LogGroupName: "app", LogStreamName: "one", Limit: &limit, StartFromHead: ptr(true)}
		if got := slices.Concat(readAll(t, l, in, true, func() {})...); !slices.Equal(got, want) {
			t.Errorf("forward in pages of %d: got %q", limit, got)
		}
		in.StartFromHead = nil
		pages := readAll(t, l, in, false, func() { // new events are behind the reader
			if limit > 30 {
				put(t, l, "app", "noise", base+1000, "later")
			}
		})
		slices.Reverse(pages)
		if got := slices.Concat(pages...); !slices.Equal(got, want) {
			t.Errorf("backward in pages of %d: got %q", limit, got)
		}
	}
}

// A reader that turns round at random sees each event exactly when it passes it.
func TestGetLogEventsTurnsRound(t *testing.T) {
	l := newLogs(t)
	prepare(t, l, "app", "one")
	base := time.Now().UnixMilli()
	const n = 40
	for i := range n {
		put(t, l, "app", "one", base+int64(i/4), fmt.Sprint(i))
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		in := logs.GetLogEventsInput{LogGroupName: "app", LogStreamName: "one", StartFromHead: ptr(true), Limit: ptr(int32(1))}
		out := ok(t, l.GetLogEvents, &in)
		first, last := 0, 0 // the page shows events first to last; an empty page between has last = first-1
		for range 60 {
			limit := int(rng.Int32N(9)) + 1
			in.Limit = ptr(int32(limit))
			forward := rng.IntN(2) == 0
			if forward {
				in.NextToken, first = out.NextForwardToken, last+1
				last = min(first+limit, n) - 1
			} else {
				in.NextToken, last = out.NextBackwardToken, first-1
				first = max(last-limit+1, 0)
			}
			out = ok(t, l.GetLogEvents, &in)
			var got, want []string
			for _, e := range out.Events {
				got = append(got, e.Message)
			}
			for i := first; i <= last; i++ {
				want = append(want, fmt.Sprint(i))
			}
			if !slices.Equal(got, want) {
				t.Fatalf("forward %v, %d events: got %q, want %q", forward, limit, got, want)
			}
		}
	}
}

func TestGetLogEventsFollows(t *testing.T) {
	l := newLogs(t)
	prepare(t, l, "app", "one")
	base := time.Now().UnixMilli()
	in := logs.GetLogEventsInput{LogGroupName: "app", LogStreamName: "one"}
	var got []string
	for i := range 5 {
		out := ok(t, l.GetLogEvents, &in)
		for _, e := range out.Events {
			got = append(got, e.Message)
		}
		if again := ok(t, l.GetLogEvents, &in); in.NextToken != "" && len(out.Events) == 0 && again.NextForwardToken != in.NextToken {
			t.Errorf("nothing new: the token %s became %s", in.NextToken, again.NextForwardToken)
		}
		in.NextToken = out.NextForwardToken
		put(t, l, "app", "one", base+int64(i), fmt.Sprint(i))
	}
	if want := "0 1 2 3"; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %s", got, want)
	}
	if out := ok(t, l.GetLogEvents, &logs.GetLogEventsInput{LogGroupName: "app", LogStreamName: "one", NextToken: readingPlace{}.token(1)}); len(out.Events) != 0 {
		t.Errorf("before the first place: got %+v", out.Events)
	}
}

func TestPageOfOneMegabyte(t *testing.T) {
	l := newLogs(t)
	prepare(t, l, "app", "one")
	base := time.Now().UnixMilli()
	for i := range 5 {
		put(t, l, "app", "one", base+int64(i), fmt.Sprint(i)+strings.Repeat("x", 400_000))
	}
	in := logs.GetLogEventsInput{LogGroupName: "app", LogStreamName: "one", StartFromHead: ptr(true)}
	var sizes []int
	for _, p := range readAll(t, l, in, true, func() {}) {
		sizes = append(sizes, len(p))
	}
	if !slices.Equal(sizes, []int{2, 2, 1}) {
		t.Errorf("pages have %v events, want 2 2 1", sizes)
	}
	big := logseg.Entry{TS: base + 10, Raw: []byte(strings.Repeat("y", 3<<20))}
	if err := l.Write(context.Background(), home, "app", "one", []logseg.Entry{big}); err != nil {
		t.Fatal(err)
	}
	out := ok(t, l.GetLogEvents, &logs.GetLogEventsInput{LogGroupName: "app", LogStreamName: "one"})
	if len(out.Events) != 1 || len(out.Events[0].Message) != 3<<20 {
		t.Errorf("a message over 1 MB must be a page of its own; got %d events", len(out.Events))
	}
}
