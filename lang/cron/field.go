package cron

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// field is what one field of a cron expression may say.
type field struct {
	name     string
	from, to int
	names    []string // of the values, beginning with from
	special  func(f *field, item string) (string, bool)
}

var fields = []*field{
	{name: "minutes", from: 0, to: 59},
	{name: "hours", from: 0, to: 23},
	{name: "day of month", from: 1, to: 31, special: (*field).dayOfMonth},
	{name: "month", from: 1, to: 12, names: []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}},
	{name: "day of week", from: 1, to: 7, names: []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}, special: (*field).dayOfWeek},
	{name: "year", from: 1970, to: 2099},
}

// read checks a field and returns it as the library understands it.
func (f *field) read(text string) (string, error) {
	if text == "?" && f.special != nil {
		return "*", nil
	}
	items := strings.Split(text, ",")
	for i, item := range items {
		read, ok := f.item(item)
		if !ok {
			return "", fmt.Errorf("the %s %q is not allowed; it must be %s", f.name, item, f.allowed())
		}
		items[i] = read
	}
	return strings.Join(items, ","), nil
}

// item reads one of the alternatives in a field: *, a value, a range, each with a step or without, or what only days can be.
func (f *field) item(text string) (string, bool) {
	if f.special != nil {
		if read, ok := f.special(f, text); ok {
			return read, true
		}
	}
	span, step, stepped := strings.Cut(text, "/")
	if stepped {
		if n, err := strconv.Atoi(step); err != nil || n < 1 || n > f.to {
			return "", false
		}
		step = "/" + step
	}
	if span == "*" {
		return span + step, true
	}
	low, high, ranged := strings.Cut(span, "-")
	first, ok := f.value(low)
	if !ok || !ranged {
		return f.spell(first) + step, ok
	}
	last, ok := f.value(high)
	switch {
	case !ok || last < first:
		return "", false
	case last == first: // the library would take Sunday to Sunday for the whole week
		return f.spell(first), true
	}
	return f.spell(first) + "-" + f.spell(last) + step, true
}

// value reads a number or a name.
func (f *field) value(text string) (int, bool) {
	if i := slices.Index(f.names, text); i >= 0 {
		return f.from + i, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= f.from && n <= f.to && text[0] != '+'
}

// spell writes a value as the library reads it.
func (f *field) spell(n int) string {
	if i := n - f.from; i >= 0 && i < len(f.names) {
		return f.names[i]
	}
	return strconv.Itoa(n)
}

// dayOfMonth reads the last day, the last weekday, and the weekday nearest to a day.
func (f *field) dayOfMonth(text string) (string, bool) {
	if text == "L" || text == "LW" {
		return text, true
	}
	day, near := strings.CutSuffix(text, "W")
	n, ok := f.value(day)
	return f.spell(n) + "W", near && ok
}

// dayOfWeek reads Saturday as the last day of a week, a day's last and its n-th time in a month.
func (f *field) dayOfWeek(text string) (string, bool) {
	if text == "L" {
		return "SAT", true
	}
	if day, last := strings.CutSuffix(text, "L"); last {
		n, ok := f.value(day)
		return f.spell(n) + "L", ok
	}
	day, time, nth := strings.Cut(text, "#")
	n, ok := f.value(day)
	return f.spell(n) + "#" + time, nth && ok && len(time) == 1 && time[0] >= '1' && time[0] <= '5'
}

// allowed says in words what may stand in a field.
func (f *field) allowed() string {
	text := fmt.Sprintf("*, or values from %d to %d", f.from, f.to)
	if f.names != nil {
		text += fmt.Sprintf(" or %s to %s", f.names[0], f.names[len(f.names)-1])
	}
	text += ", ranges with -, steps with /"
	switch f.name {
	case "day of month":
		text += ", L, LW, or a day with W"
	case "day of week":
		text += ", L, a day with L, or a day with # and 1 to 5"
	}
	return text
}
