package rulesql

import "strings"

// timeField is a run of one letter of a time pattern, or literal text.
type timeField struct {
	letter byte // 0 for text
	count  int
	text   string
}

const (
	maxPattern   = 256
	patternChars = "GyuYMLdDQqwWeEcaAhKkHmsSnNVzOXxZC"
)

// readPattern takes a time pattern apart. Letters that are not in quotes must mean something.
func readPattern(s string) (fields []timeField, ok bool) {
	if len(s) > maxPattern {
		return nil, false
	}
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '\'':
			text, end, ok := readQuoted(s, i)
			if !ok {
				return nil, false
			}
			fields = append(fields, timeField{text: text})
			i = end
		case isLetter(c) && c != '_':
			if strings.IndexByte(patternChars, c) < 0 {
				return nil, false
			}
			end := i
			for end < len(s) && s[end] == c {
				end++
			}
			fields = append(fields, timeField{letter: c, count: end - i})
			i = end
		default:
			fields = append(fields, timeField{text: s[i : i+1]})
			i++
		}
	}
	return fields, true
}

// readQuoted reads 'text'; two quotes stand for one, also on their own.
func readQuoted(s string, at int) (text string, end int, ok bool) {
	if strings.HasPrefix(s[at:], "''") {
		return "'", at + 2, true
	}
	var b strings.Builder
	for i := at + 1; i < len(s); i++ {
		if s[i] != '\'' {
			b.WriteByte(s[i])
			continue
		}
		if i+1 == len(s) || s[i+1] != '\'' {
			return b.String(), i + 1, true
		}
		b.WriteByte('\'')
		i++
	}
	return "", 0, false
}

// numericField reports whether a field is digits, for the parser must not read those of the next one.
func (f timeField) numeric() bool {
	switch f.letter {
	case 0, 'G', 'E', 'a', 'V', 'z', 'O', 'X', 'x', 'Z':
		return false
	case 'M', 'L', 'e', 'c':
		return f.count <= 2
	}
	return true
}
