package wal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

func open(t *testing.T, cfg Config) *Log {
	t.Helper()
	l, err := Open(cfg)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return l
}

func add(t *testing.T, l *Log, count uint32, payload string) uint64 {
	t.Helper()
	r := &Record{Payload: []byte(payload), Count: count}
	if err := l.Append(r); err != nil {
		t.Fatalf("Append(%q): %v", payload, err)
	}
	return r.First
}

// read returns the records as "first+count payload", damage as "damage first-before".
func read(t *testing.T, l *Log, from uint64) []string {
	t.Helper()
	var out []string
	for v, err := range l.Records(from) {
		damage, ok := errors.AsType[*DamageError](err)
		switch {
		case ok:
			out = append(out, fmt.Sprintf("damage %d-%d", damage.First, damage.Before))
		case err != nil:
			t.Fatalf("Records(%d): %v", from, err)
		default:
			out = append(out, fmt.Sprintf("%d+%d %s", v.First, v.Count, v.Payload))
		}
	}
	return out
}

func want(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}

func TestAppendAndReopen(t *testing.T) {
	for _, always := range []bool{false, true} {
		cfg := Config{Dir: t.TempDir(), SyncAlways: always}
		l := open(t, cfg)
		add(t, l, 1, "a")
		add(t, l, 5, "b")
		want(t, "open", read(t, l, 0), "1+1 a", "2+5 b")
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		l = open(t, cfg)
		if first := add(t, l, 1, strings.Repeat("c", 3)); first != 7 {
			t.Errorf("first number after reopening: got %d, want 7", first)
		}
		want(t, "reopened", read(t, l, 0), "1+1 a", "2+5 b", "7+1 ccc")
		want(t, "from the middle of a record", read(t, l, 4), "2+5 b", "7+1 ccc")
		want(t, "from the end", read(t, l, 8))
	}
}

func TestNumbersWithoutFiles(t *testing.T) {
	l := open(t, Config{First: 10})
	if a, b := add(t, l, 3, "x"), add(t, l, 1, "y"); a != 10 || b != 13 || l.Next() != 14 || l.First() != 14 || l.Size() != 0 {
		t.Errorf("got numbers %d, %d, next %d, first %d, size %d; want 10, 13, 14, 14, 0", a, b, l.Next(), l.First(), l.Size())
	}
	want(t, "nothing is kept", read(t, l, 0))
	if err := errors.Join(l.Rotate(nil), l.Trim(14), l.Sync()); err != nil {
		t.Errorf("Rotate, Trim, Sync: %v", err)
	}
}

