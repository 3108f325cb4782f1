package cron

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func ExampleParse() {
	e, err := Parse("0 18 ? * MON-FRI *")
	if err != nil {
		fmt.Println(err)
		return
	}
	friday := time.Date(2026, 11, 27, 18, 0, 0, 0, time.UTC)
	fmt.Println(e.Next(friday).Format("Mon 2006-01-02 15:04"))
	// Output: Mon 2026-11-30 18:00
}

func TestNext(t *testing.T) {
	f := func(cron, after string, want ...string) {
		t.Helper()
		var got []string
		e, err := Parse(cron)
		if err != nil {
			t.Error(err)
			return
		}
		at, _ := time.Parse("2006-01-02 15:04", after)
		for range want {
			at = e.Next(at)
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

func TestRefused(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want %q", text, err, want)
		}
	}
	f("", "has 0 fields")
	f("0 10 * * ?", "has 5 fields")
	f("0 10 * * * *", "must have ? as the day of month or as the day of week")
	f("0 10 ? * ? *", "must have ? as the day of month or as the day of week")
	f("60 10 * * ? *", `the minutes "60" is not allowed`)
	f("5-1 10 * * ? *", `the minutes "5-1" is not allowed`)
	f("0/0 10 * * ? *", `the minutes "0/0" is not allowed`)
	f("? 10 * * ? *", `the minutes "?" is not allowed`)
	f("0 24 * * ? *", `the hours "24" is not allowed`)
	f("0 10 32 * ? *", `the day of month "32" is not allowed`)
	f("0 10 ,1 * ? *", `the day of month "" is not allowed`)
	f("0 10 W * ? *", `the day of month "W" is not allowed`)
	f("0 10 * FOO ? *", `the month "FOO" is not allowed`)
	f("0 10 ? * 0 *", `the day of week "0" is not allowed`)
	f("0 10 ? * 2#6 *", `the day of week "2#6" is not allowed`)
	f("0 10 * * ? 1969", `the year "1969" is not allowed`)
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"0 10 * * ? *", "0/5 8-17 ? * MON-FRI 2026-2030", "0 9 LW * ? *", "0 9 ? * 2#1 *", "1,2 3/4 ? JAN 6L 1970"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if e, err := Parse(text); err == nil {
			e.Next(time.Date(2026, 11, 26, 10, 0, 0, 0, time.UTC))
		}
	})
}
