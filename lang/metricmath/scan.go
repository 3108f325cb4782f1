package metricmath

import (
	"strings"
	"unicode/utf8"
)

// token is a piece of an expression. Its kind is the operator itself, or one of the words below.
type token struct {
	kind string
	text string
	pos  int
}

const (
	tokenEnd    = "end"
	tokenNumber = "number"
	tokenName   = "name" // of a query or a function
	tokenText   = "text" // quoted
)

// operators, longer ones first.
var operators = []string{"==", "!=", "<=", ">=", "&&", "||", "+", "-", "*", "/", "^", "<", ">", "(", ")", "[", "]", ","}

// scan takes an expression apart.
func scan(s string) ([]token, *Error) {
	if n := utf8.RuneCountInString(s); n > MaxLength {
		return nil, errorAt(0, "The expression has %d characters; allowed are %d", n, MaxLength)
	}
	var list []token
	for i := 0; i < len(s); {
		if strings.IndexByte(" \t\r\n", s[i]) >= 0 {
			i++
			continue
		}
		t, err := scanOne(s, i)
		if err != nil {
			return nil, err
		}
		list = append(list, t)
		i = t.pos + len(t.text)
		if t.kind == tokenText {
			i += 2
		}
	}
	return append(list, token{tokenEnd, "", len(s)}), nil
}

func scanOne(s string, i int) (token, *Error) {
	switch c := s[i]; {
	case isDigit(c), c == '.':
		return token{tokenNumber, s[i:numberEnd(s, i)], i}, nil
	case isLetter(c):
		j := i
		for j < len(s) && (isLetter(s[j]) || isDigit(s[j])) {
			j++
		}
		return token{tokenName, s[i:j], i}, nil
	case c == '"', c == '\'':
		n := strings.IndexByte(s[i+1:], c)
		if n < 0 {
			return token{}, errorAt(i, "The text that begins here has no closing quote")
		}
		return token{tokenText, s[i+1 : i+1+n], i}, nil
	}
	for _, op := range operators {
		if strings.HasPrefix(s[i:], op) {
			return token{op, op, i}, nil
		}
	}
	r, _ := utf8.DecodeRuneInString(s[i:])
	return token{}, errorAt(i, "The character %q is not part of the language", r)
}

// numberEnd is the end of digits, a fraction and an exponent.
func numberEnd(s string, i int) int {
	for i < len(s) && (isDigit(s[i]) || s[i] == '.') {
		i++
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		j := i + 1
		if j < len(s) && (s[j] == '+' || s[j] == '-') {
			j++
		}
		if j < len(s) && isDigit(s[j]) {
			for i = j; i < len(s) && isDigit(s[i]); i++ {
			}
		}
	}
	return i
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' }
