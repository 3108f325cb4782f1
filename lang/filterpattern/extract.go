package filterpattern

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"telltale/lang/predicate"
)

// Value is one value of a message, under the name by which a metric filter refers to it: a selector such as $.latency, the name of a
// field such as $bytes, or the position of an unnamed word such as $3.
type Value struct {
	Name string
	Text string
}

// Values returns what the pattern names in the message, as TestMetricFilter shows it: every selector of a JSON pattern that finds a
// value, every word of a space-delimited one. The message should be one that matches. Patterns of terms name nothing.
//
// aws: logs/API_MetricFilterMatchRecord
func (p *Pattern) Values(message []byte) []Value {
	switch p.kind {
	case JSON:
		return p.selected(message)
	case Delimited:
		words, ok := p.layout.Split(message, nil)
		if !ok {
			return nil
		}
		values := make([]Value, len(words))
		for i, w := range words {
			values[i] = Value{Name: p.wordName(w, i), Text: string(w.Text)}
		}
		return values
	}
	return nil
}

func (p *Pattern) selected(message []byte) []Value {
	paths := make([]predicate.Path, len(p.selectors))
	for i, s := range p.selectors {
		paths[i] = s.path
	}
	x, err := predicate.NewExtractor(paths...)
	if err != nil {
		return nil // cannot be: the parser keeps stricter limits
	}
	var values []Value
	for i, v := range x.Extract(message) {
		if v.Found {
			values = append(values, Value{Name: p.selectors[i].text, Text: v.Text})
		}
	}
	return values
}

func (p *Pattern) wordName(w predicate.Word, i int) string {
	if w.Field != 0 && p.names[w.Field-1] != "" {
		return "$" + p.names[w.Field-1]
	}
	return "$" + strconv.Itoa(i+1)
}

// Reader reads certain values, those a metric filter publishes, from messages. It reuses its working memory, so it serves one
// goroutine at a time.
type Reader struct {
	json   *predicate.Extractor // for a JSON pattern
	layout *predicate.Layout    // for a space-delimited one, with refs
	refs   []wordRef
	words  []predicate.Word
	values []predicate.Extracted
}

// wordRef means a field if that is not 0, else the word at a position from 1.
type wordRef struct{ field, position int }

// Reader readies the reading of the given names: selectors for a JSON pattern, $name or $position for a space-delimited one. It
// fails for names that the pattern cannot give a value, and for patterns of terms, which give none.
func (p *Pattern) Reader(names ...string) (*Reader, error) {
	switch p.kind {
	case JSON:
		paths := make([]predicate.Path, len(names))
		for i, name := range names {
			path, err := ParseSelector(name)
			if err != nil {
				return nil, err
			}
			paths[i] = path
		}
		x, err := predicate.NewExtractor(paths...)
		return &Reader{json: x}, err
	case Delimited:
		r := &Reader{layout: p.layout, values: make([]predicate.Extracted, len(names))}
		for _, name := range names {
			ref, err := p.wordRef(name)
			if err != nil {
				return nil, err
			}
			r.refs = append(r.refs, ref)
		}
		return r, nil
	}
	if len(names) > 0 {
		return nil, fmt.Errorf("%s has no value: only patterns in braces or brackets name values", names[0])
	}
	return &Reader{layout: &predicate.Layout{Gap: 1}}, nil
}

func (p *Pattern) wordRef(name string) (wordRef, error) {
	short, ok := strings.CutPrefix(name, "$")
	if ok && short != "" {
		if i := slices.Index(p.names, short); i >= 0 {
			return wordRef{field: i + 1}, nil
		}
		n, err := strconv.ParseUint(short, 10, 31)
		if err == nil && n > 0 && (p.layout.Gap != 0 || int(n) <= p.layout.Fields) {
			return wordRef{position: int(n)}, nil
		}
	}
	return wordRef{}, fmt.Errorf("%s is not a value of the pattern %s: expected $ and the name or the position of a field", name, p.text)
}

// Read returns one value for each name, in the order they were given. The slice is overwritten by the next call.
func (r *Reader) Read(message []byte) []predicate.Extracted {
	if r.json != nil {
		return r.json.Extract(message)
	}
	clear(r.values)
	words, ok := r.layout.Split(message, r.words[:0])
	r.words = words
	if !ok {
		return r.values
	}
	for i, ref := range r.refs {
		for at, w := range words {
			if ref.field != 0 && w.Field == ref.field || at+1 == ref.position {
				r.values[i] = predicate.Extracted{Text: string(w.Text), Found: true}
			}
		}
	}
	return r.values
}
