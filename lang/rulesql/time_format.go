package rulesql

import (
	"fmt"
	"strings"
	"time"
)

// formatTime writes a time by the fields of a pattern: those of Joda-Time, where Y is the year of the era and x the year of the week, and
// those that java.time has besides. ok is false for a field that cannot be written.
func formatTime(fields []timeField, at time.Time) (s string, ok bool) {
	var b strings.Builder
	for _, f := range fields {
		if f.letter == 0 {
			b.WriteString(f.text)
		} else if !f.format(&b, at) {
			return "", false
		}
	}
	return b.String(), true
}

func (f timeField) format(b *strings.Builder, at time.Time) bool {
	if n, ok := f.numberOf(at); ok {
		fmt.Fprintf(b, "%0*d", f.count, n)
		return true
	}
	switch f.letter {
	case 'G':
		b.WriteString(era(at))
	case 'M', 'L':
		f.word(b, at.Month().String())
	case 'E', 'e', 'c':
		f.word(b, at.Weekday().String())
	case 'a':
		b.WriteString(halfday(at.Hour()))
	case 'S':
		f.fraction(b, at)
	case 'z', 'V', 'O', 'X', 'Z':
		return f.formatZone(b, at)
	default:
		return false
	}
	return true
}

// word writes a name in full for four letters and more, else its first three.
func (f timeField) word(b *strings.Builder, name string) {
	if f.count < 4 {
		name = name[:3]
	}
	b.WriteString(name)
}

func era(at time.Time) string {
	if at.Year() > 0 {
		return "AD"
	}
	return "BC"
}

func halfday(hour int) string {
	if hour < 12 {
		return "AM"
	}
	return "PM"
}

// fraction writes digits of the second, cut off.
func (f timeField) fraction(b *strings.Builder, at time.Time) {
	digits := fmt.Sprintf("%09d", at.Nanosecond())
	if f.count > len(digits) {
		digits += strings.Repeat("0", f.count-len(digits))
	}
	b.WriteString(digits[:f.count])
}

// numberOf is the number that a numeric field shows.
func (f timeField) numberOf(at time.Time) (n int, ok bool) {
	if !f.numeric() && f.letter != 'x' {
		return 0, false
	}
	year, week := at.ISOWeek()
	switch f.letter {
	case 'y', 'Y':
		n = f.shortYear(yearOfEra(at.Year()))
	case 'u':
		n = f.shortYear(at.Year())
	case 'x':
		n = f.shortYear(year)
	case 'C':
		n = yearOfEra(at.Year()) / 100
	case 'M', 'L':
		n = int(at.Month())
	case 'Q', 'q':
		n = (int(at.Month()) + 2) / 3
	case 'd':
		n = at.Day()
	case 'D':
		n = at.YearDay()
	case 'w':
		n = week
	case 'W':
		n = (at.Day()-1+isoWeekday(at.AddDate(0, 0, 1-at.Day()))-1)/7 + 1
	case 'e', 'c':
		n = isoWeekday(at)
	default:
		return f.clockNumber(at)
	}
	return n, true
}

func (f timeField) clockNumber(at time.Time) (n int, ok bool) {
	midnight := time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute +
		time.Duration(at.Second())*time.Second + time.Duration(at.Nanosecond())
	switch f.letter {
	case 'H':
		n = at.Hour()
	case 'k':
		n = (at.Hour()+23)%24 + 1
	case 'K':
		n = at.Hour() % 12
	case 'h':
		n = (at.Hour()+11)%12 + 1
	case 'm':
		n = at.Minute()
	case 's':
		n = at.Second()
	case 'n':
		n = at.Nanosecond()
	case 'A':
		n = int(midnight / time.Millisecond)
	case 'N':
		n = int(midnight)
	default:
		return 0, false
	}
	return n, true
}

// shortYear is the last two digits where the pattern has two letters.
func (f timeField) shortYear(year int) int {
	if f.count == 2 {
		return (year%100 + 100) % 100
	}
	return year
}

// yearOfEra counts years before Christ from 1.
func yearOfEra(year int) int {
	if year > 0 {
		return year
	}
	return 1 - year
}

// isoWeekday counts from Monday, 1, to Sunday, 7.
func isoWeekday(at time.Time) int { return (int(at.Weekday())+6)%7 + 1 }

func (f timeField) formatZone(b *strings.Builder, at time.Time) bool {
	short, offset := at.Zone()
	switch {
	case f.letter == 'V' || f.letter == 'Z' && f.count == 3:
		b.WriteString(at.Location().String())
	case f.letter == 'z':
		b.WriteString(short)
	case f.letter == 'O':
		b.WriteString("GMT")
		if offset != 0 {
			f.shortOffset(b, offset)
		}
	case f.letter == 'X' && offset == 0:
		b.WriteByte('Z')
	case f.letter == 'Z':
		writeOffset(b, offset, f.count == 2 || f.count == 5, true)
	case f.count > 5:
		return false
	default: // X
		writeOffset(b, offset, f.count == 3 || f.count == 5, f.count > 1 || offset%3600 != 0)
	}
	return true
}

// shortOffset writes +1 or +01:00.
func (f timeField) shortOffset(b *strings.Builder, offset int) {
	switch {
	case f.count == 4:
		writeOffset(b, offset, true, true)
	case offset%3600 != 0:
		fmt.Fprintf(b, "%+d:%02d", offset/3600, abs(offset)%3600/60)
	default:
		fmt.Fprintf(b, "%+d", offset/3600)
	}
}

func writeOffset(b *strings.Builder, offset int, colon, minutes bool) {
	sign := '+'
	if offset < 0 {
		sign = '-'
	}
	offset = abs(offset)
	fmt.Fprintf(b, "%c%02d", sign, offset/3600)
	if !minutes {
		return
	}
	if colon {
		b.WriteByte(':')
	}
	fmt.Fprintf(b, "%02d", offset%3600/60)
}

func abs(n int) int { return max(n, -n) }
