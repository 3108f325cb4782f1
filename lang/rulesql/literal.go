package rulesql

// objectLiteral reads {"name": expr}. aws: iot/iot-sql-json
func (p *parser) objectLiteral() (term, *Error) {
	if err := p.needs(V20160323, "an object literal", p.tok.start); err != nil {
		return term{}, err
	}
	var names []string
	var values []eval
	err := p.list("}", func() *Error {
		if p.tok.kind != tokenString {
			return p.wanted("a name in quotes or }")
		}
		names = append(names, p.tok.text)
		if err := p.advance(); err != nil {
			return err
		}
		if err := p.expect(":", " after the name"); err != nil {
			return err
		}
		t, err := p.expression(0)
		values = append(values, t.run)
		return err
	})
	run := func(e *Evaluator) value {
		base := len(e.openMembers)
		for i, of := range values {
			if v := of(e); v.kind != undefined {
				e.put(base, names[i:i+1], v)
			}
		}
		return e.object(base)
	}
	return term{run: run, form: formObject}, err
}

func (p *parser) arrayLiteral() (term, *Error) {
	if err := p.needs(V20160323, "an array literal", p.tok.start); err != nil {
		return term{}, err
	}
	var items []eval
	err := p.list("]", func() *Error {
		t, err := p.expression(0)
		items = append(items, t.run)
		return err
	})
	run := func(e *Evaluator) value {
		base := len(e.openItems)
		for _, of := range items {
			if v := of(e); v.kind != undefined {
				e.spend(1)
				e.openItems = append(e.openItems, v)
			}
		}
		return e.array(base)
	}
	return term{run: run}, err
}

// list reads an opening symbol and things between commas up to a closing one. In literals a comma may stand before the closing one.
func (p *parser) list(end string, one func() *Error) *Error {
	if err := p.advance(); err != nil {
		return err
	}
	for !p.tok.is(end) {
		if err := one(); err != nil {
			return err
		}
		more, err := p.accept(",")
		if err != nil {
			return err
		}
		if !more {
			return p.expect(end, ", a comma or an operator")
		}
		if end == ")" && p.tok.is(end) {
			return p.wanted("an expression")
		}
	}
	return p.advance()
}
