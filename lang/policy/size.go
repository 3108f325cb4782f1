package policy

import (
	"unicode"
	"unicode/utf8"
)

// MaxIoTSize is the largest Size of an AWS IoT policy document. Parse does not enforce it: the service that stores
// documents does, and answers with its own error.
const MaxIoTSize = 2048

// Size counts the characters of a document that are not white space.
func Size(text []byte) int {
	n := 0
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if !unicode.IsSpace(r) {
			n++
		}
		text = text[size:]
	}
	return n
}
