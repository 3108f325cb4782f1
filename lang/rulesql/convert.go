package rulesql

import "strings"

// numeric is the number of an Int, a Decimal or a String that holds one. aws: iot/iot-sql-data-types#conversions
func numeric(v value) (number, bool) {
	switch v.kind {
	case integer, decimal:
		return v.number(), true
	case text:
		return parseNumeric(v.text)
	}
	return number{}, false
}

// parseNumeric reads a whole string as a number: no blanks, no plus sign.
func parseNumeric(s string) (number, bool) {
	if s == "" || strings.IndexByte(s, '+') >= 0 {
		return number{}, false
	}
	n, _, end, ok := readNumber(s, 0)
	return n, ok && end == len(s)
}

// toInt is the Int of a number: rounded down, or truncated if it was a String.
func toInt(v value) (number, bool) {
	n, ok := numeric(v)
	if !ok {
		return n, false
	}
	if v.kind == text {
		return n.round(0, towardZero), true
	}
	return n.round(0, down), true
}

// toFloor is the Int of a number, rounded down, also if it was a String.
func toFloor(v value) (number, bool) {
	n, ok := numeric(v)
	return n.round(0, down), ok
}

// clamp is a whole number within bounds.
func (n number) clamp(least, most int) int {
	if n.compare(whole(int64(least))) <= 0 {
		return least
	}
	if n.compare(whole(int64(most))) >= 0 {
		return most
	}
	n, _ = n.expand()
	return int(n.coef)
}

// truth is a Boolean, or a String that spells one in any case.
func truth(v value) (is, ok bool) {
	switch {
	case v.kind == boolean:
		return v.truth, true
	case v.kind == text && strings.EqualFold(v.text, "true"):
		return true, true
	case v.kind == text && strings.EqualFold(v.text, "false"):
		return false, true
	}
	return false, false
}

// text converts to a String. Null and Undefined have none.
func (e *Evaluator) text(v value) (string, bool) {
	switch v.kind {
	case text:
		return v.text, true
	case undefined, null:
		return "", false
	}
	start := len(e.scratch)
	e.scratch = e.appendJSON(e.scratch, v, start+MaxResult)
	s := string(e.scratch[start:])
	e.scratch = e.scratch[:start]
	return s, e.err == nil
}

// castTypes are the words that CAST knows, with what they mean.
var castTypes = map[string]struct {
	to    kind
	since Version
}{
	"string":   {text, V20151008},
	"nvarchar": {text, V20151008},
	"text":     {text, V20151008},
	"ntext":    {text, V20151008},
	"varchar":  {text, V20151008},
	"int":      {integer, V20151008},
	"integer":  {integer, V20151008},
	"double":   {decimal, V20151008},
	"decimal":  {decimal, V20160323},
	"bool":     {boolean, V20160323},
	"boolean":  {boolean, V20160323},
}

// cast is CAST(v AS to). aws: iot/iot-sql-functions#cast
func (e *Evaluator) cast(v value, to kind) value {
	if to == text {
		s, ok := e.text(v)
		return e.textIf(s, ok)
	}
	n, isNumber := numeric(v)
	if v.kind == boolean {
		isNumber = true
		if v.truth {
			n.coef = 1
		}
	}
	switch {
	case to == boolean && v.isNumber():
		return boolOf(n.sign() != 0)
	case to == boolean:
		is, ok := truth(v)
		if !ok {
			return value{}
		}
		return boolOf(is)
	case !isNumber:
		return value{}
	case to == integer:
		return intOf(n.round(0, down))
	case v.kind == boolean:
		return e.version.decimalOf(number{coef: n.coef * 10, exp: -1})
	}
	return e.version.decimalOf(n)
}
