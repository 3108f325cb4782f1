package rulesql

import (
	"strings"
	"time"
)

// maxYear is the last year that time_to_epoch reads.
const maxYear = 9999

// timeParser reads a time by the fields of a pattern of java.time. What the pattern leaves out is midnight and UTC; a date must be there.
type timeParser struct {
	text string // what is left
	zone func(name string) *time.Location

	has      [128]bool // fields by their letter
	value    [128]int
	location *time.Location
}

func (p *timeParser) parse(fields []timeField) (at time.Time, ok bool) {
	for i, f := range fields {
		next := i+1 < len(fields) && fields[i+1].numeric()
		if !p.field(f, next) {
			return at, false
		}
	}
	if p.text != "" {
		return at, false
	}
	if at, ok = p.date(); !ok {
		return at, false
	}
	if at, ok = p.clock(at); !ok {
		return at, false
	}
	if p.location == nil {
		return at, true
	}
	return time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), p.location), true
}

func (p *timeParser) field(f timeField, numberFollows bool) bool {
	if f.numeric() {
		return p.number(f, numberFollows)
	}
	switch f.letter {
	case 0:
		rest, ok := strings.CutPrefix(p.text, f.text)
		p.text = rest
		return ok
	case 'G':
		return p.word('G', "BC", "AD")
	case 'a':
		return p.word('a', "AM", "PM")
	case 'M', 'L':
		return p.name(f, 'M', 12, func(i int) string { return time.Month(i + 1).String() }, 1)
	case 'E', 'e', 'c':
		return p.name(f, 'E', 7, func(i int) string { return time.Weekday(i).String() }, 0)
	}
	return p.readZone(f)
}

func (p *timeParser) set(letter byte, n int) bool {
	if p.has[letter] && p.value[letter] != n {
		return false
	}
	p.has[letter], p.value[letter] = true, n
	return true
}

// number reads digits: as many as the field has letters, or for one letter all there are.
func (p *timeParser) number(f timeField, numberFollows bool) bool {
	least, most := f.count, f.count
	if f.count == 1 && !numberFollows {
		most = 9
	}
	if f.letter == 'N' && !numberFollows {
		most = 14
	}
	end, n := 0, 0
	for end < len(p.text) && end < most && isDigit(p.text[end]) {
		n = n*10 + int(p.text[end]-'0')
		end++
	}
	if end < least || end > 18 {
		return false
	}
	p.text = p.text[end:]
	letter := f.letter
	switch letter {
	case 'S': // A fraction, which the zeros at its end do not change.
		for ; end < 9; end++ {
			n *= 10
		}
		for ; end > 9; end-- {
			n /= 10
		}
		letter = 'n'
	case 'y', 'u', 'Y':
		if f.count == 2 {
			n += 2000
		}
	case 'L':
		letter = 'M'
	case 'c':
		letter = 'e'
	}
	return p.set(letter, n)
}

// word reads one of two words in any case, as 0 or 1.
func (p *timeParser) word(letter byte, words ...string) bool {
	for i, w := range words {
		if len(p.text) >= len(w) && strings.EqualFold(p.text[:len(w)], w) {
			p.text = p.text[len(w):]
			return p.set(letter, i)
		}
	}
	return false
}

// name reads the name of a month or day, in full for four letters and more, else its first three.
func (p *timeParser) name(f timeField, letter byte, n int, name func(int) string, first int) bool {
	for i := range n {
		w := name(i)
		if f.count < 4 {
			w = w[:3]
		}
		if rest, ok := strings.CutPrefix(p.text, w); ok {
			p.text = rest
			return p.set(letter, i+first)
		}
	}
	return false
}

// readZone reads the name or offset of a time zone.
func (p *timeParser) readZone(f timeField) bool {
	end := 0
	for end < len(p.text) && (isLetter(p.text[end]) || isDigit(p.text[end]) || strings.IndexByte("+-:/", p.text[end]) >= 0) {
		end++
	}
	name := p.text[:end]
	p.text = p.text[end:]
	switch f.letter {
	case 'O':
		if !strings.HasPrefix(name, "GMT") {
			return false
		}
	case 'X', 'x', 'Z':
		seconds, ok := readOffset(name)
		if !ok && !(name == "Z" && (f.letter == 'X' || f.count == 5)) {
			return false
		}
		p.location = time.FixedZone(name, seconds)
		return true
	}
	p.location = p.zone(name)
	return p.location != nil
}

// date is midnight of the day, in UTC.
func (p *timeParser) date() (at time.Time, ok bool) {
	v, has := &p.value, &p.has
	year := v['u']
	switch {
	case has['Y'] && has['w']:
		return p.weekDate()
	case has['y']:
		if year = v['y']; has['G'] && v['G'] == 0 {
			year = 1 - year
		}
	case !has['u']:
		return at, false
	}
	switch {
	case year > maxYear:
	case has['D']:
		at = time.Date(year, 1, v['D'], 0, 0, 0, 0, time.UTC)
		ok = v['D'] > 0 && at.Year() == year
	case has['M'] && has['d']:
		at = time.Date(year, time.Month(v['M']), v['d'], 0, 0, 0, 0, time.UTC)
		ok = int(at.Month()) == v['M'] && at.Day() == v['d']
	}
	return at, ok && (!has['E'] || int(at.Weekday()) == v['E'])
}

// weekDate is a day of a week that begins on Sunday; the first week of a year holds its first of January.
func (p *timeParser) weekDate() (at time.Time, ok bool) {
	v, has := &p.value, &p.has
	day := 0
	switch {
	case has['e']:
		day = v['e'] - 1
	case has['E']:
		day = v['E']
	}
	first := time.Date(v['Y'], 1, 1, 0, 0, 0, 0, time.UTC)
	at = first.AddDate(0, 0, (v['w']-1)*7+day-int(first.Weekday()))
	return at, v['Y'] <= maxYear && v['w'] >= 1 && v['w'] <= 53 && day >= 0 && day <= 6
}

// clock adds the time of day to a date.
func (p *timeParser) clock(at time.Time) (time.Time, bool) {
	v, has := &p.value, &p.has
	switch {
	case has['A']:
		return at.Add(time.Duration(v['A']) * time.Millisecond), v['A'] < 86_400_000
	case has['N']:
		return at.Add(time.Duration(v['N'])), v['N'] < 86_400_000_000_000
	}
	hour, ok := v['H'], v['H'] < 24
	switch {
	case has['H']:
	case has['k']:
		hour, ok = v['k']%24, v['k'] >= 1 && v['k'] <= 24
	case has['K']:
		hour, ok = v['K']+12*v['a'], v['K'] < 12 && has['a']
	case has['h']:
		hour, ok = v['h']%12+12*v['a'], v['h'] >= 1 && v['h'] <= 12 && has['a']
	}
	ok = ok && v['m'] < 60 && v['s'] < 60 && v['n'] < 1e9
	return at.Add(time.Duration(hour)*time.Hour + time.Duration(v['m'])*time.Minute + time.Duration(v['s'])*time.Second + time.Duration(v['n'])), ok
}
