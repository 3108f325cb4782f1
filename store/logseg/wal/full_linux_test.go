package wal

import (
	"fmt"
	"syscall"
	"testing"
)

// TestFullDisk lets the system refuse a write half way, as a full disk does. What was refused leaves no trace.
func TestFullDisk(t *testing.T) {
	cfg := Config{Dir: t.TempDir()}
	l := open(t, cfg)
	add(t, l, 1, "before")
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	limited := was
	limited.Cur = uint64(l.Size()) + 30
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limited); err != nil {
		t.Fatal(err)
	}
	err := l.Append(&Record{Payload: make([]byte, 100), Count: 1, Apply: func(*Record) { t.Error("applied a record that was not written") }})
	if resetErr := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); resetErr != nil {
		t.Fatal(resetErr)
	}
	if err == nil {
		t.Error("Append to a full disk: got no error")
	}
	add(t, l, 1, "after")
	for i := range 2 {
		want(t, fmt.Sprint("opening ", i), read(t, l, 0), "1+1 before", "2+1 after")
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		l = open(t, cfg)
	}
}
