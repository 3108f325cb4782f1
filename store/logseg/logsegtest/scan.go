package logsegtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"telltale/base/fault"
	"telltale/store/logseg"
)

// testOrder appends out of order, partly before and partly behind a flush, and expects one order.
func testOrder(t *testing.T, s logseg.Store) {
	Append(t, s, Raw(1, 1, 30, "c"), Raw(1, 2, 10, "a"), Raw(1, 1, 20, "b1"))
	flush(t, s)
	Append(t, s, Raw(1, 1, 20, "b2"), Raw(2, 1, 20, "other group"), Raw(1, 3, 40, "e"))
	flush(t, s)
	entries := Append(t, s, Raw(1, 1, 30, "d"), Raw(1, 1, 5, "z"))
	wantMessages(t, "ascending", Read(t, s, all(1)), "z", "a", "b1", "b2", "c", "d", "e")
	wantMessages(t, "descending", Read(t, s, logseg.ScanReq{Groups: []uint32{1}, Descending: true}), "e", "d", "c", "b2", "b1", "a", "z")
	wantMessages(t, "two groups", Read(t, s, logseg.ScanReq{Groups: []uint32{2, 1}, From: 20, To: 21}), "b1", "b2", "other group")
	if entries[0].Seq >= entries[1].Seq || entries[0].Seq == 0 {
		t.Errorf("Seq set by Append: got %d, %d; want them to grow from 1", entries[0].Seq, entries[1].Seq)
	}
	if entries[0].Ingested == 0 {
		t.Error("Ingested set by Append: got 0")
	}
}

func testRange(t *testing.T, s logseg.Store) {
	for ts := int64(1); ts <= 9; ts++ {
		Append(t, s, Raw(1, uint32(1+ts%3), ts, fmt.Sprint(ts)))
		if ts == 5 {
			flush(t, s)
		}
	}
	f := func(r logseg.ScanReq, want ...string) {
		t.Helper()
		r.Groups = []uint32{1}
		wantMessages(t, fmt.Sprintf("%+v", r), Read(t, s, r), want...)
	}
	f(logseg.ScanReq{From: 8}, "8", "9")
	f(logseg.ScanReq{To: 3}, "1", "2")
	f(logseg.ScanReq{From: 4, To: 7}, "4", "5", "6")
	f(logseg.ScanReq{From: 4, To: 4})
	f(logseg.ScanReq{From: 4, To: 7, Descending: true}, "6", "5", "4")
	f(logseg.ScanReq{Streams: []uint32{1}}, "3", "6", "9")
	f(logseg.ScanReq{Streams: []uint32{1, 2}, From: 5}, "6", "7", "9")
	f(logseg.ScanReq{Streams: []uint32{77}})
	f(logseg.ScanReq{Limit: 2}, "1", "2")
	f(logseg.ScanReq{Limit: 2, Descending: true}, "9", "8")
	if got := Read(t, s, all(5)); len(got) > 0 {
		t.Errorf("unknown group: got %v", got)
	}
}

// testPaging reads pages of every size in both directions; together they must be the whole. The request and the
// cursor cross a wire in between.
func testPaging(t *testing.T, s logseg.Store) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 40 {
		var batch []logseg.Entry
		for range 25 {
			batch = append(batch, Raw(1, 1+r.Uint32N(3), 100+r.Int64N(50), fmt.Sprint("m", r.Uint32())))
		}
		Append(t, s, batch...)
		if r.IntN(10) == 0 {
			flush(t, s)
		}
	}
	for _, descending := range []bool{false, true} {
		whole := Read(t, s, logseg.ScanReq{Groups: []uint32{1}, Descending: descending})
		if len(whole) != 1000 {
			t.Fatalf("descending %t: got %d rows, want 1000", descending, len(whole))
		}
		for _, size := range []int{1, 7, 100, 999, 1000, 1001} {
			var got []Line
			req := logseg.ScanReq{Groups: []uint32{1}, Descending: descending, Limit: size}
			for {
				page := Read(t, s, overWire(t, req))
				got = append(got, page...)
				if len(page) < size {
					break
				}
				last := page[len(page)-1]
				req.After = logseg.Cursor{TS: last.TS, Seq: last.Seq}
			}
			if !slices.Equal(got, whole) {
				t.Errorf("descending %t, pages of %d: got %d rows that differ from the %d of one scan", descending, size, len(got), len(whole))
			}
		}
	}
}

func overWire(t *testing.T, r logseg.ScanReq) logseg.ScanReq {
	t.Helper()
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var out logseg.ScanReq
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatalf("%s: %v", b, err)
	}
	return out
}

// testLate writes entries far before and far behind the others.
func testLate(t *testing.T, s logseg.Store) {
	const now, day = 1_700_000_000_000, 24 * 60 * 60 * 1000
	Append(t, s, Raw(1, 1, now, "now"))
	flush(t, s)
	Append(t, s, Raw(1, 1, now-14*day, "two weeks ago"), Raw(1, 1, 0, "epoch"), Raw(1, 1, now+day, "tomorrow"))
	flush(t, s)
	Append(t, s, Raw(1, 1, 1<<53, "far"), Raw(1, 1, now-1, "just before"))
	want := []string{"epoch", "two weeks ago", "just before", "now", "tomorrow", "far"}
	wantMessages(t, "ascending", Read(t, s, all(1)), want...)
	slices.Reverse(want)
	wantMessages(t, "descending", Read(t, s, logseg.ScanReq{Groups: []uint32{1}, Descending: true}), want...)
}

