package redact

import (
	"fmt"
	"strconv"
	"strings"
)

// Path names values of a document. The empty Path names the whole.
type Path []step

// step goes from a value to some of its children.
type step struct {
	kind  kind
	name  string
	index int
	deep  bool // or to some of their descendants
}

type kind uint8

const (
	member  kind = iota // the member name of an object
	element             // the element index of an array
	every               // every member and element
)

// names reports whether the step goes to a child.
func (s step) names(child step) bool {
	return s.kind == every || s.kind == child.kind && s.name == child.name && s.index == child.index
}

// Parse reads a path: $, then any of .name ['name'] [0] .* [*], each of which may be looked for at any depth with ..name or ..*
func Parse(text string) (Path, error) {
	p := parser{text: text, left: text}
	if !p.skip("$") {
		return nil, p.wrong("want $ for the document")
	}
	path := Path{}
	for p.left != "" {
		s, err := p.step()
		if err != nil {
			return nil, err
		}
		path = append(path, s)
	}
	return path, nil
}

type parser struct{ text, left string }

func (p *parser) skip(prefix string) (ok bool) {
	p.left, ok = strings.CutPrefix(p.left, prefix)
	return ok
}

func (p *parser) wrong(want string) error {
	return fmt.Errorf("path %q, character %d: %s", p.text, len(p.text)-len(p.left)+1, want)
}

func (p *parser) step() (s step, err error) {
	switch {
	case p.skip(".."):
		s.deep = true
	case p.skip("."):
	case strings.HasPrefix(p.left, "["):
		return p.bracket(s)
	default:
		return s, p.wrong("want .name, ['name'], [number], .* or [*]")
	}
	if s.deep && strings.HasPrefix(p.left, "[") {
		return p.bracket(s)
	}
	if p.skip("*") {
		s.kind = every
		return s, nil
	}
	n := strings.IndexAny(p.left, ".[*'\"] ")
	if n < 0 {
		n = len(p.left)
	}
	if n == 0 {
		return s, p.wrong("want a name or *")
	}
	s.name, p.left = p.left[:n], p.left[n:]
	return s, nil
}

// bracket reads ['name'], ["name"], [number] or [*].
func (p *parser) bracket(s step) (step, error) {
	p.skip("[")
	for _, quote := range []string{"'", `"`} {
		if !p.skip(quote) {
			continue
		}
		name, left, closed := strings.Cut(p.left, quote+"]")
		if !closed {
			return s, p.wrong("want the end of the name, " + quote + "]")
		}
		s.name, p.left = name, left
		return s, nil
	}
	inside, left, closed := strings.Cut(p.left, "]")
	n, err := strconv.Atoi(inside)
	switch {
	case closed && inside == "*":
		s.kind = every
	case closed && err == nil && n >= 0:
		s.kind, s.index = element, n
	default:
		return s, p.wrong("want 'name'], a number], or *]")
	}
	p.left = left
	return s, nil
}
