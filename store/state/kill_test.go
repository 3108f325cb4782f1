package state_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"telltale/store/state"
)

// childDir names the environment variable that turns the test binary into the writer that is to be killed.
const childDir = "STATE_TEST_CHILD_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		fmt.Fprintln(os.Stderr, writeForever(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

type mark struct{ Round, Writer, N int }

func marks() *state.Table[mark] {
	key := func(m *mark) state.Key { return state.K(m.Round, m.Writer, m.N) }
	return &state.Table[mark]{Name: "test_marks", Key: key, Index: []state.Index[mark]{
		{Name: "writer", Key: func(m *mark) []state.Key { return []state.Key{state.K(m.Writer)} }},
	}}
}

// writeForever writes marks from several goroutines and prints each one when it is acknowledged.
func writeForever(dir string) error {
	table := marks()
	db, err := state.Open(state.Config{Path: filepath.Join(dir, "state.db")}, table)
	if err != nil {
		return err
	}
	ctx := context.Background()
	round := 0
	if err := db.Update(ctx, func(tx *state.Tx) error {
		n, err := tx.NextID("round")
		round = int(n)
		return err
	}); err != nil {
		return err
	}
	failed := make(chan error)
	for w := range 8 {
		go func() {
			for n := 0; ; n++ {
				m := mark{round, w, n}
				err := db.Update(ctx, func(tx *state.Tx) error {
					return errors.Join(table.Insert(tx, &m), tx.Outbox("marks", m))
				})
				if err != nil {
					failed <- err
					return
				}
				fmt.Println(m.Round, m.Writer, m.N) // one write to the pipe
			}
		}()
	}
	return <-failed
}

// After kill -9 every acknowledged update is there, whole: row, index entry and outbox item.
func TestKill(t *testing.T) {
	dir, acknowledged := t.TempDir(), map[mark]bool{}
	for round := 1; round <= 5; round++ {
		cmd := exec.Command(os.Args[0])
		cmd.Env, cmd.Stderr = append(os.Environ(), childDir+"="+dir), os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines, seen := bufio.NewScanner(out), 0
		for lines.Scan() {
			var m mark
			if _, err := fmt.Sscan(lines.Text(), &m.Round, &m.Writer, &m.N); err != nil {
				t.Fatalf("line %q: %v", lines.Text(), err)
			}
			acknowledged[m] = true
			if seen++; seen == 150*round+13 {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		cmd.Wait()
		if seen < 150*round+13 {
			t.Fatalf("round %d: the child ended by itself after %d updates", round, seen)
		}
		checkMarks(t, dir, round, acknowledged)
	}
}

func checkMarks(t *testing.T, dir string, round int, acknowledged map[mark]bool) {
	t.Helper()
	table := marks()
	db := openDir(t, dir, table)
	defer db.Close()
	if err := db.Check(context.Background()); err != nil {
		t.Error(err)
	}
	err := db.View(context.Background(), func(tx *state.Tx) error {
		for m := range acknowledged {
			if _, err := table.Get(tx, table.Key(&m)); err != nil {
				t.Errorf("round %d: acknowledged, but %v", round, err)
			}
		}
		rows, err := table.Count(tx, state.Key{})
		if err != nil {
			return err
		}
		entries, err := table.CountIndex(tx, "writer", state.Key{})
		if err != nil {
			return err
		}
		items, err := tx.Pending("marks")
		if rows < len(acknowledged) || entries != rows || items != rows {
			t.Errorf("round %d: %d acknowledged, %d rows, %d index entries, %d outbox items", round, len(acknowledged), rows, entries, items)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
