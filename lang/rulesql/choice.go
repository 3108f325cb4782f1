package rulesql

// choice reads CASE v WHEN t THEN r ELSE e END. aws: iot/iot-sql-case
func (p *parser) choice() (term, *Error) {
	if err := p.advance(); err != nil {
		return term{}, err
	}
	subject, err := p.expression(0)
	if err != nil {
		return term{}, err
	}
	type arm struct{ when, then eval }
	var arms []arm
	for len(arms) == 0 || p.tok.is("WHEN") {
		var a arm
		if a.when, err = p.clause("WHEN"); err != nil {
			return term{}, err
		}
		if a.then, err = p.clause("THEN"); err != nil {
			return term{}, err
		}
		arms = append(arms, a)
	}
	otherwise := constant(value{}).run
	if p.tok.is("ELSE") {
		if otherwise, err = p.clause("ELSE"); err != nil {
			return term{}, err
		}
	}
	run := func(e *Evaluator) value {
		v := subject.run(e)
		if v.kind == undefined {
			return v
		}
		for _, a := range arms {
			if w := a.when(e); w.kind != undefined && e.equal(v, w) {
				return a.then(e)
			}
		}
		return otherwise(e)
	}
	return term{run: run}, p.expect("END", ", WHEN, ELSE or an operator")
}

// clause reads a keyword and an expression.
func (p *parser) clause(keyword string) (eval, *Error) {
	if err := p.expect(keyword, " or an operator"); err != nil {
		return nil, err
	}
	t, err := p.expression(0)
	return t.run, err
}
