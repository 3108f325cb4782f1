package rulesql

import (
	"slices"
	"strings"
)

// expression reads operators of at least a power. It is a Pratt parser.
func (p *parser) expression(least int) (term, *Error) {
	if err := p.enter(); err != nil {
		return term{}, err
	}
	defer func() { p.depth-- }()
	left, err := p.prefix()
	if err != nil {
		return left, err
	}
	compared := false
	for {
		op, ok := p.operator()
		if !ok || op.power < least {
			return left, nil
		}
		if op.power == powerCompare && compared {
			return left, errorAt(p.source, p.tok.start, "comparisons do not chain; join two of them with AND")
		}
		compared = op.power == powerCompare
		if err := p.count(); err != nil {
			return left, err
		}
		divides := p.tok.is("/")
		if err := p.advance(); err != nil {
			return left, err
		}
		right, err := p.expression(op.power + 1)
		if err != nil {
			return left, err
		}
		if divides {
			p.warnOfWhole(left)
			p.warnOfWhole(right)
		}
		left = term{run: op.binary(left.run, right.run), start: left.start, end: right.end}
	}
}

// warnOfWhole tells of a number that looks like a Decimal and divides like an Int.
func (p *parser) warnOfWhole(t term) {
	if t.form == formWhole {
		p.warnings = append(p.warnings, errorAt(p.source, t.start,
			"%[1]s counts as an Int in SQL version %[2]s, and Int / Int has no fraction; \"%[1]s\" in quotes counts as a Decimal",
			p.source[t.start:t.end], p.version))
	}
}

// operator is the binary operator that is next.
func (p *parser) operator() (op operator, ok bool) {
	switch p.tok.kind {
	case tokenSymbol:
		op, ok = operators[p.tok.text]
	case tokenName:
		if p.tok.is("AND") || p.tok.is("OR") {
			op, ok = operators[strings.ToUpper(p.tok.text)]
		}
	}
	return op, ok
}

func (p *parser) enter() *Error {
	if p.depth++; p.depth > maxDepth {
		return errorAt(p.source, p.tok.start, "expressions are nested more than %d deep", maxDepth)
	}
	return nil
}

func (p *parser) count() *Error {
	if p.terms++; p.terms > maxTerms {
		return errorAt(p.source, p.tok.start, "there are more than %d operands and operators", maxTerms)
	}
	return nil
}

func (p *parser) prefix() (term, *Error) {
	start := p.tok.start
	wrap, power := not, powerNot
	switch {
	case p.tok.is("NOT"):
	case p.tok.is("-"):
		wrap, power = negative, powerSign
	default:
		return p.postfix()
	}
	if err := p.advance(); err != nil {
		return term{}, err
	}
	of, err := p.expression(power)
	return term{run: wrap(of.run), start: start, end: of.end}, err
}

// postfix reads a primary and the members taken of it.
func (p *parser) postfix() (term, *Error) {
	if err := p.count(); err != nil {
		return term{}, err
	}
	start := p.tok.start
	t, err := p.primary()
	for err == nil && p.tok.is(".") {
		if err = p.advance(); err != nil {
			break
		}
		if p.tok.kind != tokenName {
			return t, p.wanted("the name of a member after the point; other names are read by get(object, \"name\")")
		}
		if err = p.count(); err != nil {
			break
		}
		t = t.member(p.tok.text)
		err = p.advance()
	}
	t.start, t.end = start, p.last
	return t, err
}

// member is t.name.
func (t term) member(name string) term {
	if t.form == formAttribute {
		return attribute(append(slices.Clip(t.path), name))
	}
	of := t.run
	run := func(e *Evaluator) value {
		v := of(e)
		v, _ = e.member(&v, name)
		return v
	}
	return term{run: run, form: formMember, path: []string{name}}
}

// attribute is a path that begins in the row.
func attribute(path []string) term {
	first, rest := path[0], path[1:]
	run := func(e *Evaluator) value {
		v := e.lookup(first)
		for _, name := range rest {
			v, _ = e.member(&v, name)
		}
		if e.reading && len(e.rows) == 0 {
			e.noteRead(path, v)
		}
		return v
	}
	return term{run: run, form: formAttribute, path: path}
}
