package filterpattern

import "telltale/lang/predicate"

// json reads a pattern in braces: conditions on the properties of a JSON message.
//
// aws: logs/matching-terms-json-log-events
func (p *parser) json() (Kind, *predicate.Expr, error) {
	p.take("{")
	e, err := p.or(p.jsonCondition)
	if err != nil {
		return "", nil, err
	}
	if !p.take("}") {
		return "", nil, p.expected(`"&&", "||" or "}"`)
	}
	p.space()
	if !p.atEnd() {
		return "", nil, p.expected(`nothing after "}"`)
	}
	return JSON, e, nil
}

// jsonCondition reads a selector and what is asked of it.
func (p *parser) jsonCondition() (*predicate.Expr, error) {
	sel, err := p.selector()
	if err != nil {
		return nil, err
	}
	p.remember(sel)
	p.space()
	text, op, v, err := p.comparison()
	if err != nil {
		return nil, err
	}
	if text != "" {
		return predicate.Compare(sel.path, op, v), nil
	}
	if op, err = p.question(); err != nil {
		return nil, err
	}
	return predicate.Ask(sel.path, op), nil
}

// question reads IS NULL, IS TRUE, IS FALSE or NOT EXISTS. There is neither IS NOT nor EXISTS.
func (p *parser) question() (predicate.Op, error) {
	start := p.pos
	switch p.run(nameRune) {
	case "IS":
		p.space()
		start = p.pos
		switch p.run(nameRune) {
		case "NULL":
			return predicate.OpIsNull, nil
		case "TRUE":
			return predicate.OpIsTrue, nil
		case "FALSE":
			return predicate.OpIsFalse, nil
		}
		p.pos = start
		return "", p.expected("NULL, TRUE or FALSE after IS")
	case "NOT":
		p.space()
		start = p.pos
		if p.run(nameRune) == "EXISTS" {
			return predicate.OpNotExists, nil
		}
		p.pos = start
		return "", p.expected("EXISTS after NOT")
	}
	p.pos = start
	return "", p.expected("=, !=, <, <=, >, >=, IS or NOT EXISTS after the selector")
}
