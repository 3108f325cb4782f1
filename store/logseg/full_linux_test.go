package logseg_test

import (
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"syscall"
	"testing"

	"telltale/base/fault"
	"telltale/store/logseg"
	"telltale/store/logseg/logsegtest"
)

// TestFullDisk lets the system refuse writes half way, as a full disk does: appends and seals fail, nothing of a refused
// append is visible, now or later, and everything works again once there is room.
func TestFullDisk(t *testing.T) {
	cfg := logseg.Config{Dir: t.TempDir(), Diary: slog.New(slog.NewTextHandler(io.Discard, nil))}
	l := open(t, cfg)
	var want []string
	for i := range 50 {
		want = append(want, fmt.Sprint(i, strings.Repeat(".", 100)))
		logsegtest.Append(t, l, logsegtest.Raw(1, 1, int64(i), want[i]))
	}
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	limit := func(size int64) {
		t.Helper()
		r := was
		r.Cur = min(r.Max, uint64(size))
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &r); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was) })

	limit(l.Stats().WALBytes + 50)
	appended := l.Append(t.Context(), []logseg.Entry{logsegtest.Raw(1, 1, 100, "refused"), logsegtest.Raw(1, 1, 101, strings.Repeat("x", 500))})
	limit(64)
	flushed := l.Flush(t.Context())
	limit(int64(was.Cur))

	if !fault.Is(appended, fault.Unavailable) {
		t.Errorf("Append to a full disk: got %v, want a fault.Unavailable", appended)
	}
	if !fault.Is(flushed, fault.Unavailable) {
		t.Errorf("Flush to a full disk: got %v, want a fault.Unavailable", flushed)
	}
	want = append(want, "after")
	logsegtest.Append(t, l, logsegtest.Raw(1, 1, 100, "after"))
	for i := range 3 {
		if got := logsegtest.Messages(logsegtest.Read(t, l, everything)); !slices.Equal(got, want) {
			t.Errorf("reading %d: got %q\nwant %q", i, got, want)
		}
		if i == 1 {
			closeStore(t, l)
			l = open(t, cfg)
			flush(t, l)
		}
	}
}
