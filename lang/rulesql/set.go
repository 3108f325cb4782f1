package rulesql

import "slices"

// set reads SET @a = expr, @b = expr. A variable sees those before it.
func (p *parser) set() *Error {
	found, err := p.accept("SET")
	if !found || err != nil {
		return err
	}
	if err := p.needs(V20160323, "SET", 0); err != nil {
		return err
	}
	for more := true; more; {
		if err := p.variableDefinition(); err != nil {
			return err
		}
		if more, err = p.accept(","); err != nil {
			return err
		}
	}
	return nil
}

func (p *parser) variableDefinition() *Error {
	name, at, err := p.variableName()
	switch {
	case err != nil:
		return err
	case len(name) > MaxName:
		return errorAt(p.source, at, "the name of a variable has %d characters; allowed are %d", len(name), MaxName)
	case p.variableIndex(name) >= 0:
		return errorAt(p.source, at, "the variable @%s is set twice; a variable keeps its value", name)
	case len(p.variables) == MaxVariables:
		return errorAt(p.source, at, "there are more than %d variables", MaxVariables)
	}
	if err := p.expect("=", " after the variable"); err != nil {
		return err
	}
	t, err := p.expression(0)
	if err != nil {
		return err
	}
	p.variables = append(p.variables, variable{name, p.source[t.start:t.end], t.run})
	return nil
}

// variableName reads @name.
func (p *parser) variableName() (name string, at int, err *Error) {
	at = p.tok.start
	if err := p.expect("@", " before the name of a variable"); err != nil {
		return "", at, err
	}
	if p.tok.kind != tokenName || p.tok.start != at+1 {
		return "", at, p.wanted("the name of a variable right after @")
	}
	name = p.tok.text
	return name, at, p.advance()
}

func (p *parser) variableIndex(name string) int {
	return slices.IndexFunc(p.variables, func(v variable) bool { return v.name == name })
}
