package logseg_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"telltale/base/fault"
	"telltale/store/logseg"
	"telltale/store/logseg/logsegtest"
)

var everything = logseg.ScanReq{Groups: []uint32{1, 2, 3}}

func closeStore(t *testing.T, l *logseg.Log) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
}

func flush(t *testing.T, l *logseg.Log) {
	t.Helper()
	if err := l.Flush(t.Context()); err != nil {
		t.Fatalf("Flush: %v", err)
	}
}

func maintain(t *testing.T, l *logseg.Log) {
	t.Helper()
	if err := l.Maintain(t.Context()); err != nil {
		t.Fatalf("Maintain: %v", err)
	}
}

// TestRestart compares a store with itself after each reopening.
func TestRestart(t *testing.T) {
	cfg := logseg.Config{Dir: t.TempDir(), SealRows: 50, MergeRows: 300}
	r := rand.New(rand.NewPCG(5, 6))
	var before []logsegtest.Line
	var usage logseg.Usage
	var last uint64
	for round := range 12 {
		l := open(t, cfg)
		if got := logsegtest.Read(t, l, everything); !slices.Equal(got, before) {
			t.Fatalf("round %d: got %d rows that differ from the %d before", round, len(got), len(before))
		}
		if got := l.Usage(1); round > 0 && fmt.Sprint(got) != fmt.Sprint(usage) {
			t.Errorf("round %d: usage of group 1\n got %+v\nwant %+v", round, got, usage)
		}
		id, err := l.Template(logseg.Template{Parts: []logseg.Part{logseg.Lit("round "), {Slot: logseg.SlotInt}, logseg.Lit(""), logseg.Lit(" "), {Slot: logseg.SlotString}}})
		if err != nil || id != 1 {
			t.Fatalf("round %d: Template: got %d, %v; want 1", round, id, err)
		}
		for i := range 20 + r.IntN(100) {
			e := logsegtest.Append(t, l, logseg.Entry{Group: 1 + r.Uint32N(3), Stream: 1 + r.Uint32N(2), TS: r.Int64N(1000), Tmpl: id,
				Vals: []logseg.Value{logseg.Int(int64(round)), logseg.Str(fmt.Sprint(i))}})
			if e[0].Seq <= last {
				t.Fatalf("round %d: sequence number %d behind %d", round, e[0].Seq, last)
			}
			last = e[0].Seq
		}
		switch round % 4 {
		case 1:
			flush(t, l)
		case 2:
			if err := errors.Join(l.Drop(t.Context(), 1, 1), l.Drop(t.Context(), 2, 0)); err != nil {
				t.Fatal(err)
			}
		case 3:
			flush(t, l)
			maintain(t, l)
		}
		before, usage = logsegtest.Read(t, l, everything), l.Usage(1)
		closeStore(t, l)
	}
}

// TestNumbersSurviveEmptiness expects sequence numbers to grow although no row is left to tell them.
func TestNumbersSurviveEmptiness(t *testing.T) {
	cfg := logseg.Config{Dir: t.TempDir()}
	for round := range 3 {
		l := open(t, cfg)
		e := logsegtest.Append(t, l, logsegtest.Raw(1, 1, 1, "x"))
		if want := uint64(round + 1); e[0].Seq != want {
			t.Errorf("round %d: got sequence number %d, want %d", round, e[0].Seq, want)
		}
		if err := l.Drop(t.Context(), 1, 0); err != nil {
			t.Fatal(err)
		}
		flush(t, l)
		maintain(t, l)
		if st := l.Stats(); st.SegmentRows+uint64(st.MemRows) > 0 {
			t.Errorf("round %d: got %+v, want no rows", round, st)
		}
		closeStore(t, l)
	}
}

// TestLostLog deletes the write-ahead log, as a power failure before the first fsync might: numbers that a drop knows
// are not given again, or new entries would be hidden by the old drop.
func TestLostLog(t *testing.T) {
	cfg := logseg.Config{Dir: t.TempDir()}
	l := open(t, cfg)
	logsegtest.Append(t, l, logsegtest.Raw(1, 1, 1, "a"), logsegtest.Raw(1, 1, 1, "b"))
	if err := l.Drop(t.Context(), 1, 0); err != nil {
		t.Fatal(err)
	}
	closeStore(t, l)
	if err := os.RemoveAll(filepath.Join(cfg.Dir, "wal")); err != nil {
		t.Fatal(err)
	}
	l = open(t, cfg)
	logsegtest.Append(t, l, logsegtest.Raw(1, 1, 1, "c"))
	if got := logsegtest.Messages(logsegtest.Read(t, l, everything)); !slices.Equal(got, []string{"c"}) {
		t.Errorf("got %q, want the new entry", got)
	}
}

