package logs

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/logs"
	"telltale/store/logseg"
)

// lineTemplate is a layout like that of a service's entry.
func lineTemplate(t testing.TB, l *Logs) uint32 {
	t.Helper()
	slot := func(s logseg.Slot) logseg.Part { return logseg.Part{Slot: s} }
	id, err := l.Template(logseg.Template{Parts: []logseg.Part{logseg.Lit(`{"timestamp":`), slot(logseg.SlotTime), logseg.Lit(`,"traceId":`), slot(logseg.SlotUUID),
		logseg.Lit(`,"eventType":"Publish-In","clientId":`), slot(logseg.SlotString), logseg.Lit(`,"port":`), slot(logseg.SlotInt), logseg.Lit("}")}})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func lineEntry(tmpl uint32, ts int64, client string, port int64) logseg.Entry {
	return logseg.Entry{TS: ts, Tmpl: tmpl, Vals: []logseg.Value{logseg.UUID([16]byte{byte(port)}), logseg.Str(client), logseg.Int(port)}}
}

func TestWriteMakesWhatIsMissing(t *testing.T) {
	l := newLogs(t)
	ctx := context.Background()
	tmpl := lineTemplate(t, l)
	ts := time.Now().UnixMilli()
	write := func(stream string, port int64) {
		t.Helper()
		if err := l.Write(ctx, home, "Service", stream, []logseg.Entry{lineEntry(tmpl, ts, "lamp", port)}); err != nil {
			t.Fatal(err)
		}
	}
	check := func(want ...int) {
		t.Helper()
		got := messages(t, l, home, "Service")
		if len(got) != len(want) {
			t.Fatalf("got %q, want ports %v", got, want)
		}
		for i, port := range want {
			text := fmt.Sprintf(`{"timestamp":"%s","traceId":"%02x000000-0000-0000-0000-000000000000","eventType":"Publish-In","clientId":"lamp","port":%d}`,
				time.UnixMilli(ts).UTC().Format("2006-01-02 15:04:05.000"), port, port)
			if got[i] != text {
				t.Errorf("got %s\nwant %s", got[i], text)
			}
		}
	}
	write("node", 1)
	write("node", 2)
	write("other", 3)
	check(1, 2, 3)
	g := ok(t, l.DescribeLogGroups, &logs.DescribeLogGroupsInput{}).LogGroups
	if len(g) != 1 || *g[0].RetentionInDays != 30 || g[0].LogGroupClass != "STANDARD" {
		t.Errorf("the group made: %+v", g)
	}
	ok(t, l.DeleteLogStream, &logs.DeleteLogStreamInput{LogGroupName: "Service", LogStreamName: "node"})
	check(3)
	write("node", 4)
	check(3, 4)
	ok(t, l.DeleteLogGroup, &logs.DeleteLogGroupInput{LogGroupName: "Service"})
	write("node", 5)
	check(5)

	// A group that a customer made keeps its retention.
	ok(t, l.CreateLogGroup, &logs.CreateLogGroupInput{LogGroupName: "mine"})
	if err := l.Write(ctx, home, "mine", "node", []logseg.Entry{lineEntry(tmpl, ts, "lamp", 1)}); err != nil {
		t.Fatal(err)
	}
	if g := ok(t, l.DescribeLogGroups, &logs.DescribeLogGroupsInput{LogGroupNamePrefix: "mine"}).LogGroups[0]; g.RetentionInDays != nil {
		t.Errorf("the customer's group got the retention %d", *g.RetentionInDays)
	}
	if id, err := l.GroupID(ctx, home, "mine"); id == 0 || err != nil {
		t.Errorf("GroupID: %d, %v", id, err)
	}
	if _, err := l.GroupID(ctx, stranger, "mine"); !fault.Is(err, fault.NotFound) {
		t.Errorf("GroupID of another account: %v", err)
	}
}

func TestWriteRefuses(t *testing.T) {
	l := newLogs(t)
	one := []logseg.Entry{{TS: 1, Raw: []byte("x")}}
	f := func(group, stream string, entries []logseg.Entry, text string) {
		t.Helper()
		if err := l.Write(context.Background(), home, group, stream, entries); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%q %q: got %v, want %s", group, stream, err, text)
		}
	}
	f("a b", "one", one, "allowed are letters")
	f("app", "a:b", one, "all characters but : and * are allowed")
	if got := ok(t, l.DescribeLogGroups, &logs.DescribeLogGroupsInput{}).LogGroups; len(got) != 0 {
		t.Errorf("groups made although refused: %+v", got)
	}
	f("app", "one", []logseg.Entry{{TS: 1, Tmpl: 77}}, "77")
}

