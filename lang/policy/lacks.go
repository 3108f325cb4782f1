package policy

import (
	"fmt"
	"slices"
	"strings"
)

// lacks says in words why the statement does not apply, element by element.
func (s *statement) lacks(req *Request) []string {
	var words []string
	if !s.matchAction(req) {
		relation := "is not among"
		if s.notAction {
			relation = "is excluded by NotAction"
		}
		words = append(words, fmt.Sprintf("action %s %s %s", req.Action, relation, list(s.actions)))
	}
	if !s.matchResource(req) {
		words = append(words, s.lacksResource(req))
	}
	if !s.principals.match(req.Principal) {
		words = append(words, s.principals.lacks(req.Principal))
	}
	for i := range s.conditions {
		if !s.conditions[i].holds(req.Context) {
			words = append(words, s.conditions[i].lacks(req.Context))
		}
	}
	return words
}

func (s *statement) lacksResource(req *Request) string {
	if s.notResource {
		return fmt.Sprintf("resource %s is excluded by NotResource %s", req.Resource, list(s.resources))
	}
	p := closest(s.resources, req)
	words := fmt.Sprintf("resource %s does not match %s", req.Resource, p.words(req.Context))
	switch n := len(s.resources) - 1; n {
	case 0:
		return words
	case 1:
		return words + " nor the other one"
	default:
		return fmt.Sprintf("%s nor the %d others", words, n)
	}
}

func (ps *principals) lacks(caller *Principal) string {
	names := make([]string, len(ps.names))
	for i, n := range ps.names {
		names[i] = n.kind + ":" + n.id
	}
	if ps.everybody {
		names = []string{"*"}
	}
	relation := "is not among"
	if ps.not {
		relation = "is excluded by NotPrincipal"
	}
	return fmt.Sprintf("principal %v %s %s", caller, relation, strings.Join(names, ", "))
}

// words is the pattern as written, and what it comes to for this request.
func (p *pattern) words(ctx Context) string {
	written := p.text
	for _, t := range p.tokens {
		if t.kind != variable {
			continue
		}
		if _, ok := t.resolve(ctx); ok {
			continue
		}
		if len(t.key.values(ctx)) > 1 {
			return fmt.Sprintf("%s: variable ${%s} has several values", written, t.key.name)
		}
		return fmt.Sprintf("%s: variable ${%s} has no value", written, t.key.name)
	}
	if slices.ContainsFunc(p.tokens, func(t token) bool { return t.kind == variable }) {
		return fmt.Sprintf("%s, here %s", written, p.expand(ctx))
	}
	return written
}

// expand puts the values of variables in their places. For readers only: a wildcard and a value look the same.
func (p *pattern) expand(ctx Context) string {
	var b strings.Builder
	for _, t := range p.tokens {
		switch t.kind {
		case literal:
			b.WriteString(t.text)
		case variable:
			value, _ := t.resolve(ctx)
			b.WriteString(value)
		case one:
			b.WriteByte('?')
		case run:
			b.WriteByte('*')
		}
	}
	return b.String()
}

// reach counts the bytes that the pattern and the resource begin with alike.
func (p *pattern) reach(req *Request) int {
	a, b := p.expand(req.Context), req.Resource
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// closest returns the pattern that reaches furthest. There is at least one.
func closest(patterns []*pattern, req *Request) *pattern {
	best := patterns[0]
	for _, p := range patterns[1:] {
		if p.reach(req) > best.reach(req) {
			best = p
		}
	}
	return best
}

func list(patterns []*pattern) string {
	texts := make([]string, len(patterns))
	for i, p := range patterns {
		texts[i] = p.text
	}
	return strings.Join(texts, ", ")
}