// save returns a function that puts the files of dir back as they are now, next to those that came since.
func save(t *testing.T, dir string) (restore func()) {
	t.Helper()
	files := map[string][]byte{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if files[path], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		for path, b := range files {
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestInterruptedSeal dies between naming a segment and deleting its part of the log, and while a segment is written.
func TestInterruptedSeal(t *testing.T) {
	cfg := logseg.Config{Dir: t.TempDir()}
	l := open(t, cfg)
	for i := range 100 {
		logsegtest.Append(t, l, logsegtest.Raw(1, 1, int64(i%7), fmt.Sprint(i)))
	}
	want := logsegtest.Read(t, l, everything)
	closeStore(t, l)
	restore := save(t, filepath.Join(cfg.Dir, "wal"))
	l = open(t, cfg)
	flush(t, l)
	closeStore(t, l)
	restore()
	half := filepath.Join(cfg.Dir, "segments", "0000000000000065-0000000000000070-00000000.seg.tmp")
	if err := os.WriteFile(half, []byte("half a segment"), 0o600); err != nil {
		t.Fatal(err)
	}
	l = open(t, cfg)
	if got := logsegtest.Read(t, l, everything); !slices.Equal(got, want) {
		t.Errorf("got %d rows, want the same %d as before the seal", len(got), len(want))
	}
	if e := logsegtest.Append(t, l, logsegtest.Raw(1, 1, 1, "x")); e[0].Seq != 101 {
		t.Errorf("next sequence number: got %d, want 101", e[0].Seq)
	}
	if _, err := os.Stat(half); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("unfinished segment: got %v, want it to be deleted", err)
	}
}

// TestInterruptedMerge dies between naming a merged segment and deleting those it replaces.
func TestInterruptedMerge(t *testing.T) {
	cfg := logseg.Config{Dir: t.TempDir()}
	l := open(t, cfg)
	for i := range 40 {
		logsegtest.Append(t, l, logsegtest.Raw(1+uint32(i%2), 1, int64(i%7), fmt.Sprint(i)))
		if i%4 == 3 {
			flush(t, l)
		}
	}
	want := logsegtest.Read(t, l, everything)
	restore := save(t, filepath.Join(cfg.Dir, "segments"))
	maintain(t, l)
	if n := l.Stats().Segments; n != 3 {
		t.Errorf("segments after merging 8 of 10: got %d, want 3", n)
	}
	closeStore(t, l)
	restore()
	l = open(t, cfg)
	if got := logsegtest.Read(t, l, everything); !slices.Equal(got, want) {
		t.Errorf("got %d rows, want the same %d as before the merge", len(got), len(want))
	}
	if n := l.Stats().Segments; n != 3 {
		t.Errorf("segments after reopening: got %d, want 3", n)
	}
}

// TestTornLog cuts the last write in two: the entries before it are there, and the diary has a line.
func TestTornLog(t *testing.T) {
	var diary bytes.Buffer
	cfg := logseg.Config{Dir: t.TempDir(), Diary: slog.New(slog.NewTextHandler(&diary, nil))}
	l := open(t, cfg)
	logsegtest.Append(t, l, logsegtest.Raw(1, 1, 1, "whole"))
	logsegtest.Append(t, l, logsegtest.Raw(1, 1, 2, "torn"), logsegtest.Raw(1, 1, 3, "torn"))
	size := l.Stats().WALBytes
	closeStore(t, l)
	path := filepath.Join(cfg.Dir, "wal", "0000000000000001.wal")
	if err := os.Truncate(path, size-1); err != nil {
		t.Fatal(err)
	}
	l = open(t, cfg)
	if got := logsegtest.Messages(logsegtest.Read(t, l, everything)); !slices.Equal(got, []string{"whole"}) {
		t.Errorf("got %q, want the whole entry only", got)
	}
	if !strings.Contains(diary.String(), "torn tail") || !strings.Contains(diary.String(), path) {
		t.Errorf("diary: got %q, want a line about the torn tail of %s", diary.String(), path)
	}
}

// TestDamagedBlock flips a byte in each block of a segment in turn: the error names file and block, and the rows of
// the other blocks are still there.
func TestDamagedBlock(t *testing.T) {
	cfg := logseg.Config{Dir: t.TempDir()}
	l := open(t, cfg)
	const rows, perBlock = 3 * 4096, 4096
	batch := make([]logseg.Entry, rows)
	for i := range batch {
		batch[i] = logsegtest.Raw(1, 1, int64(i), fmt.Sprint("row ", i))
	}
	logsegtest.Append(t, l, batch...)
	flush(t, l)
	closeStore(t, l)
	files, err := filepath.Glob(filepath.Join(cfg.Dir, "segments", "*.seg"))
	if err != nil || len(files) != 1 {
		t.Fatalf("segments: got %v, %v; want one", files, err)
	}
	content, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for n, at := range []int{100, len(content) / 2, len(content) * 9 / 10} {
		content[at] ^= 1
		if err := os.WriteFile(files[0], content, 0o600); err != nil {
			t.Fatal(err)
		}
		content[at] ^= 1
		for _, descending := range []bool{false, true} {
			l := open(t, cfg)
			seen, damaged := 0, 0
			for row, err := range l.Scan(t.Context(), logseg.ScanReq{Groups: []uint32{1}, Descending: descending}) {
				damage, ok := errors.AsType[*logseg.DamageError](err)
				switch {
				case ok:
					damaged++
					if damage.Block != n || damage.File != filepath.Base(files[0]) {
						t.Errorf("byte %d: got %v, want block %d of %s", at, damage, n, files[0])
					}
				case err != nil:
					t.Errorf("byte %d: %v", at, err)
				case row.TS/perBlock == int64(n):
					t.Fatalf("byte %d: row %d comes from the damaged block", at, row.TS)
				default:
					seen++
				}
			}
			if seen != rows-perBlock || damaged != 1 {
				t.Errorf("byte %d: got %d rows, %d errors; want %d rows, 1 error", at, seen, damaged, rows-perBlock)
			}
			if _, err := l.Aggregate(t.Context(), logseg.AggReq{Groups: []uint32{1}}); err == nil {
				t.Errorf("byte %d: Aggregate counted without the damaged block", at)
			}
			if err := l.Drop(t.Context(), 1, 0); err == nil {
				maintain(t, l) // must not fail, nor delete what it cannot read
			}
			closeStore(t, l)
			if err := os.RemoveAll(filepath.Join(cfg.Dir, "catalog")); err != nil {
				t.Fatal(err)
			}
		}
	}
	content[len(content)-50] ^= 1
	if err := os.WriteFile(files[0], content, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := logseg.Open(cfg); err == nil || !strings.Contains(err.Error(), filepath.Base(files[0])) {
		t.Errorf("damaged index: got %v, want an error that names the file", err)
	}
}

func TestOneProcess(t *testing.T) {
	cfg := logseg.Config{Dir: t.TempDir()}
	open(t, cfg)
	if _, err := logseg.Open(cfg); !fault.Is(err, fault.Conflict) {
		t.Errorf("opening a directory twice: got %v, want a fault.Conflict", err)
	}
}

func TestConfig(t *testing.T) {
	for _, cfg := range []logseg.Config{{}, {InMemory: true, Dir: "x"}, {InMemory: true, SealRows: -1}, {InMemory: true, SealAge: -1}} {
		if _, err := logseg.Open(cfg); !fault.Is(err, fault.Invalid) {
			t.Errorf("Open(%+v): got %v, want a fault.Invalid", cfg, err)
		}
	}
}

// TestSealAge expects a row to be sealed when it is old, though nothing else happens, and upkeep to run by itself.
func TestSealAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, err := logseg.Open(logseg.Config{InMemory: true})
		if err != nil {
			t.Fatal(err)
		}
		ctx := t.Context()
		go func() {
			if err := l.Run(ctx); err != nil {
				t.Errorf("Run: %v", err)
			}
		}()
		now := time.Now().UnixMilli()
		logsegtest.Append(t, l, logsegtest.Raw(1, 1, now, "x"))
		time.Sleep(14 * time.Minute)
		synctest.Wait()
		if st := l.Stats(); st.MemRows != 1 {
			t.Errorf("after 14 minutes: got %+v, want the row in memory", st)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if st := l.Stats(); st.MemRows != 0 || st.SegmentRows != 1 {
			t.Errorf("after 16 minutes: got %+v, want the row in a segment", st)
		}
		if err := l.Retain(ctx, 1, 1); err != nil {
			t.Fatal(err)
		}
		time.Sleep(25 * time.Hour)
		synctest.Wait()
		if st := l.Stats(); st.SegmentRows != 0 || st.Segments != 0 {
			t.Errorf("after retention: got %+v, want no segment", st)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestAppendMessage expects an entry to be rendered as a scan renders it.
func TestAppendMessage(t *testing.T) {
	l := open(t, logseg.Config{InMemory: true})
	id, err := l.Template(logseg.Template{Parts: []logseg.Part{{Slot: logseg.SlotTime}, logseg.Lit(" "), {Slot: logseg.SlotString}}})
	if err != nil {
		t.Fatal(err)
	}
	f := func(e logseg.Entry, want string) {
		t.Helper()
		if got := string(l.AppendMessage([]byte("> "), &e)); got != "> "+want {
			t.Errorf("AppendMessage(%+v): got %q, want %q", e, got, "> "+want)
		}
	}
	f(logseg.Entry{Raw: []byte("raw \xff")}, "raw \xff")
	f(logseg.Entry{Tmpl: id, Vals: []logseg.Value{logseg.Str("a\n")}}, `"1970-01-01 00:00:00.000" "a\n"`)
	f(logseg.Entry{Tmpl: id}, "")
	f(logseg.Entry{Tmpl: id + 1}, "")
}
