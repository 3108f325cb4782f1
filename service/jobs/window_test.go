package jobs

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

func TestCron(t *testing.T) {
	f := func(cron, after string, want ...string) {
		t.Helper()
		var got []string
		for _, at := range (windows{{cron, 10}}).openings(utc(after), len(want)) {
			got = append(got, at.Format("2006-01-02 15:04"))
		}
		if strings.Join(got, ", ") != strings.Join(want, ", ") {
			t.Errorf("%s after %s\n got %v\nwant %v", cron, after, got, want)
		}
	}
	f("0 10 * * ? *", "2026-11-26 10:00", "2026-11-27 10:00", "2026-11-28 10:00")
	f("15 12 * * ? *", "2026-11-26 10:00", "2026-11-26 12:15")
	f("0 18 ? * MON-FRI *", "2026-11-27 18:00", "2026-11-30 18:00", "2026-12-01 18:00") // 27 is a Friday
	f("0 8 1 * ? *", "2026-11-26 10:00", "2026-12-01 08:00", "2027-01-01 08:00")
	f("0/15 * * * ? *", "2026-11-26 10:01", "2026-11-26 10:15", "2026-11-26 10:30")
	f("0/10 * ? * MON-FRI *", "2026-11-27 23:50", "2026-11-30 00:00")
	f("0/5 8-17 ? * MON-FRI *", "2026-11-26 17:55", "2026-11-27 08:00")
	f("0 9 ? * 2#1 *", "2026-11-26 10:00", "2026-12-07 09:00", "2027-01-04 09:00") // the first Monday
	f("0 9 ? * 6L *", "2026-11-26 10:00", "2026-11-27 09:00", "2026-12-25 09:00")  // the last Friday
	f("0 9 ? * 1 *", "2026-11-26 10:00", "2026-11-29 09:00")                       // a Sunday
	f("0 9 ? * L *", "2026-11-26 10:00", "2026-11-28 09:00")                       // a Saturday
	f("0 9 ? * 1-7 *", "2026-11-26 10:00", "2026-11-27 09:00", "2026-11-28 09:00", "2026-11-29 09:00")
	f("0 9 ? * sun-sun *", "2026-11-26 10:00", "2026-11-29 09:00", "2026-12-06 09:00")
	f("0 9 L * ? *", "2026-11-26 10:00", "2026-11-30 09:00", "2026-12-31 09:00")
	f("0 9 LW * ? *", "2026-11-30 10:00", "2026-12-31 09:00", "2027-01-29 09:00")
	f("0 9 15W * ? *", "2026-11-10 10:00", "2026-11-16 09:00") // 15 is a Sunday
	f("0 0 1,15 JAN,7 ? 2027", "2026-11-26 10:00", "2027-01-01 00:00", "2027-01-15 00:00", "2027-07-01 00:00", "2027-07-15 00:00")
}

func TestWindowCheck(t *testing.T) {
	f := func(w window, want string) {
		t.Helper()
		err := w.check(utc("2026-11-26 10:00"))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got error %v, want %q", w, err, want)
		}
	}
	f(window{"0 10 * * ? *", 1}, "")
	f(window{"0 10 * * ? *", 1430}, "")
	f(window{"0 10 * * ? *", 0}, "allowed are 1 to 1430")
	f(window{"0 10 * * ? *", 1431}, "allowed are 1 to 1430")
	f(window{"", 5}, "has 0 fields")
	f(window{"0 10 * * ?", 5}, "has 5 fields")
	f(window{"0 10 * * * *", 5}, "must have ? as the day of month or as the day of week")
	f(window{"0 10 ? * ? *", 5}, "must have ? as the day of month or as the day of week")
	f(window{"60 10 * * ? *", 5}, `the minutes "60" is not allowed`)
	f(window{"5-1 10 * * ? *", 5}, `the minutes "5-1" is not allowed`)
	f(window{"0/0 10 * * ? *", 5}, `the minutes "0/0" is not allowed`)
	f(window{"? 10 * * ? *", 5}, `the minutes "?" is not allowed`)
	f(window{"0 24 * * ? *", 5}, `the hours "24" is not allowed`)
	f(window{"0 10 32 * ? *", 5}, `the day of month "32" is not allowed`)
	f(window{"0 10 ,1 * ? *", 5}, `the day of month "" is not allowed`)
	f(window{"0 10 W * ? *", 5}, `the day of month "W" is not allowed`)
	f(window{"0 10 * FOO ? *", 5}, `the month "FOO" is not allowed`)
	f(window{"0 10 ? * 0 *", 5}, `the day of week "0" is not allowed`)
	f(window{"0 10 ? * 2#6 *", 5}, `the day of week "2#6" is not allowed`)
	f(window{"0 10 * * ? 1969", 5}, `the year "1969" is not allowed`)
	f(window{"0 10 * * ? 2025", 5}, "never opens")
	f(window{"0 10 30 2 ? *", 5}, "never opens")
}

func TestWindowsOpen(t *testing.T) {
	list := windows{{"0 22 * * ? *", 120}, {"30 23 ? * THU *", 60}}
	f := func(at string, open bool, turn string) {
		t.Helper()
		if got := list.open(utc(at)); got != open {
			t.Errorf("open at %s: got %v, want %v", at, got, open)
		}
		if got := list.turn(utc(at)).Format("2006-01-02 15:04"); got != turn {
			t.Errorf("the turn after %s: got %s, want %s", at, got, turn)
		}
	}
	f("2026-11-26 21:59", false, "2026-11-26 22:00")
	f("2026-11-26 22:00", true, "2026-11-26 23:30")
	f("2026-11-26 23:30", true, "2026-11-27 00:00")
	f("2026-11-27 00:00", true, "2026-11-27 00:30")
	f("2026-11-27 00:30", false, "2026-11-27 22:00")
	if !(windows)(nil).open(utc("2026-11-26 21:59")) {
		t.Error("without windows rollout is not allowed")
	}
}

func FuzzReadCron(f *testing.F) {
	for _, seed := range []string{"0 10 * * ? *", "0/5 8-17 ? * MON-FRI 2026-2030", "0 9 LW * ? *", "0 9 ? * 2#1 *", "1,2 3/4 ? JAN 6L 1970"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if e, err := readCron(text); err == nil {
			e.Next(utc("2026-11-26 10:00"))
		}
	})
}
