package filterpattern

import (
	"strconv"
	"strings"

	"telltale/lang/predicate"
)

// What a regular expression may consist of, besides letters and digits. Parentheses are not supported, nor is anything outside ASCII.
const (
	regexpSymbols   = " :_#=@/;,-"
	regexpOperators = `^$?[]{}|\*+.`
	regexpClasses   = "dDsSwW" // after a backslash
)

// regexp reads a regular expression between percent signs, of which the pattern may have so many.
//
// aws: logs/FilterAndPatternSyntax#regex-syntax
func (p *parser) regexp(allowed int) (string, error) {
	start := p.pos
	if p.regexps++; p.regexps > allowed {
		return "", p.errorAt(start, "at most "+count(allowed, "regular expression"), "one more")
	}
	length := strings.IndexByte(p.text[start+1:], '%')
	if length < 0 {
		return "", p.errorAt(len(p.text), `a closing "%"`, "the end")
	}
	body := p.text[start+1 : start+1+length]
	for i := 0; i < len(body); i++ {
		p.pos = start + 1 + i
		if !allowedInRegexp(body[i]) {
			return "", p.expected("a letter, a digit, a space or one of %s in a regular expression", strings.TrimSpace(regexpSymbols)+regexpOperators)
		}
		if body[i] != '\\' {
			continue
		}
		n := regexpEscapeLen(body[i:])
		if n == 0 {
			return "", p.errorAt(p.pos, `\d, \D, \s, \S, \w, \W, \x and two hexadecimal digits, or a backslash before a symbol`, strconv.Quote(body[i:min(i+2, len(body))]))
		}
		i += n - 1
	}
	p.pos = start + length + 2
	if body == "" {
		return "", p.errorAt(start+1, "a regular expression", `"%"`)
	}
	if err := predicate.CheckRegexp(body); err != nil {
		return "", p.errorAt(start+1, "a regular expression", err.Error())
	}
	return body, nil
}

func allowedInRegexp(c byte) bool {
	return alphanumeric(c) || strings.IndexByte(regexpSymbols, c) >= 0 || strings.IndexByte(regexpOperators, c) >= 0
}

// regexpEscapeLen is the length of the escape s begins with, or 0 if it is none that is allowed.
func regexpEscapeLen(s string) int {
	switch {
	case len(s) < 2:
		return 0
	case strings.IndexByte(regexpClasses, s[1]) >= 0:
		return 2
	case s[1] == 'x' && len(s) >= 4 && hexadecimal(s[2]) && hexadecimal(s[3]):
		return 4
	case alphanumeric(s[1]) || !allowedInRegexp(s[1]):
		return 0
	}
	return 2
}

func alphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

func hexadecimal(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'F' || 'a' <= c && c <= 'f'
}

// count is "1 thing" or "2 things".
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}
