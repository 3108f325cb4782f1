package logsegtest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"telltale/base/fault"
	"telltale/store/logseg"
)

func testDrop(t *testing.T, s logseg.Store) {
	fill := func(mark string) {
		Append(t, s, Raw(1, 1, 1, mark+"11"), Raw(1, 2, 2, mark+"12"), Raw(2, 3, 3, mark+"23"))
	}
	drop := func(group, stream uint32) {
		t.Helper()
		if err := s.Drop(t.Context(), group, stream); err != nil {
			t.Fatalf("Drop(%d, %d): %v", group, stream, err)
		}
	}
	both := logseg.ScanReq{Groups: []uint32{1, 2}}
	check := func(what string, want ...string) {
		t.Helper()
		wantMessages(t, what, Read(t, s, both), want...)
		if n := s.Usage(1).Entries + s.Usage(2).Entries; n != uint64(len(want)) {
			t.Errorf("%s: Usage counts %d entries, want %d", what, n, len(want))
		}
	}
	fill("a")
	flush(t, s)
	fill("b")
	check("before", "a11", "b11", "a12", "b12", "a23", "b23")
	drop(1, 2)
	check("stream dropped", "a11", "b11", "a23", "b23")
	maintain(t, s)
	check("stream dropped, after upkeep", "a11", "b11", "a23", "b23")
	fill("c")
	check("written again", "a11", "b11", "c11", "c12", "a23", "b23", "c23")
	drop(1, 0)
	check("group dropped", "a23", "b23", "c23")
	fill("d")
	flush(t, s)
	check("written again and sealed", "d11", "d12", "a23", "b23", "c23", "d23")
	for range 3 {
		maintain(t, s)
	}
	check("after upkeep", "d11", "d12", "a23", "b23", "c23", "d23")
	if n := s.Stats().SegmentRows; n > 6 {
		t.Errorf("after upkeep: %d rows in segments, want the 6 visible ones", n)
	}
	drop(1, 0)
	drop(2, 0)
	for range 3 {
		maintain(t, s)
	}
	check("all dropped")
	if st := s.Stats(); st.SegmentRows != 0 {
		t.Errorf("all dropped: %d rows left in %d segments", st.SegmentRows, st.Segments)
	}
	fill("e")
	check("written after the drops were forgotten", "e11", "e12", "e23")
}

func testRetain(t *testing.T, s logseg.Store) {
	const day = 24 * 60 * 60 * 1000
	now := time.Now().UnixMilli()
	retain := func(days int) {
		t.Helper()
		if err := s.Retain(t.Context(), 1, days); err != nil {
			t.Fatalf("Retain(1, %d): %v", days, err)
		}
	}
	Append(t, s, Raw(1, 1, now-10*day, "ten"), Raw(1, 2, now-3*day, "three"), Raw(2, 3, now-10*day, "other group"))
	flush(t, s)
	Append(t, s, Raw(1, 1, now-4*day, "four"), Raw(1, 1, now, "now"))
	wantMessages(t, "kept forever", Read(t, s, all(1)), "ten", "four", "three", "now")
	retain(5)
	wantMessages(t, "5 days", Read(t, s, all(1)), "four", "three", "now")
	retain(1)
	wantMessages(t, "1 day", Read(t, s, all(1)), "now")
	retain(0)
	wantMessages(t, "forever again", Read(t, s, all(1)), "ten", "four", "three", "now")
	retain(1)
	flush(t, s)
	maintain(t, s)
	retain(0)
	wantMessages(t, "after upkeep", Read(t, s, all(1)), "now")
	wantMessages(t, "the other group", Read(t, s, all(2)), "other group")
}

