package predicate

import "regexp"

// test compares the text of a JSON value or field with a constant.
type test struct {
	op     Op
	kind   ValueKind
	text   string
	glob   glob
	number number
	re     *regexp.Regexp
}

// satisfied reports whether text stands in the relation op to the constant. Text that is no number is unequal to every number, and
// neither less nor greater.
func (t *test) satisfied(text []byte) bool {
	switch t.kind {
	case KindText:
		return (string(text) == t.text) == (t.op == OpEqual)
	case KindGlob:
		return t.glob.matches(text) == (t.op == OpEqual)
	case KindRegexp:
		return t.re.Match(text) == (t.op == OpEqual)
	}
	n, ok := parseNumber(text)
	if !ok {
		return t.op == OpNotEqual
	}
	order := n.compare(&t.number)
	switch t.op {
	case OpEqual:
		return order == 0
	case OpNotEqual:
		return order != 0
	case OpLess:
		return order < 0
	case OpAtMost:
		return order <= 0
	case OpGreater:
		return order > 0
	}
	return order >= 0
}
