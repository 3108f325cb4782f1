package rulesql

import (
	"slices"
	"strings"
)

// cast reads the rest of CAST(expr AS type).
func (p *parser) cast() (term, *Error) {
	if err := p.advance(); err != nil {
		return term{}, err
	}
	of, err := p.expression(0)
	if err != nil {
		return of, err
	}
	if err := p.expect("AS", " or an operator"); err != nil {
		return of, err
	}
	t, ok := castTypes[strings.ToLower(p.tok.text)]
	if p.tok.kind != tokenName || !ok {
		return of, p.wanted("a type: String, Int, Double, Decimal or Boolean")
	}
	if err := p.needs(t.since, "CAST AS "+p.tok.text, p.tok.start); err != nil {
		return of, err
	}
	if err := p.advance(); err != nil {
		return of, err
	}
	return term{run: func(e *Evaluator) value { return e.cast(of.run(e), t.to) }}, p.expect(")", " after the type")
}

// call reads the arguments of a function and joins both.
func (p *parser) call(name token) (term, *Error) {
	f := functions[strings.ToLower(name.text)]
	if f == nil {
		return term{}, errorAt(p.source, name.start, "there is no function %s%s", name.text, suggestion(name.text))
	}
	if err := p.needs(f.since, f.name, name.start); err != nil {
		return term{}, err
	}
	var args []term
	err := p.list(")", func() *Error {
		t, err := p.expression(0)
		args = append(args, t)
		return err
	})
	if err != nil {
		return term{}, err
	}
	if !f.takes(len(args)) {
		p.warnings = append(p.warnings, errorAt(p.source, name.start, "%s takes %s, found %d: it is always Undefined", f.name, f.arity(), len(args)))
		return constant(value{}), nil
	}
	if i := f.fixedArg(len(args)); i >= 0 && args[i].form == formVariable {
		return term{}, errorAt(p.source, args[i].start, "argument %d of %s cannot be a variable", i+1, f.name)
	}
	if i := f.roleArg(len(args)); i >= 0 {
		if args[i].form != formText {
			return term{}, errorAt(p.source, args[i].start, "argument %d of %s, the ARN of a role, must be a text in quotes", i+1, f.name)
		}
		if role := args[i].path[0]; !slices.Contains(p.roles, role) {
			p.roles = append(p.roles, role)
		}
	}
	if f.isExternal(len(args)) && !slices.Contains(p.externals, f.name) {
		p.externals = append(p.externals, f.name)
	}
	return term{run: f.bind(args, p.source[name.start:p.last])}, nil
}

// bind compiles a call.
func (f *function) bind(args []term, source string) eval {
	runs := make([]eval, len(args))
	for i, a := range args {
		runs[i] = a.run
		if f.raw && a.form == formStar {
			runs[i] = (*Evaluator).rawStar
		}
	}
	return func(e *Evaluator) value {
		base := len(e.args)
		for _, run := range runs {
			v := run(e)
			e.args = append(e.args, v)
		}
		var v value
		if e.spend(1); e.err == nil {
			v = f.run(e, e.args[base:])
		}
		e.args = e.args[:base]
		if e.trace != nil {
			e.note(&e.trace.Calls, f.name, source, v)
		}
		return v
	}
}

// rawStar is the row as text; that of the message is its bytes.
func (e *Evaluator) rawStar() value {
	if len(e.rows) > 0 {
		return e.row()
	}
	return value{kind: text, text: e.payloadText()}
}
