package logseg

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"

	"telltale/lang/predicate"
)

// prefilter passes over rows whose message cannot contain the literals of a predicate, without rendering them.
// It works on words, stretches without punctuation: a word of the message lies either in the fixed text of its
// template or in one value, and strings and JSON are stored as they are rendered.
type prefilter struct {
	words  []word
	shapes []*shape
}

// word must occur in each matching message, unless JSON spells it with \u (predicate.Holds).
type word struct {
	text    []byte
	uuid    []byte // how a UUID slot stores it, when text is a whole UUID
	verdict []verdict
}

// verdict says what a row of a template tells about a word.
type verdict uint8

const (
	unknown  verdict = iota // not worked out yet
	maybe                   // nothing: the row has to be rendered
	inValues                // the word occurs only if the stored values contain it
)

// maxWords bounds the tests per row.
const maxWords = 8

func newPrefilter(e *predicate.Expr, shapes []*shape) *prefilter {
	var words []word
	seen := map[string]bool{}
	for _, literal := range e.Literals() {
		for _, text := range strings.FieldsFunc(string(literal), func(r rune) bool { return r < 0x80 && isBreak(byte(r)) }) {
			if len(text) < 2 || seen[text] {
				continue
			}
			seen[text] = true
			words = append(words, word{text: []byte(text), uuid: parseUUID(text), verdict: make([]verdict, len(shapes)+1)})
		}
	}
	if len(words) == 0 {
		return nil
	}
	slices.SortStableFunc(words, func(a, b word) int { return len(b.text) - len(a.text) })
	return &prefilter{words: words[:min(len(words), maxWords)], shapes: shapes}
}

// parseUUID returns the 16 bytes of a rendered UUID, or nil.
func parseUUID(s string) []byte {
	if len(s) != uuidSize-2 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return nil
	}
	u, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	if err != nil || len(u) != 16 || s != strings.ToLower(s) {
		return nil
	}
	return u
}

// inBlock reports whether a block with rows of these templates can hold a match.
func (p *prefilter) inBlock(raw []byte, tmpls []uint32) bool {
	if p == nil {
		return true
	}
	for i := range p.words {
		w := &p.words[i]
		if !w.in(raw) && !slices.ContainsFunc(tmpls, func(t uint32) bool { return p.judge(w, t) == maybe }) {
			return false
		}
	}
	return true
}

// inRow reports whether the message of a row can match.
func (p *prefilter) inRow(tmpl uint32, rest []byte) bool {
	if p == nil {
		return true
	}
	for i := range p.words {
		if w := &p.words[i]; p.judge(w, tmpl) != maybe && !w.in(rest) {
			return false
		}
	}
	return true
}

// in reports whether stored bytes hold w.
func (w *word) in(b []byte) bool {
	return predicate.Holds(b, w.text) || w.uuid != nil && bytes.Contains(b, w.uuid)
}

func (p *prefilter) judge(w *word, tmpl uint32) verdict {
	switch {
	case tmpl == 0:
		return inValues
	case uint64(tmpl) > uint64(len(p.shapes)):
		return maybe
	}
	v := &w.verdict[tmpl]
	if *v == unknown {
		*v = w.about(p.shapes[tmpl-1])
	}
	return *v
}

// about works out what rows of s tell about w. A word that could be part of a rendered number, UUID or time is not
// looked for in the stored bytes.
func (w *word) about(s *shape) verdict {
	only := func(chars string) bool { return strings.Trim(string(w.text), chars) == "" }
	switch {
	case s.loose,
		s.has[SlotInt] && only("0123456789-"),
		s.has[SlotTime] && only("0123456789-."),
		s.has[SlotUUID] && w.uuid == nil && only("0123456789abcdef-"):
		return maybe
	}
	for _, part := range s.parts {
		if predicate.Holds([]byte(part.Lit), w.text) {
			return maybe
		}
	}
	return inValues
}
