package rulesql

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// text reads a string. One without escapes is a part of the source.
func (r *reader) text() (string, bool) {
	start := r.pos + 1
	rest := r.source[start:]
	i := 0
	for i < len(rest) && plain[rest[i]] {
		i++
	}
	if i < len(rest) && rest[i] == '"' {
		r.pos = start + i + 1
		return rest[:i], true
	}
	return r.escaped(start, start+i)
}

// plain are the bytes that stand for themselves in a string.
var plain = func() (is [256]bool) {
	for c := range is {
		is[c] = c >= ' ' && c != '"' && c != '\\'
	}
	return is
}()

func (r *reader) escaped(start, i int) (string, bool) {
	var b strings.Builder
	b.WriteString(r.source[start:i])
	for i < len(r.source) {
		switch c := r.source[i]; {
		case c == '"':
			r.pos = i + 1
			return b.String(), true
		case c < ' ':
			r.pos = i
			return "", r.fail("a control character in a string is not escaped")
		case c != '\\':
			b.WriteByte(c)
			i++
		default:
			char, n := unescape(r.source[i:])
			if n == 0 {
				r.pos = i
				return "", r.fail("this is no escape; allowed are \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u0000")
			}
			b.WriteRune(char)
			i += n
		}
	}
	return "", r.fail("the string that begins here has no end")
}

// unescape is the character of the escape that s begins with and the length of the escape, or 0.
func unescape(s string) (char rune, n int) {
	if len(s) < 2 {
		return 0, 0
	}
	if s[1] == 'u' {
		high := hex4(s)
		if high < 0 {
			return 0, 0
		}
		if utf16.IsSurrogate(high) {
			if pair := utf16.DecodeRune(high, hex4(s[6:])); pair != utf8.RuneError {
				return pair, 12
			}
			return utf8.RuneError, 6
		}
		return high, 6
	}
	if i := strings.IndexByte(`"\/bfnrt`, s[1]); i >= 0 {
		return rune("\"\\/\b\f\n\r\t"[i]), 2
	}
	return 0, 0
}

// hex4 is the number of the \uXXXX that s begins with, or -1.
func hex4(s string) rune {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return -1
	}
	n, err := strconv.ParseUint(s[2:6], 16, 16)
	if err != nil {
		return -1
	}
	return rune(n)
}
