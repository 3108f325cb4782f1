package state_test

import (
	"path/filepath"
	"testing"

	"telltale/store/state"
	"telltale/store/state/statetest"
)

func openDir(t testing.TB, dir string, tables ...state.Schema) *state.DB {
	t.Helper()
	db, err := state.Open(state.Config{Path: filepath.Join(dir, "state.db")}, tables...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func openMemory(t testing.TB, tables ...state.Schema) *state.DB {
	t.Helper()
	db, err := state.OpenMemory(tables...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestFile(t *testing.T) {
	statetest.Run(t, func(t testing.TB, tables ...state.Schema) *state.DB { return openDir(t, t.TempDir(), tables...) })
	statetest.RunDurable(t, openDir)
}

func TestMemory(t *testing.T) {
	statetest.Run(t, openMemory)
}
