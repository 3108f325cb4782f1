package predicate

import (
	"bytes"
	"regexp"
)

// Matcher tests messages against one compiled condition. It reuses its working memory, so it serves one goroutine at a time;
// compile one for each.
type Matcher struct {
	root     condition
	literals [][]byte

	selectors *node
	leaves    []leaf
	scan      scanner

	message []byte
	json    jsonState
	hits    []bool // for each leaf: whether a value of this message satisfied it
	words   []Word
	fields  [][]byte // texts by field number - 1, while an OpFields node is decided
}

// jsonState tells how far the message has been read as JSON; most conditions need it once, some never.
type jsonState uint8

const (
	jsonUnread jsonState = iota
	jsonValid
	jsonInvalid
)

// maxKeptWords bounds the working memory that survives an unusually long message.
const maxKeptWords = 4096

// Match reports whether the message satisfies the condition. It takes time linear in the message and, except for regular
// expressions, escaped JSON strings and messages longer than any before, allocates nothing. It does not keep the message.
func (m *Matcher) Match(message []byte) bool {
	for _, l := range m.literals {
		if !Holds(message, l) {
			return false
		}
	}
	m.message, m.json = message, jsonUnread
	matched := m.root.holds(m)
	m.message = nil
	if cap(m.words) > maxKeptWords {
		m.words = nil
	}
	return matched
}

// readJSON scans the message, at most once, and notes which leaves it satisfies. It reports whether the message is JSON.
func (m *Matcher) readJSON() bool {
	if m.json == jsonUnread {
		clear(m.hits)
		m.json = jsonInvalid
		if m.scan.run(m.message, m.selectors, m) {
			m.json = jsonValid
		}
	}
	return m.json == jsonValid
}

// found is called by the scanner for every value that leaf id selects.
func (m *Matcher) found(id int, kind valueKind, text []byte) {
	if !m.hits[id] {
		m.hits[id] = m.leaves[id].satisfied(kind, text)
	}
}

// leaf is a comparison or question about one path.
type leaf struct {
	op   Op
	test *test // nil for a question
}

func (l *leaf) satisfied(kind valueKind, text []byte) bool {
	switch l.op {
	case OpIsNull:
		return kind == valueNull
	case OpIsTrue:
		return kind == valueTrue
	case OpIsFalse:
		return kind == valueFalse
	case OpNotExists:
		return true // "is there": the condition turns it round
	}
	switch kind {
	case valueNull, valueObject, valueArray:
		return false
	}
	return l.test.satisfied(text)
}

// condition is a compiled node of the tree.
type condition interface{ holds(m *Matcher) bool }

type (
	allOf    []condition
	anyOf    []condition
	negated  struct{ of condition }
	contains []byte
	pattern  struct{ re *regexp.Regexp }
	jsonHit  int // the leaf is satisfied
	jsonMiss int // the message is JSON and the leaf is not satisfied
	fieldHit struct {
		field int
		test  *test
	}
	split struct {
		layout *Layout
		then   condition
	}
)

func (c allOf) holds(m *Matcher) bool {
	for _, sub := range c {
		if !sub.holds(m) {
			return false
		}
	}
	return true
}

func (c anyOf) holds(m *Matcher) bool {
	for _, sub := range c {
		if sub.holds(m) {
			return true
		}
	}
	return false
}

func (c negated) holds(m *Matcher) bool  { return !c.of.holds(m) }
func (c jsonHit) holds(m *Matcher) bool  { return m.readJSON() && m.hits[c] }
func (c jsonMiss) holds(m *Matcher) bool { return m.readJSON() && !m.hits[c] }
func (c fieldHit) holds(m *Matcher) bool { return c.test.satisfied(m.fields[c.field-1]) }

func (c contains) holds(m *Matcher) bool { return bytes.Contains(m.message, c) }
func (c pattern) holds(m *Matcher) bool  { return c.re.Match(m.message) }

func (c split) holds(m *Matcher) bool {
	words, ok := c.layout.Split(m.message, m.words[:0])
	m.words = words
	if !ok {
		return false
	}
	m.fields = m.fields[:c.layout.Fields]
	for _, w := range words {
		if w.Field != 0 {
			m.fields[w.Field-1] = w.Text
		}
	}
	return c.then.holds(m)
}
