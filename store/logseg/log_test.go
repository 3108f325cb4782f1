package logseg_test

import (
	"testing"

	"telltale/store/logseg"
	"telltale/store/logseg/logsegtest"
)

func open(t *testing.T, cfg logseg.Config) *logseg.Log {
	t.Helper()
	l, err := logseg.Open(cfg)
	if err != nil {
		t.Fatalf("Open(%+v): %v", cfg, err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return l
}

func TestConformance(t *testing.T) {
	for _, v := range []struct {
		name string
		cfg  logseg.Config
	}{
		{"disk", logseg.Config{}},
		{"disk, tiny segments", logseg.Config{SealRows: 7, MergeRows: 200}},
		{"disk, fsync always", logseg.Config{SyncAlways: true}},
		{"memory", logseg.Config{InMemory: true}},
		{"memory, tiny segments", logseg.Config{InMemory: true, SealRows: 7}},
	} {
		t.Run(v.name, func(t *testing.T) {
			logsegtest.Run(t, func(t *testing.T) logseg.Store {
				cfg := v.cfg
				if !cfg.InMemory {
					cfg.Dir = t.TempDir()
				}
				return open(t, cfg)
			})
		})
	}
}
