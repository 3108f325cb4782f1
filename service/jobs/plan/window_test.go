package plan

import (
	"strings"
	"testing"
	"time"
)

func utc(text string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", text)
	if err != nil {
		panic(err)
	}
	return t
}

func TestWindowCheck(t *testing.T) {
	f := func(w Window, want string) {
		t.Helper()
		err := w.check(utc("2026-11-26 10:00"))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got error %v, want %q", w, err, want)
		}
	}
	f(Window{"0 10 * * ? *", 1}, "")
	f(Window{"0 10 * * ? *", 1430}, "")
	f(Window{"0 10 * * ? *", 0}, "allowed are 1 to 1430")
	f(Window{"0 10 * * ? *", 1431}, "allowed are 1 to 1430")
	f(Window{"0 10 * *", 5}, "has 4 fields")
	f(Window{"0 10 * * ? 2025", 5}, "never opens")
	f(Window{"0 10 30 2 ? *", 5}, "never opens")
}

func TestWindowsOpen(t *testing.T) {
	list := Windows{{"0 22 * * ? *", 120}, {"30 23 ? * THU *", 60}}
	f := func(at string, open bool, turn string) {
		t.Helper()
		if got := list.open(utc(at)); got != open {
			t.Errorf("open at %s: got %v, want %v", at, got, open)
		}
		if got := list.Turn(utc(at)).Format("2006-01-02 15:04"); got != turn {
			t.Errorf("the turn after %s: got %s, want %s", at, got, turn)
		}
	}
	f("2026-11-26 21:59", false, "2026-11-26 22:00")
	f("2026-11-26 22:00", true, "2026-11-26 23:30")
	f("2026-11-26 23:30", true, "2026-11-27 00:00")
	f("2026-11-27 00:00", true, "2026-11-27 00:30")
	f("2026-11-27 00:30", false, "2026-11-27 22:00")
	if !(Windows)(nil).open(utc("2026-11-26 21:59")) {
		t.Error("without windows rollout is not allowed")
	}
}
