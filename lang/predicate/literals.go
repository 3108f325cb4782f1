package predicate

import (
	"bytes"
	"regexp/syntax"
	"strings"
)

// minLiteral is the length below which a literal would exclude next to nothing.
const minLiteral = 2

// Literals returns byte strings that occur in every message e matches, so that a store can pass over whole blocks without reading
// them. It may be nil, which says nothing. The order is that of the tree.
//
// JSON may spell any character as \u and four hexadecimal digits: a text comparison matches "\u0050ublish" as it matches "Publish".
// So test with Holds, not with bytes.Contains: for every message m that matches and every literal l, Holds(m, l) is true. A literal
// of a JSON comparison never spans two values, and characters that have a short escape (" \ / and control characters) are left out
// of it. A comparison with a number has none, because 400, 4e2 and "400" are equal.
func (e *Expr) Literals() [][]byte {
	if e == nil {
		return nil
	}
	switch e.Op {
	case OpContains:
		return keepLong(nil, e.Text)
	case OpMatches:
		return keepLong(nil, regexpTexts(e.Text)...)
	case OpAnd, OpFields:
		var all [][]byte
		for _, a := range e.Args {
			all = append(all, a.Literals()...)
		}
		return all
	case OpOr:
		if len(e.Args) == 1 {
			return e.Args[0].Literals()
		}
	case OpEqual:
		texts := e.Value.texts()
		if e.Field != 0 {
			return keepLong(nil, texts...)
		}
		var all [][]byte
		for _, t := range texts {
			all = keepLong(all, strings.FieldsFunc(t, hasShortEscape)...)
		}
		return all
	}
	return nil
}

// Holds reports whether b contains the literal, or a JSON escape that may spell it. It serves for whole messages and for any part
// of one that contains whole JSON values.
func Holds(b, literal []byte) bool {
	return bytes.Contains(b, literal) || bytes.Contains(b, respelling)
}

var respelling = []byte(`\u`)

// texts are the strings that occur in every text that equals v.
func (v Value) texts() []string {
	switch v.Kind {
	case KindText:
		return []string{v.Text}
	case KindGlob:
		return strings.Split(v.Text, "*")
	case KindRegexp:
		return regexpTexts(v.Text)
	}
	return nil
}

// hasShortEscape reports whether JSON may write c other than as itself or with \u.
func hasShortEscape(c rune) bool { return c < 0x20 || c == '"' || c == '\\' || c == '/' }

func keepLong(dst [][]byte, texts ...string) [][]byte {
	for _, t := range texts {
		if len(t) >= minLiteral {
			dst = append(dst, []byte(t))
		}
	}
	return dst
}

// regexpTexts are strings that occur in every text in which re is found.
func regexpTexts(re string) []string {
	if len(re) > MaxText {
		return nil
	}
	tree, err := syntax.Parse(re, syntax.Perl)
	if err != nil {
		return nil
	}
	return requiredTexts(nil, tree)
}

func requiredTexts(dst []string, re *syntax.Regexp) []string {
	switch {
	case re.Op == syntax.OpLiteral && re.Flags&syntax.FoldCase == 0:
		// Characters outside ASCII are cut out: the replacement character also matches bytes that are no character at all.
		return append(dst, strings.FieldsFunc(string(re.Rune), func(r rune) bool { return r >= 0x80 })...)
	case re.Op == syntax.OpConcat:
		for _, sub := range re.Sub {
			dst = requiredTexts(dst, sub)
		}
	case re.Op == syntax.OpCapture, re.Op == syntax.OpPlus, re.Op == syntax.OpRepeat && re.Min > 0:
		return requiredTexts(dst, re.Sub[0])
	}
	return dst
}
