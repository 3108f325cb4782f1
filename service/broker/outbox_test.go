package broker

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"telltale/base/caller"
)

func TestWindowIDs(t *testing.T) {
	w := window{max: 3, last: 65533}
	var got []uint16
	for !w.full() {
		got = append(got, w.take(1))
	}
	if want := []uint16{65534, 65535, 1}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if w.release(2, 1) || !w.release(65535, 1) || w.release(65535, 1) {
		t.Error("release tells wrong")
	}
	w.last = 65533
	if id := w.take(1); id != 65535 { // 65534 is in use
		t.Errorf("got %d, want 65535", id)
	}
}

// The queue gives back what was put in, in order, whatever the mixture.
func TestHeld(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var h held
	in, out := 0, 0
	for range 10_000 {
		if h.len() == 0 || r.IntN(100) < 52 {
			h.push(bytes.Repeat([]byte{byte(in)}, 1+in%50), fmt.Sprint(in), caller.Trace{byte(in)}, 1)
			in++
			continue
		}
		frame, m := h.pop()
		if want := bytes.Repeat([]byte{byte(out)}, 1+out%50); !bytes.Equal(frame, want) || m.topic != fmt.Sprint(out) || m.trace[0] != byte(out) {
			t.Fatalf("message %d: got %x of topic %s", out, frame, m.topic)
		}
		out++
	}
	if got := h.lost(); got.n != uint64(in-out) || got.topic != fmt.Sprint(in-1) {
		t.Errorf("lost %+v, want %d", got, in-out)
	}
	if len(h.frames) > 100_000 {
		t.Errorf("%d bytes for %d messages", len(h.frames), h.len())
	}
}

// A held queue in steady use allocates nothing.
func TestHeldDoesNotAllocate(t *testing.T) {
	var h held
	frame := make([]byte, 100)
	for range 100 {
		h.push(frame, "t", caller.Trace{}, 1)
	}
	if n := testing.AllocsPerRun(1000, func() { h.push(frame, "t", caller.Trace{}, 1); h.pop() }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

// A transport over a socket that is full keeps the rest and writes it later, in order, and never waits.
func TestTransport(t *testing.T) {
	near, far := tcpPair(t)
	tr := newTransport(near, 1<<30)
	tr.unblock()
	var want bytes.Buffer
	for i := 0; want.Len() < 16<<20; i++ {
		chunk := []byte(strings.Repeat(fmt.Sprint(i, " "), 10_000))
		want.Write(chunk)
		if n, err := tr.Write(chunk); n != len(chunk) || err != nil {
			t.Fatalf("write %d: %d, %v", i, n, err)
		}
	}
	if !tr.clogged() {
		t.Fatal("16 MiB fit into a socket that nobody reads")
	}
	var all sync.WaitGroup
	all.Go(func() {
		if err := tr.drain(); err != nil {
			t.Error(err)
		}
		_ = tr.closeWrite()
	})
	var got bytes.Buffer
	if _, err := got.ReadFrom(far); err != nil {
		t.Fatal(err)
	}
	all.Wait()
	if !bytes.Equal(got.Bytes(), want.Bytes()) || tr.clogged() {
		t.Errorf("%d bytes arrived, want the %d sent", got.Len(), want.Len())
	}
	_ = near.Close()
	if _, err := tr.Write([]byte("x")); err == nil {
		t.Error("a write to a closed connection succeeded")
	}
	if err := tr.drain(); err == nil {
		t.Error("drain of a closed connection succeeded")
	}
}

// What is kept is bounded.
func TestTransportLimit(t *testing.T) {
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	tr := newTransport(near, 100)
	tr.unblock()
	var err error
	for i := 0; i < 100 && err == nil; i++ {
		_, err = tr.Write(make([]byte, 10))
	}
	if !errors.Is(err, errFlooded) || len(tr.pending) > 110 {
		t.Errorf("%d bytes are kept, error %v", len(tr.pending), err)
	}
}

func tcpPair(t testing.TB) (near, far net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if near, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if far, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { near.Close(); far.Close() })
	return near, far
}