func testRefusedRequests(t *testing.T, s logseg.Store) {
	f := func(r logseg.ScanReq) {
		t.Helper()
		n := 0
		for row, err := range s.Scan(t.Context(), r) {
			if n++; row != nil || !fault.Is(err, fault.Invalid) {
				t.Errorf("Scan(%+v): got row %v, error %v; want a fault.Invalid", r, row, err)
			}
		}
		if n != 1 {
			t.Errorf("Scan(%+v): yielded %d times, want one error", r, n)
		}
	}
	f(logseg.ScanReq{})
	f(logseg.ScanReq{Groups: []uint32{1}, Limit: -1})
	if _, err := s.Aggregate(t.Context(), logseg.AggReq{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("Aggregate without groups: got %v, want a fault.Invalid", err)
	}
	if _, err := s.Follow(logseg.FollowReq{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("Follow without groups: got %v, want a fault.Invalid", err)
	}
	if err := s.Drop(t.Context(), 0, 0); !fault.Is(err, fault.Invalid) {
		t.Errorf("Drop of group 0: got %v, want a fault.Invalid", err)
	}
	if err := s.Retain(t.Context(), 1, -1); !fault.Is(err, fault.Invalid) {
		t.Errorf("Retain of -1 days: got %v, want a fault.Invalid", err)
	}
}

func testCancelled(t *testing.T, s logseg.Store) {
	for i := range 100 {
		Append(t, s, Raw(1, 1, int64(i), "x"))
	}
	flush(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var last error
	for _, err := range s.Scan(ctx, all(1)) {
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("Scan: got %v at the end, want %v", last, context.Canceled)
	}
	if err := s.Append(ctx, []logseg.Entry{Raw(1, 1, 1, "y")}); !errors.Is(err, context.Canceled) {
		t.Errorf("Append: got %v, want %v", err, context.Canceled)
	}
	if n := len(Read(t, s, all(1))); n != 100 {
		t.Errorf("rows after a cancelled Append: got %d, want 100", n)
	}
}

func testClosed(t *testing.T, s logseg.Store) {
	Append(t, s, Raw(1, 1, 1, "x"))
	for range 2 {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	want := func(what string, err error) {
		t.Helper()
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("%s after Close: got %v, want a fault.Unavailable", what, err)
		}
	}
	want("Append", s.Append(t.Context(), []logseg.Entry{Raw(1, 1, 1, "x")}))
	want("Drop", s.Drop(t.Context(), 1, 0))
	want("Retain", s.Retain(t.Context(), 1, 2))
	want("Flush", s.Flush(t.Context()))
	_, err := s.Template(logseg.Template{Parts: []logseg.Part{logseg.Lit("x")}})
	want("Template", err)
	_, err = s.Follow(logseg.FollowReq{All: true})
	want("Follow", err)
	_, err = s.Aggregate(t.Context(), logseg.AggReq{Groups: []uint32{1}})
	want("Aggregate", err)
	for _, err := range s.Scan(t.Context(), all(1)) {
		want("Scan", err)
	}
}

func testAggregate(t *testing.T, s logseg.Store) {
	for i := range 100 {
		Append(t, s, Raw(uint32(1+i%2), uint32(1+i%4), int64(i), fmt.Sprintf(`{"i":%d,"kind":"k%d"}`, i, i%5)))
		if i == 60 {
			flush(t, s)
		}
	}
	f := func(r logseg.AggReq, want logseg.AggTable) {
		t.Helper()
		got, err := s.Aggregate(t.Context(), r)
		if errors.Is(err, logseg.ErrNotPushed) {
			return
		}
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("Aggregate(%+v):\n got %v, %v\nwant %v", r, got, err, want)
		}
	}
	both := []uint32{1, 2}
	f(logseg.AggReq{Groups: both}, logseg.AggTable{{}: 100})
	f(logseg.AggReq{Groups: both, ByGroup: true}, logseg.AggTable{{Group: 1}: 50, {Group: 2}: 50})
	f(logseg.AggReq{Groups: both[:1], ByStream: true, From: 10, To: 50}, logseg.AggTable{{Stream: 1}: 10, {Stream: 3}: 10})
	f(logseg.AggReq{Groups: both, Bin: 40, ByGroup: true}, logseg.AggTable{
		{Group: 1}: 20, {Group: 1, Bin: 40}: 20, {Group: 1, Bin: 80}: 10, {Group: 2}: 20, {Group: 2, Bin: 40}: 20, {Group: 2, Bin: 80}: 10})
	f(logseg.AggReq{Groups: both, Pred: contains("k3")}, logseg.AggTable{{}: 20})
	if _, err := s.Aggregate(t.Context(), logseg.AggReq{Groups: both, Bin: -1}); !fault.Is(err, fault.Invalid) {
		t.Errorf("negative bin: got %v, want a fault.Invalid", err)
	}
}
