package predicate

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// shortEscapes maps the byte after a backslash to what the two stand for; 0 means there is no such escape.
var shortEscapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escapeLen is the length of the JSON escape b begins with, or 0 if it is malformed or b begins with something else.
func escapeLen(b []byte) int {
	switch {
	case len(b) < 2 || b[0] != '\\':
		return 0
	case shortEscapes[b[1]] != 0:
		return 2
	case b[1] != 'u' || len(b) < 6:
		return 0
	}
	for _, c := range b[2:6] {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return 0
		}
	}
	return 6
}

// appendDecoded appends the text that raw, the inside of a well-formed JSON string, stands for. Half a surrogate pair becomes the
// replacement character.
func appendDecoded(dst, raw []byte) []byte {
	for i := 0; i < len(raw); {
		if raw[i] != '\\' {
			dst = append(dst, raw[i])
			i++
			continue
		}
		if raw[i+1] != 'u' {
			dst = append(dst, shortEscapes[raw[i+1]])
			i += 2
			continue
		}
		r := codeUnit(raw[i:])
		i += 6
		if utf16.IsSurrogate(r) {
			pair := utf16.DecodeRune(r, codeUnit(raw[i:]))
			if pair != utf8.RuneError {
				i += 6
			}
			r = pair
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// codeUnit is the number in the \u escape b begins with, or -1 if it begins with something else.
func codeUnit(b []byte) rune {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return -1
	}
	n, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(n)
}
