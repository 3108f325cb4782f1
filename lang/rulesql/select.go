package rulesql

import (
	"slices"
	"strings"
)

// selectList reads SELECT and what follows up to FROM or WHERE.
func (p *parser) selectList(s *selection) *Error {
	if err := p.expect("SELECT", ""); err != nil {
		return err
	}
	if p.tok.is("VALUE") && p.startsValue() {
		if err := p.advance(); err != nil {
			return err
		}
		s.alone, s.value = true, true
	}
	var lone bool // an object literal without a name
	for more := true; more; {
		it, t, err := p.item(s)
		if err != nil {
			return err
		}
		s.items = append(s.items, it)
		lone = t.form == formObject && p.last == t.end
		at := p.tok.start
		if more, err = p.accept(","); err != nil {
			return err
		}
		if more && s.value {
			return errorAt(p.source, at, "SELECT VALUE takes one expression; join several in an array or leave VALUE out")
		}
	}
	if len(s.items) == 1 {
		s.passthrough = s.items[0].star && !s.value
		s.alone = s.alone || lone
	}
	return nil
}

// startsValue tells the keyword VALUE from an attribute of that name, by what follows it.
func (p *parser) startsValue() bool {
	ahead := p.scanner
	t, err := ahead.next()
	if err != nil {
		return false
	}
	switch t.kind {
	case tokenString, tokenNumber:
		return true
	case tokenName:
		return !slices.ContainsFunc([]string{"AS", "FROM", "WHERE", "AND", "OR"}, t.is)
	case tokenSymbol:
		if t.text != "*" {
			return strings.Contains("({[@", t.text)
		}
		after, err := ahead.next()
		return err == nil && (after.kind == tokenEnd || slices.ContainsFunc([]string{"FROM", "WHERE", ")", "."}, after.is))
	}
	return false
}

// item reads an expression and the name it gets: of AS, the last name of an attribute, or its own text.
func (p *parser) item(s *selection) (item, term, *Error) {
	t, err := p.expression(0)
	if err != nil {
		return item{}, t, err
	}
	it := item{run: t.run, source: p.source[t.start:t.end]}
	as, err := p.accept("AS")
	switch {
	case err != nil:
		return it, t, err
	case as && s.value:
		return it, t, errorAt(p.source, p.last-len("AS"), "SELECT VALUE has no names; leave AS out")
	case as:
		it.path, err = p.alias()
	case t.form == formStar:
		it.star = true
		if slices.ContainsFunc(s.items, func(i item) bool { return i.star }) {
			err = errorAt(p.source, t.start, "* is there twice")
		}
	case t.form == formAttribute, t.form == formMember:
		it.path = t.path[len(t.path)-1:]
	default:
		it.path = []string{it.source}
	}
	return it, t, err
}

// alias reads a name or a path a.b.
func (p *parser) alias() (path []string, err *Error) {
	for more := true; more; {
		if p.tok.kind != tokenName {
			return nil, p.wanted("a name after AS, without quotes")
		}
		path = append(path, p.tok.text)
		if len(path) > maxDepth {
			return nil, p.wanted("a shorter name")
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
		if more, err = p.accept("."); err != nil {
			return nil, err
		}
	}
	return path, nil
}

func (p *parser) where(s *selection) *Error {
	found, err := p.accept("WHERE")
	if !found || err != nil {
		return err
	}
	t, err := p.expression(0)
	if err != nil {
		return err
	}
	s.where, s.condition = t.run, p.source[t.start:t.end]
	return nil
}
