package predicate

import (
	"bytes"
	"strings"
)

// glob is a text with at least one *, cut at the stars: the first part is a prefix, the last a suffix, those between occur in order.
type glob [][]byte

func newGlob(text string) glob {
	var g glob
	for part := range strings.SplitSeq(text, "*") {
		g = append(g, []byte(part))
	}
	return g
}

// matches takes the leftmost place for every part, which is right because a star stands for anything.
func (g glob) matches(text []byte) bool {
	first, last := g[0], g[len(g)-1]
	if len(g) == 1 {
		return bytes.Equal(text, first)
	}
	if len(text) < len(first)+len(last) || !bytes.HasPrefix(text, first) || !bytes.HasSuffix(text, last) {
		return false
	}
	text = text[len(first) : len(text)-len(last)]
	for _, part := range g[1 : len(g)-1] {
		i := bytes.Index(text, part)
		if i < 0 {
			return false
		}
		text = text[i+len(part):]
	}
	return true
}
