package rulesql

import "unicode/utf8"

// appendJSON writes a value; Undefined is the empty text. It gives up, with an error in e, once dst is longer than most.
func (e *Evaluator) appendJSON(dst []byte, v value, most int) []byte {
	if len(dst) > most {
		e.fail("a result is longer than %d bytes", MaxResult)
		return dst
	}
	switch v.kind {
	case null:
		return append(dst, "null"...)
	case boolean:
		if v.truth {
			return append(dst, "true"...)
		}
		return append(dst, "false"...)
	case integer:
		return v.number().append(dst)
	case decimal:
		return e.version.decimalOf(v.number()).number().append(dst)
	case text:
		if len(dst)+len(v.text) > most {
			e.fail("a result is longer than %d bytes", MaxResult)
			return dst
		}
		return appendText(dst, v.text)
	case array:
		dst = append(dst, '[')
		for i := range v.inner.items {
			if i > 0 {
				dst = append(dst, ',')
			}
			if dst = e.appendJSON(dst, v.inner.items[i], most); e.err != nil {
				return dst
			}
		}
		return append(dst, ']')
	case object:
		dst = append(dst, '{')
		for i := range v.inner.members {
			if i > 0 {
				dst = append(dst, ',')
			}
			m := &v.inner.members[i]
			dst = append(appendText(dst, m.name), ':')
			if dst = e.appendJSON(dst, m.value, most); e.err != nil {
				return dst
			}
		}
		return append(dst, '}')
	}
	return dst
}

const hexDigits = "0123456789abcdef"

// appendText writes a JSON string. What is not UTF-8 becomes U+FFFD.
func appendText(dst []byte, s string) []byte {
	dst = append(dst, '"')
	done := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if plain[c] {
				i++
				continue
			}
			dst = appendEscape(append(dst, s[done:i]...), c)
			i++
			done = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			dst = append(append(dst, s[done:i]...), "\uFFFD"...)
			done = i + 1
		}
		i += size
	}
	return append(append(dst, s[done:]...), '"')
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}