func TestRotateAndTrim(t *testing.T) {
	cfg := Config{Dir: t.TempDir()}
	l := open(t, cfg)
	for _, p := range []string{"a", "b", "c", "d"} {
		add(t, l, 2, p)
		if err := l.Rotate(func(next uint64) {
			if next != l.next {
				t.Errorf("swap: got %d, want %d", next, l.next)
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Rotate(nil); err != nil { // the newest part is empty: nothing to do
		t.Fatal(err)
	}
	want(t, "all parts", read(t, l, 0), "1+2 a", "3+2 b", "5+2 c", "7+2 d")
	if err := l.Trim(6); err != nil { // item 6 is in the part of 5
		t.Fatal(err)
	}
	want(t, "trimmed", read(t, l, 0), "5+2 c", "7+2 d")
	if l.First() != 5 {
		t.Errorf("First: got %d, want 5", l.First())
	}
	if err := l.Trim(100); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, cfg)
	if first := add(t, l, 1, "e"); first != 9 {
		t.Errorf("number after everything was trimmed: got %d, want 9", first)
	}
}

// TestTornTail cuts the file at each byte: the whole records before the cut survive, and writing goes on behind them.
func TestTornTail(t *testing.T) {
	cfg := Config{Dir: t.TempDir(), Diary: slog.New(slog.NewTextHandler(io.Discard, nil))}
	l := open(t, cfg)
	records := []string{"1+1 first", "2+2 second"}
	add(t, l, 1, "first")
	whole1 := l.Size()
	add(t, l, 2, "second")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	path := partPath(cfg.Dir, 1)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range len(content) {
		if err := os.WriteFile(path, content[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		l := open(t, cfg)
		n := 0
		if cut >= int(whole1) {
			n = 1
		}
		if first := add(t, l, 1, "new"); first != uint64(n+1) {
			t.Errorf("cut at %d: got number %d, want %d", cut, first, n+1)
		}
		want(t, fmt.Sprint("cut at ", cut), read(t, l, 0), append(slices.Clone(records[:n]), fmt.Sprintf("%d+1 new", n+1))...)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDamage flips each byte of the middle record: the others survive, and the reader learns which items are lost.
func TestDamage(t *testing.T) {
	var diary bytes.Buffer
	cfg := Config{Dir: t.TempDir(), Diary: slog.New(slog.NewTextHandler(&diary, nil))}
	l := open(t, cfg)
	add(t, l, 1, "first")
	from := l.Size()
	add(t, l, 2, "second")
	to := l.Size()
	add(t, l, 1, "third")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	path := partPath(cfg.Dir, 1)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := from; at < to; at++ {
		content[at] ^= 0x10
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		content[at] ^= 0x10
		l := open(t, cfg)
		want(t, fmt.Sprint("flipped byte ", at), read(t, l, 0), "1+1 first", "damage 2-4", "4+1 third")
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	content[3] ^= 1
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(cfg); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("damaged header: got %v, want an error that names %s", err, path)
	}
	if diary.Len() > 0 {
		t.Errorf("diary: got %q, want nothing, for no tail was torn", diary.String())
	}
}

// TestForgedFrame tears off a record whose payload looks like a frame of the same log. It must not be taken for one.
func TestForgedFrame(t *testing.T) {
	cfg := Config{Dir: t.TempDir(), Diary: slog.New(slog.NewTextHandler(io.Discard, nil))}
	l := open(t, cfg)
	add(t, l, 1, "honest")
	forged := appendFrame(nil, 0, View{First: 2, Count: 1, Payload: []byte("forged")})
	add(t, l, 1, string(forged)+"and more")
	size := l.Size()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(partPath(cfg.Dir, 1), size-2); err != nil {
		t.Fatal(err)
	}
	want(t, "torn", read(t, open(t, cfg), 0), "1+1 honest")
}

func TestLeastNumber(t *testing.T) {
	cfg := Config{Dir: t.TempDir()}
	l := open(t, cfg)
	add(t, l, 1, "a")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	cfg.First = 100
	for i := range 2 {
		l := open(t, cfg)
		add(t, l, 1, "b")
		want(t, fmt.Sprint("opening ", i), read(t, l, 100+uint64(i)), fmt.Sprintf("%d+1 b", 100+i))
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestConcurrent expects that records are applied once each, in the order of their numbers.
func TestConcurrent(t *testing.T) {
	l := open(t, Config{Dir: t.TempDir()})
	const writers, each = 8, 200
	next := uint64(1)
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				r := &Record{Payload: fmt.Append(nil, w, i), Count: uint32(1 + i%3)}
				r.Apply = func(r *Record) {
					if r.First != next {
						t.Errorf("applied %d, want %d", r.First, next)
					}
					next = r.First + uint64(r.Count)
				}
				if err := l.Append(r); err != nil {
					t.Error(err)
				}
				if i%50 == 0 {
					if err := l.Rotate(nil); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	if got := len(read(t, l, 0)); got != writers*each {
		t.Errorf("got %d records, want %d", got, writers*each)
	}
}

func TestRefused(t *testing.T) {
	l := open(t, Config{Dir: t.TempDir()})
	if err := l.Append(&Record{}); err == nil {
		t.Error("a record without items was accepted")
	}
	if err := l.Append(&Record{Count: 1, Payload: make([]byte, MaxPayload+1)}); err == nil {
		t.Error("an oversized record was accepted")
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.Append(&Record{Count: 1}); !errors.Is(err, ErrClosed) {
		t.Errorf("Append after Close: got %v, want %v", err, ErrClosed)
	}
	if err := l.Rotate(nil); !errors.Is(err, ErrClosed) {
		t.Errorf("Rotate after Close: got %v, want %v", err, ErrClosed)
	}
}

// TestFailedSync expects that nothing is acknowledged once fsync has failed.
func TestFailedSync(t *testing.T) {
	l, err := Open(Config{Dir: t.TempDir(), SyncAlways: true, Diary: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	pipe, other, err := os.Pipe() // takes writes, cannot be synced
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	l.file.Close()
	l.file = other
	for range 2 {
		applied := false
		if err := l.Append(&Record{Count: 1, Apply: func(*Record) { applied = true }}); err == nil || applied {
			t.Errorf("Append: got %v, applied %t; want an error", err, applied)
		}
	}
	if err := l.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

func FuzzRecords(f *testing.F) {
	valid := appendHeader(nil, header{base: 1, salt: 7})
	valid = appendFrame(valid, 7, View{First: 1, Count: 2, Payload: []byte("payload")})
	valid = appendFrame(valid, 7, View{First: 3, Count: 1})
	f.Add(valid)
	f.Add(valid[:len(valid)-3])
	f.Add(append(slices.Clone(valid[:30]), valid...))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, ok, err := newReader(bytes.NewReader(b), "part", int64(len(b)))
		if err != nil || !ok {
			return
		}
		next := r.next
		for {
			v, err := r.read()
			if errors.Is(err, io.EOF) {
				return
			}
			if _, damaged := errors.AsType[*DamageError](err); damaged {
				continue
			}
			if err != nil {
				t.Fatalf("read: %v", err)
			}
			if v.First < next || v.Count == 0 {
				t.Fatalf("got items %d+%d behind %d", v.First, v.Count, next)
			}
			next = v.Next()
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	l, err := Open(Config{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	payload := make([]byte, 40<<10)
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	r := &Record{Payload: payload, Count: 256}
	for b.Loop() {
		if err := l.Append(r); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleLog() {
	dir, err := os.MkdirTemp("", "wal")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	log, err := Open(Config{Dir: filepath.Join(dir, "queue")})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer log.Close()
	for _, text := range []string{"one", "two"} {
		if err := log.Append(&Record{Payload: []byte(text), Count: 1}); err != nil {
			fmt.Println(err)
		}
	}
	for v, err := range log.Records(0) {
		fmt.Println(v.First, string(v.Payload), err)
	}
	// Output:
	// 1 one <nil>
	// 2 two <nil>
}
