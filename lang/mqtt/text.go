package mqtt

import (
	"bytes"
	"unicode/utf8"
)

// textFault is what can be wrong with a UTF-8 encoded string, with the requirement in each version.
type textFault struct{ what, v311, v5 string }

var (
	textHasNUL  = &textFault{"contains the character U+0000", "MQTT-1.5.3-2", "MQTT-1.5.4-2"}
	textNotUTF8 = &textFault{"is not well-formed UTF-8", "MQTT-1.5.3-1", "MQTT-1.5.4-1"}
)

// checkText returns the fault of a UTF-8 encoded string, or nil. Surrogates are not UTF-8; a byte order mark is text
// like any other. Control characters and non-characters, which the standards only advise against, are accepted.
func checkText(b []byte) *textFault {
	if bytes.IndexByte(b, 0) >= 0 {
		return textHasNUL
	}
	if !utf8.Valid(b) {
		return textNotUTF8
	}
	return nil
}

// findWildcard returns a wildcard that b contains. Two searches with vector instructions beat one loop over the bytes.
func findWildcard(b []byte) (wildcard byte, found bool) {
	for _, c := range [...]byte{'#', '+'} {
		if bytes.IndexByte(b, c) >= 0 {
			return c, true
		}
	}
	return 0, false
}
