//go:build unix

package logseg_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"telltale/store/logseg"
	"telltale/store/logseg/logsegtest"
)

const childDir, childRound = "LOGSEG_TEST_DIR", "LOGSEG_TEST_ROUND"

// TestMain turns the test binary into the process that TestKill kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		fmt.Fprintln(os.Stderr, "child:", appendForever(dir, os.Getenv(childRound)))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// appendForever prints "seq<TAB>message" for each acknowledged entry. It seals and merges all the time.
func appendForever(dir, round string) error {
	l, err := logseg.Open(logseg.Config{Dir: dir, SealRows: 64, MergeRows: 2000, MaintainEvery: 5 * time.Millisecond})
	if err != nil {
		return err
	}
	id, err := l.Template(logseg.Template{Parts: []logseg.Part{logseg.Lit("templ "), {Slot: logseg.SlotString}}})
	if err != nil {
		return err
	}
	go l.Run(context.Background())
	var wg sync.WaitGroup
	errs := make(chan error, 1)
	for w := range 3 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(w), 1))
			for i := 0; ; i++ {
				batch := make([]logseg.Entry, 1+i%9)
				texts := make([]string, len(batch))
				for k := range batch {
					name := fmt.Sprintf("%s-%d-%d-%d/%d", round, w, i, k, len(batch))
					batch[k] = logseg.Entry{Group: 1, Stream: uint32(1 + w), TS: r.Int64N(1 << 40)}
					if k%2 == 0 {
						batch[k].Tmpl, batch[k].Vals, texts[k] = id, []logseg.Value{logseg.Str(name)}, fmt.Sprintf("templ %q", name)
					} else {
						batch[k].Raw, texts[k] = []byte(name), name
					}
				}
				if err := l.Append(context.Background(), batch); err != nil {
					errs <- err
					return
				}
				var out strings.Builder
				for k := range batch {
					fmt.Fprintf(&out, "%d\t%s\n", batch[k].Seq, texts[k])
				}
				os.Stdout.WriteString(out.String())
			}
		})
	}
	return <-errs
}

// TestKill kills a writing process again and again, on some rounds in the midst of a seal or merge, and compares what
// was acknowledged with what a new process finds.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	acknowledged := map[uint64]string{}
	duringSeal := 0
	for round := range 8 {
		before := len(acknowledged)
		lines, sealing := killed(t, dir, round)
		for _, line := range lines {
			number, text, _ := strings.Cut(line, "\t")
			seq, err := strconv.ParseUint(number, 10, 64)
			if err != nil {
				t.Fatalf("child printed %q", line)
			}
			if old, twice := acknowledged[seq]; twice {
				t.Fatalf("sequence number %d was given to %q and to %q", seq, old, text)
			}
			acknowledged[seq] = text
		}
		if sealing {
			duringSeal++
		}
		checkKilled(t, dir, acknowledged)
		t.Logf("round %d: %d entries acknowledged, killed during a seal: %t", round, len(acknowledged)-before, sealing)
	}
	if duringSeal == 0 {
		t.Error("no kill hit a seal")
	}
}

// killed runs the child until it has acknowledged a random number of entries, waits for a seal on most rounds, kills
// it, and returns the whole lines it had printed.
func killed(t *testing.T, dir string, round int) (lines []string, sealing bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir, fmt.Sprint(childRound, "=", round))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(out)
	least := rand.IntN(3000)
	done := make(chan struct{})
	enough := make(chan struct{})
	go func() {
		defer close(done)
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			lines = append(lines, strings.TrimSuffix(line, "\n"))
			if len(lines) == least+1 {
				close(enough)
			}
		}
	}()
	select {
	case <-enough:
	case <-done:
		t.Fatal("the child ended by itself")
	}
	for try := 0; round%4 > 0 && !sealing && try < 20000; try++ {
		half, err := filepath.Glob(filepath.Join(dir, "segments", "*.tmp"))
		sealing = err == nil && len(half) > 0
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-done
	io.Copy(io.Discard, out)
	_ = cmd.Wait() // it was killed
	return lines, sealing
}

// checkKilled opens the store of a killed process. It must hold all that was acknowledged, nothing twice, and only
// whole batches.
func checkKilled(t *testing.T, dir string, acknowledged map[uint64]string) {
	t.Helper()
	l, err := logseg.Open(logseg.Config{Dir: dir})
	if err != nil {
		t.Fatalf("Open after a kill: %v", err)
	}
	defer closeStore(t, l)
	found := map[uint64]string{}
	names := map[string]bool{}
	batches := map[string]int{}
	for _, line := range logsegtest.Read(t, l, logseg.ScanReq{Groups: []uint32{1}}) {
		if old, twice := found[line.Seq]; twice || names[line.Message] {
			t.Fatalf("found twice: %v (sequence number of %q)", line, old)
		}
		found[line.Seq], names[line.Message] = line.Message, true
		name := strings.Trim(strings.TrimPrefix(line.Message, "templ "), `"`)
		batch, of, _ := strings.Cut(name, "/")
		batches[batch[:strings.LastIndex(batch, "-")]+"/"+of]++
	}
	for seq, text := range acknowledged {
		if found[seq] != text {
			t.Fatalf("acknowledged entry %d: found %q, want %q", seq, found[seq], text)
		}
	}
	for batch, n := range batches {
		if _, of, _ := strings.Cut(batch, "/"); of != fmt.Sprint(n) {
			t.Errorf("batch %s: found %d entries", batch, n)
		}
	}
}
