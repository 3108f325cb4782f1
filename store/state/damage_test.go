package state_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"telltale/store/state"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

type note struct {
	ID   int
	Text string
}

func notes() *state.Table[note] {
	return &state.Table[note]{Name: "test_notes", Key: func(n *note) state.Key { return state.K(n.ID) }}
}

// full makes a closed database of a thousand notes and returns its path.
func full(t *testing.T) string {
	t.Helper()
	dir, table := t.TempDir(), notes()
	db := openDir(t, dir, table)
	err := db.Update(context.Background(), func(tx *state.Tx) error {
		for i := range 1000 {
			if err := table.Put(tx, &note{ID: i, Text: strings.Repeat("x", 200)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "state.db")
}

func TestOpenRefuses(t *testing.T) {
	change := func(sql string) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			c, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if err := sqlitex.ExecuteScript(c, sql, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		name   string
		damage func(*testing.T, string)
		want   string
	}{
		{"text file", func(t *testing.T, path string) {
			write(t, path, bytes.Repeat([]byte("no database "), 1000))
		}, "not an SQLite database"},
		{"truncated", func(t *testing.T, path string) {
			if err := os.Truncate(path, 3*4096); err != nil {
				t.Fatal(err)
			}
		}, "is damaged; restore it from a backup"},
		{"first page overwritten", func(t *testing.T, path string) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			copy(data[100:], bytes.Repeat([]byte{0xAA}, 3996))
			write(t, path, data)
		}, "is damaged; restore it from a backup"},
		{"other program", change("pragma application_id = 7"), "belongs to another program"},
		{"newer layout", change("pragma user_version = 99"), "use the newer program"},
		{"directory", func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, "is a directory"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := full(t)
			c.damage(t, path)
			db, err := state.Open(state.Config{Path: path}, notes())
			if err == nil {
				db.Close()
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("Open gave %v, want %q and the path", err, c.want)
			}
		})
	}
}

// Damage deep in the file does not stop Open, but it is reported by whoever meets it, and by Check.
func TestCheck(t *testing.T) {
	path := full(t)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for page := 10; page < len(data)/4096; page++ {
		copy(data[page*4096:], bytes.Repeat([]byte{0xAA}, 64))
	}
	write(t, path, data)
	table := notes()
	db := openDir(t, filepath.Dir(path), table)
	const want = "is damaged; restore it from a backup"
	if err := db.Check(context.Background()); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Check gave %v, want %q", err, want)
	}
	err = db.View(context.Background(), func(tx *state.Tx) error {
		for _, err := range table.Scan(tx, state.Key{}, state.Key{}, 0) {
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Scan gave %v, want %q", err, want)
	}
}

func TestFileModes(t *testing.T) {
	dir, table := filepath.Join(t.TempDir(), "new", "dir"), notes()
	db := openDir(t, dir, table)
	if err := db.Update(context.Background(), func(tx *state.Tx) error { return table.Put(tx, &note{ID: 1}) }); err != nil {
		t.Fatal(err)
	}
	if err := db.Backup(context.Background(), filepath.Join(dir, "copy.db")); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) < 4 {
		t.Errorf("the directory holds %v, %v; want the database, its two helpers and the copy", files, err)
	}
	for _, file := range files {
		info, err := file.Info()
		if err != nil || info.Mode() != 0o600 {
			t.Errorf("%s has mode %v, %v, want -rw-------", file.Name(), info.Mode(), err)
		}
	}
}

func TestBackup(t *testing.T) {
	path, table, ctx := full(t), notes(), context.Background()
	db := openDir(t, filepath.Dir(path), table)
	copied := filepath.Join(t.TempDir(), "state.db")
	if err := db.Backup(ctx, copied); err != nil {
		t.Fatal(err)
	}
	if err := db.Backup(ctx, copied); err == nil || !strings.Contains(err.Error(), "exists") {
		t.Errorf("Backup onto a file gave %v", err)
	}
	again := openDir(t, filepath.Dir(copied), table)
	if err := again.Check(ctx); err != nil {
		t.Error(err)
	}
	err := again.View(ctx, func(tx *state.Tx) error {
		n, err := table.Count(tx, state.Key{})
		if n != 1000 {
			return fmt.Errorf("the copy holds %d rows, want 1000: %w", n, err)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestMemoryLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	db := openMemory(t, notes())
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 0 {
		t.Errorf("after Close the directory holds %v, %v", files, err)
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