func testUsage(t *testing.T, s logseg.Store) {
	if u := s.Usage(1); u.Entries != 0 || len(u.Streams) != 0 {
		t.Errorf("empty store: got %+v", u)
	}
	Append(t, s, Raw(1, 1, 50, "12345"), Raw(1, 2, 20, "1"), Raw(2, 3, 1, "x"))
	flush(t, s)
	Append(t, s, Raw(1, 1, 10, "123"), logseg.Entry{Group: 1, Stream: 2, TS: 90, Ingested: 1 << 50, Raw: []byte("1")})
	u := s.Usage(1)
	f := func(what string, got, want logseg.Span) {
		t.Helper()
		if want.LastIngested == 0 {
			got.LastIngested = 0
		}
		if got != want {
			t.Errorf("%s: got %+v, want %+v", what, got, want)
		}
	}
	f("group", u.Span, logseg.Span{Entries: 4, Bytes: 10, FirstTS: 10, LastTS: 90, LastIngested: 1 << 50})
	f("stream 1", u.Streams[1], logseg.Span{Entries: 2, Bytes: 8, FirstTS: 10, LastTS: 50})
	f("stream 2", u.Streams[2], logseg.Span{Entries: 2, Bytes: 2, FirstTS: 20, LastTS: 90, LastIngested: 1 << 50})
	if len(u.Streams) != 2 {
		t.Errorf("streams of group 1: got %v, want 1 and 2", u.Streams)
	}
	if st := s.Stats(); st.LastSeq != 5 || st.SegmentRows+uint64(st.MemRows) != 5 {
		t.Errorf("Stats: got %+v, want 5 rows and LastSeq 5", st)
	}
}

func follow(t *testing.T, s logseg.Store, r logseg.FollowReq) *logseg.Follower {
	t.Helper()
	f, err := s.Follow(r)
	if err != nil {
		t.Fatalf("Follow(%+v): %v", r, err)
	}
	t.Cleanup(f.Close)
	return f
}

func testFollow(t *testing.T, s logseg.Store) {
	id, err := s.Template(logseg.Template{Parts: []logseg.Part{logseg.Lit("old "), {Slot: logseg.SlotInt}}})
	if err != nil {
		t.Fatal(err)
	}
	Append(t, s, Raw(1, 1, 1, "before"))
	everything := follow(t, s, logseg.FollowReq{All: true})
	one := follow(t, s, logseg.FollowReq{Groups: []uint32{1}, Streams: []uint32{2}, Pred: contains("yes")})
	id2, err := s.Template(logseg.Template{Parts: []logseg.Part{logseg.Lit("yes "), {Slot: logseg.SlotInt}}})
	if err != nil {
		t.Fatal(err)
	}
	entries := []logseg.Entry{
		Raw(1, 2, 5, "yes"), Raw(1, 2, 4, "no"), Raw(1, 1, 3, "yes other stream"), Raw(2, 2, 2, "yes other group"),
		{Group: 1, Stream: 2, TS: 9, Tmpl: id, Vals: []logseg.Value{logseg.Int(1)}},
		{Group: 1, Stream: 2, TS: 8, Tmpl: id2, Vals: []logseg.Value{logseg.Int(2)}},
	}
	Append(t, s, entries...)
	next := func(f *logseg.Follower, want string, seq uint64) {
		t.Helper()
		row, lost, err := f.Next(t.Context())
		if err != nil || lost != 0 || string(row.Message) != want || row.Seq != seq {
			t.Errorf("Next: got %+v, lost %d, error %v; want %q with seq %d", row, lost, err, want, seq)
		}
	}
	next(one, "yes", entries[0].Seq)
	next(one, "yes 2", entries[5].Seq)
	for i, m := range []string{"yes", "no", "yes other stream", "yes other group", "old 1", "yes 2"} {
		next(everything, m, entries[i].Seq)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if row, lost, err := one.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Next without news, cancelled: got %v, %d, %v", row, lost, err)
	}
}

