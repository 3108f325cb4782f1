package rulesql

import "slices"

// reserved are the names that cannot be attributes.
var reserved = []string{"SELECT", "FROM", "WHERE", "AS", "AND", "OR", "CASE", "WHEN", "THEN", "ELSE", "END"}

func constant(v value) term { return term{run: func(*Evaluator) value { return v }} }

func (p *parser) primary() (term, *Error) {
	t := p.tok
	switch t.kind {
	case tokenNumber:
		n, plain, _, _ := readNumber(p.source, t.start)
		if plain {
			return constant(intOf(n)), p.advance()
		}
		v := p.version.decimalOf(n)
		number := constant(v)
		if v.kind == integer {
			number.form = formWhole
		}
		return number, p.advance()
	case tokenString:
		c := constant(value{kind: text, text: t.text})
		c.form, c.path = formText, []string{t.text}
		return c, p.advance()
	case tokenName:
		return p.name()
	case tokenSymbol:
		switch t.text {
		case "*":
			return term{run: (*Evaluator).star, form: formStar}, p.advance()
		case "@":
			return p.variable()
		case "(":
			return p.parenthesis()
		case "{":
			return p.objectLiteral()
		case "[":
			return p.arrayLiteral()
		}
	}
	return term{}, p.wanted("an expression")
}

// star is the row; a payload that is not JSON is its base64 text.
func (e *Evaluator) star() value {
	v := e.row()
	if len(e.rows) == 0 && e.notJSON != nil {
		return e.encodedPayload()
	}
	return v
}

// name reads what begins with a name: a keyword, a call or an attribute.
func (p *parser) name() (term, *Error) {
	t := p.tok
	switch {
	case t.is("TRUE"), t.is("FALSE"):
		return constant(boolOf(t.is("TRUE"))), p.advance()
	case t.is("NULL"):
		return constant(value{kind: null}), p.advance()
	case t.is("CASE"):
		return p.choice()
	case slices.ContainsFunc(reserved, t.is):
		return term{}, p.wanted("an expression")
	}
	if err := p.advance(); err != nil {
		return term{}, err
	}
	switch {
	case !p.tok.is("("):
		return attribute([]string{t.text}), nil
	case t.is("CAST"):
		return p.cast()
	}
	return p.call(t)
}

func (p *parser) variable() (term, *Error) {
	name, at, err := p.variableName()
	if err != nil {
		return term{}, err
	}
	i := p.variableIndex(name)
	if i < 0 {
		return term{}, errorAt(p.source, at, "there is no variable @%s; SET before SELECT defines variables", name)
	}
	return term{run: func(e *Evaluator) value { return e.variable(i) }, form: formVariable}, nil
}

// parenthesis reads (expr) or a nested query.
func (p *parser) parenthesis() (term, *Error) {
	open := p.tok.start
	if err := p.advance(); err != nil {
		return term{}, err
	}
	if p.tok.is("SELECT") {
		return p.nestedQuery(open)
	}
	t, err := p.expression(0)
	if err != nil {
		return t, err
	}
	return term{run: t.run}, p.expect(")", " or an operator")
}

func (p *parser) nestedQuery(open int) (term, *Error) {
	if err := p.needs(V20160323, "a nested query", open); err != nil {
		return term{}, err
	}
	if err := p.enter(); err != nil {
		return term{}, err
	}
	defer func() { p.depth-- }()
	s := &selection{}
	if err := p.selectList(s); err != nil {
		return term{}, err
	}
	from, err := p.accept("FROM")
	if err != nil {
		return term{}, err
	}
	if from {
		source, err := p.expression(0)
		if err != nil {
			return term{}, err
		}
		s.source = source.run
	}
	if err := p.where(s); err != nil {
		return term{}, err
	}
	return term{run: func(e *Evaluator) value { return e.nested(s) }}, p.expect(")", " after the nested query, or an operator")
}
