package awsquery

import "unicode/utf8"

// appendText escapes text for XML 1.0. Characters it does not allow, most control characters among them, become U+FFFD; a carriage
// return is escaped because parsers turn a bare one into a line feed.
func appendText(dst []byte, s string) []byte {
	for i := 0; i < len(s); {
		char, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case char == '&':
			dst = append(dst, "&amp;"...)
		case char == '<':
			dst = append(dst, "&lt;"...)
		case char == '>':
			dst = append(dst, "&gt;"...)
		case char == '\r':
			dst = append(dst, "&#xD;"...)
		case allowed(char) && (char != utf8.RuneError || size > 1):
			dst = append(dst, s[i:i+size]...)
		default:
			dst = append(dst, "\uFFFD"...)
		}
		i += size
	}
	return dst
}

func allowed(char rune) bool {
	return char == '\t' || char == '\n' || char >= ' ' && char != 0xFFFE && char != 0xFFFF
}
