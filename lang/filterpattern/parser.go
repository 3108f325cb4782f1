package filterpattern

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"telltale/lang/predicate"
)

// parser walks through a text and collects what the whole pattern must know of its parts. Its methods read one construct of the
// grammar each, beginning at the first character of it.
type parser struct {
	source string
	text   string
	pos    int // in bytes

	depth     int // of parentheses
	regexps   int
	wildcards int
	selectors []selector
	layout    *predicate.Layout
	names     []string
	pending   []fieldRef
}

func (p *parser) space() {
	rest := p.text[p.pos:]
	p.pos += len(rest) - len(strings.TrimLeft(rest, " \t\r\n"))
}

func (p *parser) at(s string) bool { return strings.HasPrefix(p.text[p.pos:], s) }

func (p *parser) atEnd() bool { return p.pos == len(p.text) }

// take steps over s if it comes next.
func (p *parser) take(s string) bool {
	if !p.at(s) {
		return false
	}
	p.pos += len(s)
	return true
}

// takeAny steps over the first of the given texts that comes next and returns it, or "".
func (p *parser) takeAny(texts ...string) string {
	for _, s := range texts {
		if p.take(s) {
			return s
		}
	}
	return ""
}

// run steps over characters that belong and returns them.
func (p *parser) run(belongs func(rune) bool) string {
	rest := p.text[p.pos:]
	n := strings.IndexFunc(rest, func(r rune) bool { return !belongs(r) })
	if n < 0 {
		n = len(rest)
	}
	p.pos += n
	return rest[:n]
}

// next is what comes next, for error messages.
func (p *parser) next() string {
	rest := p.text[p.pos:]
	if rest == "" {
		return "the end"
	}
	if word := strings.FieldsFunc(rest, func(r rune) bool { return !nameRune(r) }); len(word) > 0 && strings.HasPrefix(rest, word[0]) {
		return strconv.Quote(word[0])
	}
	for _, op := range [...]string{"&&", "||", "!=", "<=", ">=", "..."} {
		if strings.HasPrefix(rest, op) {
			return strconv.Quote(op)
		}
	}
	_, n := utf8.DecodeRuneInString(rest)
	if rest[:n] == `"` {
		return "a quotation mark"
	}
	return strconv.Quote(rest[:n])
}

// expected is the error that something else comes next.
func (p *parser) expected(format string, args ...any) error {
	return p.errorAt(p.pos, fmt.Sprintf(format, args...), p.next())
}

func (p *parser) errorAt(pos int, want, got string) error {
	return &SyntaxError{Source: p.source, Offset: utf8.RuneCountInString(p.text[:pos]), Want: want, Got: got}
}

// nameRune reports whether r may stand in the name of a property or field.
func nameRune(r rune) bool {
	return r == '_' || r == '-' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z'
}

// wordRune reports whether r may stand in a term or value without quotation marks.
func wordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) || strings.ContainsRune("_-.:/@#+", r)
}
