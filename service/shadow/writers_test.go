package shadow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"telltale/base/fault"
	"telltale/base/message"
	"telltale/lang/shape/iotdata"
	"telltale/store/state"
)

func newMessage(topic, payload string) *message.Message {
	return &message.Message{Origin: device(home, "dev1"), Topic: topic, Payload: []byte(payload)}
}

func onDisk(t testing.TB, dir string) *state.DB {
	t.Helper()
	cfg := state.Default()
	cfg.Path = filepath.Join(dir, "state.db")
	db, err := state.Open(cfg, Tables()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// document is what the tests read of a document.
type document struct {
	State   struct{ Reported struct{ Count int } }
	Version int
}

func (w *world) document() (d document) {
	w.t.Helper()
	out := ok(w.t, home, w.GetThingShadow, &iotdata.GetThingShadowInput{ThingName: "lamp"})
	if err := json.Unmarshal(out.Payload, &d); err != nil {
		w.t.Fatal(err)
	}
	return d
}

// Sixty-four writers count together; each adds one to what it has read, on the condition that nobody else did meanwhile.
func TestConditionalWriters(t *testing.T) {
	const writers, each = 64, 4
	w := newWorld(t, onDisk(t, t.TempDir()), Default())
	defer w.start()()
	ok(t, home, w.UpdateThingShadow, &iotdata.UpdateThingShadowInput{ThingName: "lamp", Payload: []byte(`{"state":{"reported":{"count":0}}}`)})
	var working sync.WaitGroup
	var conflicts atomic.Int64
	for range writers {
		working.Go(func() {
			for done := 0; done < each; {
				d := w.document()
				payload := fmt.Appendf(nil, `{"state":{"reported":{"count":%d}},"version":%d}`, d.State.Reported.Count+1, d.Version)
				_, err := w.UpdateThingShadow(as(home), &iotdata.UpdateThingShadowInput{ThingName: "lamp", Payload: payload})
				switch {
				case err == nil:
					done++
				case fault.Is(err, fault.Conflict):
					conflicts.Add(1)
				default:
					t.Error(err)
					return
				}
			}
		})
	}
	working.Wait()
	if d := w.document(); d.State.Reported.Count != writers*each || d.Version != writers*each+1 {
		t.Errorf("count %d in version %d, want %d and %d", d.State.Reported.Count, d.Version, writers*each, writers*each+1)
	}
	t.Logf("%d conflicts", conflicts.Load())
}

// Of sixty-four devices that expect the same version, one wins.
func TestOneWinner(t *testing.T) {
	w := newWorld(t, memory(t), Default())
	var working sync.WaitGroup
	for i := range 64 {
		working.Go(func() {
			o := device(home, fmt.Sprint("dev", i))
			w.HandleMessage(t.Context(), &message.Message{Origin: o, Topic: lampUpdate, Payload: fmt.Appendf(nil, `{"state":{"reported":{"count":%d}},"version":0}`, i)})
		})
	}
	stop := w.start()
	working.Wait()
	stop()
	accepted, conflicts := 0, 0
	for _, m := range w.published() {
		switch {
		case strings.HasPrefix(m, lampUpdate+"/accepted "):
			accepted++
		case strings.Contains(m, `{"code":409,"message":"Version conflict",`):
			conflicts++
		}
	}
	if accepted != 1 || conflicts != 63 || w.document().Version != 1 {
		t.Errorf("%d accepted, %d conflicts, version %d; want 1, 63 and 1", accepted, conflicts, w.document().Version)
	}
}

func TestRestart(t *testing.T) {
	dir := t.TempDir()
	for run := range 3 {
		db := onDisk(t, dir)
		w := newWorld(t, db, Default())
		stop := w.start()
		for range 5 {
			ok(t, home, w.UpdateThingShadow, &iotdata.UpdateThingShadowInput{ThingName: "lamp", Payload: fmt.Appendf(nil, `{"state":{"reported":{"count":%d}}}`, run)})
		}
		if d := w.document(); d.Version != 5*run+5 || d.State.Reported.Count != run {
			t.Errorf("run %d: got %+v", run, d)
		}
		if got := w.seqs(); len(got) != 5*run+5 {
			t.Errorf("run %d: the history has %d changes", run, len(got))
		}
		stop()
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// victim names the directory in which a child process updates a shadow until it is killed.
const victim = "TELLTALE_SHADOW_VICTIM"

// crier prints the answers of accepted updates as they leave.
type crier struct{}

func TestMain(m *testing.M) {
	if dir := os.Getenv(victim); dir != "" {
		os.Exit(updateForever(dir))
	}
	os.Exit(m.Run())
}

// TestKill kills a process that updates a shadow, and looks for what it had accepted.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	last := 0
	for range 3 {
		child := exec.Command(os.Args[0], "-test.run=none")
		child.Env = append(os.Environ(), victim+"="+dir)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		// Every answer that came through the pipe had left the process.
		decoder := json.NewDecoder(out)
		var d document
		for n := 0; ; n++ {
			if n == 300 {
				child.Process.Kill()
			}
			if decoder.Decode(&d) != nil {
				break
			}
			if d.Version != last+1 && n > 0 {
				t.Fatalf("version %d follows %d", d.Version, last)
			}
			last = d.Version
		}
		var exit *exec.ExitError
		if err := child.Wait(); !errors.As(err, &exit) {
			t.Fatalf("the child ended with %v", err)
		}
		if last < 300 {
			t.Fatalf("the child accepted only %d updates", last)
		}
		db := onDisk(t, dir)
		w := newWorld(t, db, Default())
		if got := w.document(); got.Version < last {
			t.Errorf("version %d was accepted, but only %d is there", last, got.Version)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Publish prints an answer.
func (crier) Publish(_ context.Context, m *message.Message) error {
	if strings.HasSuffix(m.Topic, "/accepted") {
		os.Stdout.Write(m.Payload)
	}
	return nil
}

func updateForever(dir string) int {
	cfg := state.Default()
	cfg.Path = filepath.Join(dir, "state.db")
	db, err := state.Open(cfg, Tables()...)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	limits := Default()
	limits.InFlight = 1000
	s, err := New(context.Background(), limits, Needs{State: db, Publisher: crier{}})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	go s.Run(context.Background())
	for {
		s.HandleMessage(context.Background(), newMessage(lampUpdate, `{"state":{"reported":{"count":1}}}`))
		runtime.Gosched()
	}
}
