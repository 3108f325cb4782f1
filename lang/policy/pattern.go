package policy

import (
	"errors"
	"fmt"
	"strings"
)

// pattern is a compiled text with wildcards and variables. It matches piece by piece against the subject, so no
// text is ever put together, and what a variable stands for can never act as a wildcard.
type pattern struct {
	text   string // as written
	tokens []token
	fold   bool
	colons int // in literal text
}

type token struct {
	kind tokenKind

	// part marks a wildcard in one of the first five parts of an ARN: it does not match a colon.
	part bool

	text       string // of a literal; of a variable its default
	key        key    // of a variable
	hasDefault bool
}

type tokenKind uint8

const (
	literal  tokenKind = iota
	variable           // ${key} or ${key, 'default'}
	one                // ?
	run                // *
)

// syntax says which characters of a pattern have a meaning.
type syntax struct {
	wildcards, variables, arn, fold bool
}

// compile reads a pattern.
func compile(s string, x syntax) (*pattern, error) {
	p := &pattern{text: s, fold: x.fold}
	for rest := s; rest != ""; {
		part := x.arn && p.colons < 5
		switch {
		case x.wildcards && rest[0] == '*':
			p.add(token{kind: run, part: part})
			rest = rest[1:]
		case x.wildcards && rest[0] == '?':
			p.add(token{kind: one, part: part})
			rest = rest[1:]
		case x.variables && strings.HasPrefix(rest, "${"):
			t, n, err := readVariable(rest)
			if err != nil {
				return nil, err
			}
			p.add(t)
			rest = rest[n:]
		default:
			n := 1 + plain(rest[1:])
			if x.arn { // Stop at colons: they decide what a wildcard after them means.
				if i := strings.IndexByte(rest[:n], ':'); i >= 0 {
					n = i + 1
				}
			}
			p.add(token{text: rest[:n]})
			rest = rest[n:]
		}
	}
	return p, nil
}

// plain is the length of the text before the next character that may have a meaning.
func plain(s string) int {
	if i := strings.IndexAny(s, "*?$"); i >= 0 {
		return i
	}
	return len(s)
}

// add appends a token, as part of the one before it where they are one.
func (p *pattern) add(t token) {
	if t.kind == literal {
		p.colons += strings.Count(t.text, ":")
	}
	if n := len(p.tokens); n > 0 && p.tokens[n-1].kind == t.kind {
		last := &p.tokens[n-1]
		switch {
		case t.kind == literal:
			last.text += t.text
			return
		case t.kind == run && last.part == t.part:
			return
		}
	}
	p.tokens = append(p.tokens, t)
}

// readVariable reads ${name}, ${name, 'default'} or an escape such as ${*} at the start of s, and its length.
func readVariable(s string) (token, int, error) {
	end := strings.IndexByte(s, '}')
	if end < 0 {
		return token{}, 0, fmt.Errorf("variable %s is not closed", s)
	}
	name := s[2:end]
	if name == "*" || name == "?" || name == "$" {
		return token{text: name}, end + 1, nil
	}
	t := token{kind: variable}
	if before, after, found := strings.Cut(s, ","); found && len(before) <= end {
		// A comma without a quote belongs to the name: thing attributes may hold one.
		if quoted, ok := strings.CutPrefix(strings.TrimLeft(after, " "), "'"); ok {
			value, rest, closed := strings.Cut(quoted, "'}")
			if !closed {
				return token{}, 0, fmt.Errorf("the default of variable %s is not closed by '}", s)
			}
			name, end = before[2:], len(s)-len(rest)-1
			t.text, t.hasDefault = value, true
		}
	}
	name = strings.TrimSpace(name)
	if i := strings.IndexByte(name, ':'); i <= 0 || i == len(name)-1 || strings.ContainsAny(name, "{'\"") {
		return token{}, 0, fmt.Errorf("variable %s has no name of the form prefix:key", s[:end+1])
	}
	t.key = newKey(name)
	return t, end + 1, nil
}

// compileResource reads the pattern of a resource: "*" or an ARN. Parts that an ARN leaves out match anything.
func compileResource(s string, variables bool) (*pattern, error) {
	if s == "*" {
		return compile(s, syntax{wildcards: true})
	}
	if !strings.HasPrefix(s, "arn:") {
		return nil, errors.New("is not an ARN")
	}
	x := syntax{wildcards: true, variables: variables, arn: true}
	p, err := compile(s, x)
	if err != nil {
		return nil, err
	}
	colons := 0
	for _, t := range p.tokens {
		if t.kind == variable && colons < 5 {
			return nil, fmt.Errorf("variable ${%s} stands before the fifth colon", t.key.name)
		}
		colons += strings.Count(t.text, ":")
	}
	if p.colons < 5 {
		if p, err = compile(s+strings.Repeat(":*", 5-p.colons), x); err != nil {
			return nil, err
		}
		p.text = s
	}
	return p, nil
}
