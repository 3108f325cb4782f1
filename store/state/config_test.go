package state

import (
	"strings"
	"testing"
)

func TestConfigCheck(t *testing.T) {
	f := func(cfg Config, want string) {
		t.Helper()
		_, err := cfg.check()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got error %v, want %q", cfg, err, want)
		}
	}
	f(Config{}, "Path is empty")
	f(Config{Path: "x", Sync: 7}, "Sync is 7")
	f(Config{Path: "x", Readers: -1}, "allowed are 1 to 256")
	f(Config{Path: "x", CacheKiB: 1}, "allowed are 64 to")
	want := Default()
	want.Path = "x"
	if got, err := (Config{Path: "x"}).check(); err != nil || got != want {
		t.Errorf("zero values became %+v, %v, want %+v", got, err, want)
	}
}

func TestSyncText(t *testing.T) {
	for _, want := range []Sync{Full, Normal} {
		text, _ := want.MarshalText()
		var got Sync
		if err := got.UnmarshalText(text); err != nil || got != want {
			t.Errorf("%s came back as %v, %v", text, got, err)
		}
	}
	if err := new(Sync).UnmarshalText([]byte("half")); err == nil || !strings.Contains(err.Error(), `allowed are "full"`) {
		t.Errorf("half: got error %v", err)
	}
}
