package rulesql

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// token is a piece of a statement.
type token struct {
	kind       tokenKind
	text       string // of a string its content, else the spelling
	start, end int    // in the source
}

type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenName
	tokenNumber
	tokenString
	tokenSymbol
)

// is reports whether t is the keyword or symbol. Keywords are case-insensitive.
func (t token) is(text string) bool {
	switch t.kind {
	case tokenName:
		return len(t.text) == len(text) && strings.EqualFold(t.text, text)
	case tokenSymbol:
		return t.text == text
	}
	return false
}

// String is how an error names the token.
func (t token) String() string {
	switch t.kind {
	case tokenEnd:
		return "the end"
	case tokenString:
		return "the string " + strconv.Quote(t.text)
	case tokenName:
		return t.text
	}
	return strconv.Quote(t.text)
}

// scanner takes a statement apart, a token at a time: a template does not know where its expressions end before they are read.
type scanner struct {
	source string
	pos    int
}

// symbols, longer ones first.
var symbols = []string{"<>", "<=", ">=", "=", "<", ">", "+", "-", "*", "/", "%", "(", ")", "[", "]", "{", "}", ",", ".", ":", "@"}

func (s *scanner) next() (token, *Error) {
	for s.pos < len(s.source) && strings.IndexByte(" \t\r\n", s.source[s.pos]) >= 0 {
		s.pos++
	}
	start := s.pos
	if start == len(s.source) {
		return token{tokenEnd, "", start, start}, nil
	}
	switch c := s.source[start]; {
	case isLetter(c):
		for s.pos < len(s.source) && (isLetter(s.source[s.pos]) || isDigit(s.source[s.pos])) {
			s.pos++
		}
		return s.token(tokenName, start), nil
	case isDigit(c):
		return s.number(start)
	case c == '\'', c == '"':
		return s.quoted(start)
	}
	for _, symbol := range symbols {
		if strings.HasPrefix(s.source[start:], symbol) {
			s.pos += len(symbol)
			return s.token(tokenSymbol, start), nil
		}
	}
	return token{}, s.strange(start)
}

func (s *scanner) token(kind tokenKind, start int) token {
	return token{kind, s.source[start:s.pos], start, s.pos}
}

func (s *scanner) number(start int) (token, *Error) {
	_, _, end, ok := readNumber(s.source, start)
	if !ok {
		return token{}, errorAt(s.source, start, "this number is malformed or out of range; allowed are 1, 2.5, 1e-3 up to 9.9e999")
	}
	if end < len(s.source) && isLetter(s.source[end]) {
		return token{}, errorAt(s.source, start, "expected a number or a name, found %q; names begin with a letter", s.source[start:end+1])
	}
	s.pos = end
	return s.token(tokenNumber, start), nil
}

// quoted reads a string. The delimiter inside of it is doubled or follows a backslash; every other backslash stands for itself, for
// regular expressions are full of them.
func (s *scanner) quoted(start int) (token, *Error) {
	quote := s.source[start]
	var b strings.Builder
	for i := start + 1; i < len(s.source); i++ {
		c := s.source[i]
		follows := i+1 < len(s.source) && s.source[i+1] == quote
		switch {
		case follows && (c == quote || c == '\\'):
			b.WriteByte(quote)
			i++
		case c == quote:
			s.pos = i + 1
			return token{tokenString, b.String(), start, s.pos}, nil
		default:
			b.WriteByte(c)
		}
	}
	return token{}, errorAt(s.source, start, "the string that begins here has no closing %c", quote)
}

func (s *scanner) strange(at int) *Error {
	switch rest := s.source[at:]; {
	case strings.HasPrefix(rest, "!="):
		return errorAt(s.source, at, "there is no operator !=; unequal is written <>")
	case rest[0] == '`':
		return errorAt(s.source, at, "names are not quoted; an attribute with another name is read by get(*, \"name\")")
	default:
		r, _ := utf8.DecodeRuneInString(rest)
		return errorAt(s.source, at, "the character %q is not part of the language", r)
	}
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' }
