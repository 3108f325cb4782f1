package policy

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// match reports whether the pattern matches all of s. A mismatch only ever lengthens the last run: earlier ones
// took the least they could, and runs within a part come before those that cross parts.
func (p *pattern) match(s string, ctx Context) bool {
	next, at := 0, 0
	last, lastAt := -1, 0 // the last run, and where what follows it was tried
	for {
		if next < len(p.tokens) {
			t := &p.tokens[next]
			if t.kind == run {
				next++
				last, lastAt = next-1, at
				if next == len(p.tokens) && !t.part {
					return true
				}
				continue
			}
			if n, ok := t.match(s[at:], ctx, p.fold); ok {
				next, at = next+1, at+n
				continue
			}
		} else if at == len(s) {
			return true
		}
		if last < 0 || lastAt == len(s) {
			return false
		}
		skip := 1
		if t := &p.tokens[last]; last+1 < len(p.tokens) {
			skip = p.tokens[last+1].find(s[lastAt:], p.fold)
			if skip < 0 || t.part && strings.IndexByte(s[lastAt:lastAt+skip], ':') >= 0 {
				return false
			}
		} else if s[lastAt] == ':' { // Only a run within a part is ever last.
			return false
		}
		lastAt += skip
		next, at = last+1, lastAt
	}
}

// find is the distance, at least one, to the next place in s where it is worth trying the token; negative if there
// is none. There is at least one byte.
func (t *token) find(s string, fold bool) int {
	if t.kind != literal || fold {
		return 1
	}
	i := strings.Index(s[1:], t.text)
	if i < 0 {
		return i
	}
	return i + 1
}

// match reports whether the token matches a prefix of s, and its length.
func (t *token) match(s string, ctx Context, fold bool) (int, bool) {
	switch t.kind {
	case one:
		_, n := utf8.DecodeRuneInString(s)
		return n, n > 0 && !(t.part && s[0] == ':')
	case variable:
		value, ok := t.resolve(ctx)
		if !ok {
			return 0, false
		}
		return cutPrefix(s, value, fold)
	}
	return cutPrefix(s, t.text, fold)
}

// resolve returns what a variable stands for. A key of several values stands for nothing.
func (t *token) resolve(ctx Context) (string, bool) {
	values := t.key.values(ctx)
	switch len(values) {
	case 0:
		return t.text, t.hasDefault
	case 1:
		return values[0], true
	}
	return "", false
}

func cutPrefix(s, prefix string, fold bool) (int, bool) {
	if !fold {
		return len(prefix), strings.HasPrefix(s, prefix)
	}
	n := 0
	for _, want := range prefix {
		got, size := utf8.DecodeRuneInString(s[n:])
		if size == 0 || got != want && !sameLetter(got, want) {
			return 0, false
		}
		n += size
	}
	return n, true
}

// sameLetter reports whether a and b differ in case only.
func sameLetter(a, b rune) bool {
	for r := unicode.SimpleFold(a); r != a; r = unicode.SimpleFold(r) {
		if r == b {
			return true
		}
	}
	return false
}
