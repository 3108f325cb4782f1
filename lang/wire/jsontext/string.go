package jsontext

import (
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// quoted reads a string; the next character is its opening quote. Bytes that are not UTF-8 become U+FFFD.
func (r *Reader) quoted() string {
	start := r.pos + 1
	ascii := true
	for i := start; i < len(r.text); i++ {
		switch c := r.text[i]; {
		case c == '"':
			r.pos = i + 1
			return valid(r.text[start:i], ascii)
		case c == '\\':
			return r.escaped(start, i)
		case c < ' ':
			r.pos = i
			r.note(fmt.Errorf("the JSON has the control character %#x in a string at byte %d: it must be escaped", c, i))
			return ""
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	r.pos = len(r.text)
	r.fail("a closing quote")
	return ""
}

// valid replaces every byte that is not part of UTF-8.
func valid(b []byte, ascii bool) string {
	if ascii || utf8.Valid(b) {
		return string(b)
	}
	return string([]rune(string(b)))
}

// escaped reads on a string that has its first backslash at i.
func (r *Reader) escaped(start, i int) string {
	buf := append(make([]byte, 0, i-start+32), r.text[start:i]...)
	for i < len(r.text) {
		c := r.text[i]
		switch {
		case c == '"':
			r.pos = i + 1
			return valid(buf, false)
		case c < ' ':
			r.pos = i
			r.note(fmt.Errorf("the JSON has the control character %#x in a string at byte %d: it must be escaped", c, i))
			return ""
		case c != '\\':
			buf = append(buf, c)
			i++
			continue
		}
		char, size := unescape(r.text[i:])
		if size == 0 {
			r.pos = i
			r.note(fmt.Errorf("the JSON has an escape at byte %d that is none of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX", i))
			return ""
		}
		buf = utf8.AppendRune(buf, char)
		i += size
	}
	r.pos = len(r.text)
	r.fail("a closing quote")
	return ""
}

// unescape reads one escape, or a pair of surrogates; a size of 0 means it is none.
func unescape(b []byte) (char rune, size int) {
	if len(b) < 2 {
		return 0, 0
	}
	switch b[1] {
	case '"', '\\', '/':
		return rune(b[1]), 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		char, ok := hex4(b[2:])
		if !ok {
			return 0, 0
		}
		if !utf16.IsSurrogate(char) {
			return char, 6
		}
		if len(b) >= 12 && b[6] == '\\' && b[7] == 'u' {
			if low, ok := hex4(b[8:]); ok {
				if pair := utf16.DecodeRune(char, low); pair != utf8.RuneError {
					return pair, 12
				}
			}
		}
		return utf8.RuneError, 6
	}
	return 0, 0
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	var n rune
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		n = n<<4 | rune(c)
	}
	return n, true
}