// Every entry that is acknowledged is found, or belongs to a group that was deleted afterwards; none stays behind where nobody looks.
func TestWriteBesideDeletion(t *testing.T) {
	l := newLogs(t)
	ctx := context.Background()
	var stop atomic.Bool
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			for i := 0; !stop.Load(); i++ {
				e := []logseg.Entry{{TS: time.Now().UnixMilli(), Raw: []byte("x")}}
				if err := l.Write(ctx, home, "app", fmt.Sprint("s", (w+i)%3), e); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	ids := map[uint32]bool{}
	for i := range 60 {
		for l.needs.Store.Stats().LastSeq < uint64(i*20) {
			runtime.Gosched() // let some entries come in between
		}
		if id, err := l.GroupID(ctx, home, "app"); err == nil {
			ids[id] = true
		}
		var err error
		if i%3 == 0 {
			_, err = l.DeleteLogStream(as(home), &logs.DeleteLogStreamInput{LogGroupName: "app", LogStreamName: "s1"})
		} else {
			_, err = l.DeleteLogGroup(as(home), &logs.DeleteLogGroupInput{LogGroupName: "app"})
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			t.Fatal(err)
		}
	}
	stop.Store(true)
	writers.Wait()
	if _, err := l.DeleteLogGroup(as(home), &logs.DeleteLogGroupInput{LogGroupName: "app"}); err != nil && !fault.Is(err, fault.NotFound) {
		t.Fatal(err)
	}
	if len(ids) < 2 {
		t.Fatalf("only %d groups were made: the test shows nothing", len(ids))
	}
	for id := range ids {
		if n := l.needs.Store.Usage(id).Entries; n != 0 {
			t.Errorf("group %d is deleted and still has %d entries", id, n)
		}
	}
}

func TestWriteManyStreams(t *testing.T) {
	l := newLogs(t)
	prepare(t, l, "app", "one")
	put(t, l, "app", "one", time.Now().UnixMilli(), "x")
	v, _ := l.open.Load(groupKey{home, "app"})
	g := v.(*openGroup)
	for i := range maxOpenStreams {
		g.streams[fmt.Sprint("old", i)] = 1
	}
	ok(t, l.CreateLogStream, &logs.CreateLogStreamInput{LogGroupName: "app", LogStreamName: "two"})
	put(t, l, "app", "two", time.Now().UnixMilli(), "y")
	put(t, l, "app", "one", time.Now().UnixMilli(), "z")
	if len(g.streams) != 2 {
		t.Errorf("%d streams are remembered, want 2", len(g.streams))
	}
}

// In steady state the state database is not asked: it may even be closed.
func TestWriteReadsNoState(t *testing.T) {
	l := newLogs(t)
	write := func(stream string) error {
		return l.Write(context.Background(), home, "app", stream, []logseg.Entry{{TS: 1, Raw: []byte("x")}})
	}
	if err := write("one"); err != nil {
		t.Fatal(err)
	}
	l.needs.State.Close()
	if err := write("one"); err != nil {
		t.Error(err)
	}
	if err := write("two"); err == nil || fault.KindOf(err) != fault.Internal {
		t.Errorf("a new stream without a state database: got %v", err)
	}
}

func TestWriteTellsStoreFailures(t *testing.T) {
	l := newLogs(t)
	ctx, cancel := context.WithCancel(context.Background())
	if err := l.Write(ctx, home, "app", "one", []logseg.Entry{{TS: 1, Raw: []byte("x")}}); err != nil {
		t.Fatal(err)
	}
	l.needs.Store.Close()
	cancel()
	err := l.Write(ctx, home, "app", "one", []logseg.Entry{{TS: 1, Raw: []byte("x")}})
	if err == nil || fault.KindOf(err) != fault.Unavailable && !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// BenchmarkWrite is what the event log does every few milliseconds.
func BenchmarkWrite(b *testing.B) {
	l := newLogs(b)
	tmpl := lineTemplate(b, l)
	entries := make([]logseg.Entry, 1000)
	for i := range entries {
		entries[i] = lineEntry(tmpl, time.Now().UnixMilli(), "lamp-000123", int64(i))
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := l.Write(context.Background(), home, "app", "one", entries); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(entries)), "ns/entry")
}

// BenchmarkFilterMillion searches a million entries of a service with a JSON pattern that few of them match.
func BenchmarkFilterMillion(b *testing.B) {
	l := newLogs(b)
	tmpl := lineTemplate(b, l)
	entries := make([]logseg.Entry, 1000)
	base := time.Now().Add(-time.Hour).UnixMilli()
	for n := range 1000 {
		for i := range entries {
			client := fmt.Sprint("lamp-", (n*1000+i)%50_000)
			entries[i] = lineEntry(tmpl, base+int64(n*1000+i)/300, client, int64(i))
		}
		if err := l.Write(context.Background(), home, "app", "one", entries); err != nil {
			b.Fatal(err)
		}
	}
	if err := l.needs.Store.Flush(context.Background()); err != nil {
		b.Fatal(err)
	}
	for name, want := range map[string]struct {
		pattern string
		found   int
	}{
		"text":   {`{ $.clientId = "lamp-777" }`, 20},
		"number": {`{ $.port = 777 && $.clientId = "*-777" }`, 20},
		"none":   {`{ $.clientId = "toaster" }`, 0},
		"all":    {`{ $.eventType = "Publish-In" }`, 0},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				out, err := l.FilterLogEvents(caller.With(context.Background(), &caller.Caller{Scope: home}), &logs.FilterLogEventsInput{LogGroupName: "app", FilterPattern: want.pattern})
				if err != nil || name != "all" && len(out.Events) != want.found {
					b.Fatalf("%d events, want %d; %v", len(out.Events), want.found, err)
				}
			}
		})
	}
}
