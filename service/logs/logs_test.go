package logs

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/logs"
	"telltale/store/logseg"
	"telltale/store/state"
)

var (
	home      = caller.Scope{Account: "123456789012", Region: "eu-central-1"}
	elsewhere = caller.Scope{Account: "123456789012", Region: "us-east-1"}
	stranger  = caller.Scope{Account: "999999999999", Region: "eu-central-1"}
)

func as(s caller.Scope) context.Context {
	return caller.With(context.Background(), &caller.Caller{Scope: s})
}

// newLogs returns a service in memory, and its store.
func newLogs(t testing.TB) *Logs {
	t.Helper()
	db, err := state.OpenMemory(Tables()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	store, err := logseg.Open(logseg.Config{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	l, err := New(context.Background(), Config{}, Needs{State: db, Store: store})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// ok returns the output of an operation that must succeed.
func ok[In, Out any](t testing.TB, f func(context.Context, *In) (*Out, error), in *In) *Out {
	t.Helper()
	return okAs(t, home, f, in)
}

func okAs[In, Out any](t testing.TB, s caller.Scope, f func(context.Context, *In) (*Out, error), in *In) *Out {
	t.Helper()
	out, err := f(as(s), in)
	if err != nil {
		t.Fatalf("%+v\ngot error %v", in, err)
	}
	return out
}

// refused checks the name and text of the error of an operation.
func refused[In, Out any](t testing.TB, f func(context.Context, *In) (*Out, error), in *In, code, text string) {
	t.Helper()
	refusedAs(t, home, f, in, code, text)
}

func refusedAs[In, Out any](t testing.TB, s caller.Scope, f func(context.Context, *In) (*Out, error), in *In, code, text string) {
	t.Helper()
	_, err := f(as(s), in)
	e, isFault := err.(*fault.Error)
	if !isFault || e.Code != code || e.Message() != text {
		t.Errorf("%+v\n got %v\nwant %s: %s", in, err, code, text)
	}
}

const (
	noGroupText  = "The specified log group does not exist."
	noStreamText = "The specified log stream does not exist."
)

func ptr[T any](v T) *T { return &v }

// prepare makes a group with streams.
func prepare(t testing.TB, l *Logs, group string, streams ...string) {
	t.Helper()
	ok(t, l.CreateLogGroup, &logs.CreateLogGroupInput{LogGroupName: group})
	for _, s := range streams {
		ok(t, l.CreateLogStream, &logs.CreateLogStreamInput{LogGroupName: group, LogStreamName: s})
	}
}

// put stores one event per message, a millisecond apart from ts on.
func put(t testing.TB, l *Logs, group, stream string, ts int64, messages ...string) {
	t.Helper()
	in := &logs.PutLogEventsInput{LogGroupName: group, LogStreamName: stream}
	for i, m := range messages {
		in.LogEvents = append(in.LogEvents, logs.InputLogEvent{Timestamp: ts + int64(i), Message: m})
	}
	if out := ok(t, l.PutLogEvents, in); out.RejectedLogEventsInfo != nil {
		t.Fatalf("rejected: %+v", out.RejectedLogEventsInfo)
	}
}

// messages reads all events of a group.
func messages(t testing.TB, l *Logs, s caller.Scope, group string) (list []string) {
	t.Helper()
	for _, e := range okAs(t, s, l.FilterLogEvents, &logs.FilterLogEventsInput{LogGroupName: group}).Events {
		list = append(list, e.Message)
	}
	return list
}

func TestScopesNeverMeet(t *testing.T) {
	l := newLogs(t)
	for i, s := range []caller.Scope{home, elsewhere, stranger} {
		okAs(t, s, l.CreateLogGroup, &logs.CreateLogGroupInput{LogGroupName: "app"})
		okAs(t, s, l.CreateLogStream, &logs.CreateLogStreamInput{LogGroupName: "app", LogStreamName: "one"})
		okAs(t, s, l.PutLogEvents, &logs.PutLogEventsInput{LogGroupName: "app", LogStreamName: "one",
			LogEvents: []logs.InputLogEvent{{Timestamp: time.Now().UnixMilli(), Message: fmt.Sprint("event of ", i)}}})
	}
	for i, s := range []caller.Scope{home, elsewhere, stranger} {
		if got := messages(t, l, s, "app"); len(got) != 1 || got[0] != fmt.Sprint("event of ", i) {
			t.Errorf("%v: got %q", s, got)
		}
	}
	okAs(t, home, l.DeleteLogGroup, &logs.DeleteLogGroupInput{LogGroupName: "app"})
	refused(t, l.FilterLogEvents, &logs.FilterLogEventsInput{LogGroupName: "app"}, logs.ResourceNotFoundException, noGroupText)
	foreign := "arn:aws:logs:eu-central-1:999999999999:log-group:app:*"
	refused(t, l.FilterLogEvents, &logs.FilterLogEventsInput{LogGroupIdentifier: foreign}, logs.ResourceNotFoundException, noGroupText)
	for _, s := range []caller.Scope{elsewhere, stranger} {
		if got := messages(t, l, s, "app"); len(got) != 1 {
			t.Errorf("%v after another's deletion: got %q", s, got)
		}
	}
	if got := okAs(t, caller.Scope{Account: "111111111111", Region: home.Region}, l.DescribeLogGroups, &logs.DescribeLogGroupsInput{}); len(got.LogGroups) != 0 {
		t.Errorf("an account without groups sees %+v", got.LogGroups)
	}
}

func TestRestart(t *testing.T) {
	dir := t.TempDir()
	run := func(f func(l *Logs)) {
		t.Helper()
		cfg := state.Default()
		cfg.Path = filepath.Join(dir, "state.db")
		db, err := state.Open(cfg, Tables()...)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		store, err := logseg.Open(logseg.Config{Dir: filepath.Join(dir, "logs")})
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		l, err := New(context.Background(), Config{}, Needs{State: db, Store: store})
		if err != nil {
			t.Fatal(err)
		}
		f(l)
	}
	now := time.Now().UnixMilli()
	var id string
	run(func(l *Logs) {
		prepare(t, l, "app", "one")
		put(t, l, "app", "one", now, "first")
		prepare(t, l, "old", "one")
		put(t, l, "old", "one", now, "of the deleted group")
		ok(t, l.DeleteLogGroup, &logs.DeleteLogGroupInput{LogGroupName: "old"})
		id = ok(t, l.FilterLogEvents, &logs.FilterLogEventsInput{LogGroupName: "app"}).Events[0].EventId
	})
	run(func(l *Logs) {
		put(t, l, "app", "one", now, "second")
		prepare(t, l, "old", "one")
		if got := messages(t, l, home, "old"); got != nil {
			t.Errorf("a new group has %q of an old one of its name", got)
		}
		got := ok(t, l.FilterLogEvents, &logs.FilterLogEventsInput{LogGroupName: "app"}).Events
		if len(got) != 2 || got[0].Message != "first" || got[1].Message != "second" || got[0].EventId != id || got[1].EventId <= id {
			t.Errorf("after a restart: got %+v, want first with id %s, then second", got, id)
		}
	})
}

// failing is a store that does not follow changes of groups until it is told to.
type failing struct {
	logseg.Store
	broken bool
}

func (f *failing) Drop(ctx context.Context, group, stream uint32) error {
	if f.broken {
		return fault.New("failing.Drop", fault.Unavailable, "no disk")
	}
	return f.Store.Drop(ctx, group, stream)
}

func TestDeletionSurvivesFailingStore(t *testing.T) {
	l := newLogs(t)
	store := &failing{Store: l.needs.Store, broken: true}
	l.needs.Store = store
	prepare(t, l, "app", "one")
	put(t, l, "app", "one", time.Now().UnixMilli(), "event")
	id, err := l.GroupID(context.Background(), home, "app")
	if err != nil {
		t.Fatal(err)
	}
	ok(t, l.DeleteLogGroup, &logs.DeleteLogGroupInput{LogGroupName: "app"})
	if store.Usage(id).Entries != 1 {
		t.Fatal("the store was to keep the event for this test")
	}
	store.broken = false
	if _, err := New(context.Background(), Config{}, l.needs); err != nil {
		t.Fatal(err)
	}
	if n := store.Usage(id).Entries; n != 0 {
		t.Errorf("after the next start the store still holds %d events of the deleted group", n)
	}
}

func TestNewRefuses(t *testing.T) {
	l := newLogs(t)
	f := func(cfg Config, needs Needs, want string) {
		t.Helper()
		if _, err := New(context.Background(), cfg, needs); err == nil || err.Error() != want {
			t.Errorf("New(%+v): got %v, want %s", cfg, err, want)
		}
	}
	f(Config{}, Needs{Store: l.needs.Store}, "logs: Needs.State or Needs.Store is missing")
	f(Config{Retention: 31}, l.needs, "logs: Config.Retention is 31 days; allowed are "+retentionWords())
}