// testFollowSlow does not read until many rows were written: each row is delivered or counted, in order.
func testFollowSlow(t *testing.T, s logseg.Store) {
	f := follow(t, s, logseg.FollowReq{Groups: []uint32{1}, Buffer: 1000})
	const total = 500
	for i := range total {
		Append(t, s, Raw(1, 1, int64(i), fmt.Sprint("row ", i)), Raw(2, 1, 1, "not followed"))
	}
	seen, lost := uint64(0), uint64(0)
	for seen+lost < total {
		row, n, err := f.Next(t.Context())
		if err != nil {
			t.Fatalf("Next after %d rows and %d lost: %v", seen, lost, err)
		}
		if row == nil {
			lost += n
			continue
		}
		if want := fmt.Sprint("row ", seen+lost); string(row.Message) != want {
			t.Fatalf("row %d: got %q, want %q", seen+lost, row.Message, want)
		}
		seen++
	}
	if seen == 0 || lost == 0 {
		t.Errorf("got %d rows, %d lost; want some of both", seen, lost)
	}
	Append(t, s, Raw(1, 1, 1, "after"))
	if row, n, err := f.Next(t.Context()); err != nil || n != 0 || string(row.Message) != "after" {
		t.Errorf("after the loss: got %v, lost %d, error %v; want the next row", row, n, err)
	}
}

func testFollowClosed(t *testing.T, s logseg.Store) {
	closed := follow(t, s, logseg.FollowReq{All: true})
	open := follow(t, s, logseg.FollowReq{All: true})
	Append(t, s, Raw(1, 1, 1, "x"))
	closed.Close()
	Append(t, s, Raw(1, 1, 1, "y"))
	if n := s.Stats().Followers; n != 1 {
		t.Errorf("Stats: got %d followers, want 1", n)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	f := func(f *logseg.Follower, want ...string) {
		t.Helper()
		for _, m := range want {
			if row, _, err := f.Next(t.Context()); err != nil || string(row.Message) != m {
				t.Errorf("got %v, %v; want %q", row, err, m)
			}
		}
		if row, _, err := f.Next(t.Context()); !fault.Is(err, fault.Unavailable) {
			t.Errorf("at the end: got %v, %v; want a fault.Unavailable", row, err)
		}
	}
	f(closed, "x")
	f(open, "x", "y")
}

// testConcurrent appends from several goroutines while others scan, follow and flush. A scan never sees a part of a
// batch, nor less than an earlier one.
func testConcurrent(t *testing.T, s logseg.Store) {
	const writers, batches, size = 4, 60, 5
	f := follow(t, s, logseg.FollowReq{Groups: []uint32{1}, Buffer: 10 << 20})
	stop := make(chan struct{})
	var readers, writing sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for least := 0; ; {
				rows := 0
				var last logseg.Cursor
				for row, err := range s.Scan(t.Context(), all(1)) {
					if err != nil {
						t.Errorf("Scan: %v", err)
						return
					}
					if at := row.Cursor(); last.Compare(at) >= 0 {
						t.Errorf("Scan: %v came behind %v", at, last)
					} else {
						last = at
					}
					rows++
				}
				if rows%size != 0 || rows < least {
					t.Errorf("Scan: got %d rows after %d, want whole batches of %d and not fewer", rows, least, size)
				}
				least = rows
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	for w := range writers {
		writing.Go(func() {
			for i := range batches {
				batch := make([]logseg.Entry, size)
				for k := range batch {
					batch[k] = Raw(1, uint32(1+w), int64(i*7%50), fmt.Sprintf("%d-%d-%d", w, i, k))
				}
				if err := s.Append(t.Context(), batch); err != nil {
					t.Errorf("Append: %v", err)
				}
				if i%20 == 10 {
					if err := s.Flush(t.Context()); err != nil {
						t.Errorf("Flush: %v", err)
					}
				}
			}
		})
	}
	writing.Wait()
	close(stop)
	readers.Wait()
	seen := map[string]bool{}
	for _, m := range Messages(Read(t, s, all(1))) {
		seen[m] = true
	}
	if len(seen) != writers*batches*size {
		t.Errorf("got %d different messages, want %d", len(seen), writers*batches*size)
	}
	var last uint64
	for range writers * batches * size {
		row, lost, err := f.Next(t.Context())
		if err != nil || lost > 0 || row.Seq <= last {
			t.Fatalf("Next: got %v, lost %d, error %v; want a row behind seq %d", row, lost, err, last)
		}
		last = row.Seq
	}
}
