package rulesql

import (
	"strconv"
	"strings"
	"time"
)

// timeFunctions convert between Unix milliseconds and text. A bad pattern or unknown time zone makes the result Undefined.
var timeFunctions = []function{
	{name: "parse_time", parameters: "pattern, milliseconds[, zone]", least: 2, most: 3, since: V20160323, run: parseTime,
		doc: "A time as text by a Joda-Time pattern, in a time zone or UTC."},
	{name: "time_to_epoch", parameters: "text, pattern", least: 2, most: 2, since: V20160323, run: timeToEpoch,
		doc: "The Unix milliseconds of a time that is written by a pattern of java.time."},
}

// farthest is the last time that patterns can write, the end of the year 9999 in milliseconds.
const farthest = 253402300799999

func parseTime(e *Evaluator, args []value) value {
	pattern, ok := e.texts(args[:1])
	if !ok {
		return value{}
	}
	n, ok := toInt(args[1])
	if !ok || n.compare(whole(farthest)) > 0 || n.compare(whole(-farthest)) < 0 {
		return value{}
	}
	at := time.UnixMilli(n.coef).UTC()
	if len(args) == 3 {
		name, ok := e.text(args[2])
		if !ok {
			return value{}
		}
		zone := e.zone(name)
		if zone == nil {
			return value{}
		}
		at = at.In(zone)
	}
	fields, ok := readPattern(pattern[0])
	if !ok {
		return value{}
	}
	s, ok := formatTime(fields, at)
	return e.textIf(s, ok)
}

func timeToEpoch(e *Evaluator, args []value) value {
	s, ok := e.texts(args)
	if !ok {
		return value{}
	}
	fields, ok := readPattern(s[1])
	if !ok {
		return value{}
	}
	p := timeParser{text: s[0], zone: e.zone}
	at, ok := p.parse(fields)
	if !ok {
		return value{}
	}
	return intOf(whole(at.UnixMilli()))
}

// shortZones are the abbreviations that Java knows as names of zones and the tz database does not.
var shortZones = map[string]string{
	"ACT": "Australia/Darwin", "AET": "Australia/Sydney", "AGT": "America/Argentina/Buenos_Aires", "ART": "Africa/Cairo",
	"AST": "America/Anchorage", "BET": "America/Sao_Paulo", "BST": "Asia/Dhaka", "CAT": "Africa/Harare", "CNT": "America/St_Johns",
	"CST": "America/Chicago", "CTT": "Asia/Shanghai", "EAT": "Africa/Addis_Ababa", "ECT": "Europe/Paris", "EDT": "America/New_York",
	"IET": "America/Indiana/Indianapolis", "IST": "Asia/Kolkata", "JST": "Asia/Tokyo", "MIT": "Pacific/Apia", "NET": "Asia/Yerevan",
	"NST": "Pacific/Auckland", "PDT": "America/Los_Angeles", "PLT": "Asia/Karachi", "PNT": "America/Phoenix", "PRT": "America/Puerto_Rico",
	"PST": "America/Los_Angeles", "SST": "Pacific/Guadalcanal", "VST": "Asia/Ho_Chi_Minh",
}

// zone finds a time zone: UTC, an offset, a short name or one of the tz database. It is nil for none.
func (e *Evaluator) zone(name string) *time.Location {
	switch name {
	case "Z", "UTC", "GMT", "UT":
		return time.UTC
	case "", "Local": // which the library would take for zones
		return nil
	}
	offset := name
	for _, prefix := range []string{"UTC", "GMT", "UT"} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			offset = rest
			break
		}
	}
	if seconds, ok := readOffset(offset); ok {
		return time.FixedZone(name, seconds)
	}
	if long, ok := shortZones[name]; ok {
		name = long
	}
	e.spend(64)
	zone, err := e.env.Location(name)
	if err != nil {
		return nil
	}
	return zone
}

// readOffset reads +h, +hh, +hhmm, +hh:mm or +hh:mm:ss as seconds.
func readOffset(s string) (seconds int, ok bool) {
	if s == "" || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	digits := s[1:]
	if strings.Contains(digits, ":") {
		for i, c := range digits {
			if (c == ':') != (i%3 == 2) {
				return 0, false
			}
		}
		digits = strings.ReplaceAll(digits, ":", "")
	}
	if len(digits) == 1 {
		digits = "0" + digits
	}
	if len(digits) != 2 && len(digits) != 4 && len(digits) != 6 {
		return 0, false
	}
	unit := 3600
	for ; digits != ""; digits = digits[2:] {
		n, err := strconv.ParseUint(digits[:2], 10, 8)
		if err != nil || unit < 3600 && n > 59 {
			return 0, false
		}
		seconds += int(n) * unit
		unit /= 60
	}
	if seconds > 18*3600 {
		return 0, false
	}
	if s[0] == '-' {
		seconds = -seconds
	}
	return seconds, true
}
