package sigv4

import (
	"net/http"
	"strings"
)

// checkNames checks the list of signed headers: "host;x-amz-date".
func checkNames(names string) error {
	previous, host := "", false
	for name := range strings.SplitSeq(names, ";") {
		if !isName(name) {
			return incomplete("SignedHeaders must be header names in lower case, joined by semicolons; %q is not one.", clip(name, maxQuoted))
		}
		if name <= previous {
			return incomplete("SignedHeaders must be in ascending order without repetition; %q stands after %q.", clip(name, maxQuoted), clip(previous, maxQuoted))
		}
		previous, host = name, host || name == "host"
	}
	if !host {
		return invalid("'Host' must be a 'SignedHeader' in the AWS Authorization; the signed headers are '%s'.", clip(names, maxQuoted))
	}
	return nil
}

// isName reports whether s is a token in the sense of HTTP without capitals.
func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0) {
			return false
		}
	}
	return s != ""
}

// single returns the value of a header that may not be repeated, empty if there is none.
func single(h http.Header, name string) (string, error) {
	values := h[name]
	switch len(values) {
	case 0:
		return "", nil
	case 1:
		return strings.Trim(values[0], " \t"), nil
	}
	return "", incomplete("The request has %d %s headers; at most one is allowed.", len(values), name)
}

// headerValues returns the values of a header by its name in lower case. It does what http.Header.Values does, but without
// allocating for the names that net/http does not know, which are most that AWS uses.
func headerValues(h http.Header, name string) []string {
	var space [64]byte
	key := append(space[:0], name...)
	upper := true
	for i, c := range key {
		if upper && 'a' <= c && c <= 'z' {
			key[i] = c - ('a' - 'A')
		}
		upper = c == '-'
	}
	return h[string(key)]
}

// appendFolded appends a header value without blanks at its ends and with a single space for each run of blanks inside.
// Blanks are spaces; tabs, too, if told so.
func appendFolded(dst []byte, value string, tabs bool) []byte {
	pending := false
	for i, value := 0, strings.Trim(value, " \t"); i < len(value); i++ {
		if c := value[i]; c == ' ' || c == '\t' && tabs {
			pending = true
			continue
		}
		if pending {
			dst, pending = append(dst, ' '), false
		}
		dst = append(dst, value[i])
	}
	return dst
}
