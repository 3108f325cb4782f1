package rulesql

import (
	"strings"
)

// Template is a parameter of an action: text with expressions in it, as in device/${clientid()}. It does not change.
//
// aws: iot/iot-substitution-templates
type Template struct {
	text      string
	parts     []part
	externals []string
	roles     []string
	warnings  []*Error
}

// part is literal text, or an expression.
type part struct {
	text string
	run  eval
}

// ParseTemplate compiles a template that names no variables. The error is an *Error.
func ParseTemplate(text string, version Version) (*Template, error) {
	version, err := version.check()
	if err != nil {
		return nil, err
	}
	return parseTemplate(text, version, nil)
}

// Template compiles a template of an action of the rule; it may name the variables of the statement.
func (q *Query) Template(text string) (*Template, error) {
	return parseTemplate(text, q.version, q.variables)
}

func parseTemplate(text string, version Version, variables []variable) (*Template, error) {
	t := &Template{text: text}
	if len(text) > MaxStatement {
		return nil, errorAt(text, 0, "the text has %d bytes; allowed are %d", len(text), MaxStatement)
	}
	p := &parser{scanner: scanner{source: text}, version: version, variables: variables}
	for {
		before, _, found := strings.Cut(text[p.pos:], "${")
		if before != "" {
			t.parts = append(t.parts, part{text: before})
		}
		if !found {
			t.externals, t.roles, t.warnings = p.externals, p.roles, p.warnings
			return t, nil
		}
		open := p.pos + len(before)
		p.pos = open + len("${")
		run, err := p.substitution(open)
		if err != nil {
			return nil, err
		}
		t.parts = append(t.parts, part{run: run})
	}
}

// substitution reads an expression and its closing brace, and nothing behind: that is text.
func (p *parser) substitution(open int) (eval, *Error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.tok.is("}") {
		return nil, errorAt(p.source, open, "expected an expression between ${ and }")
	}
	e, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	if p.tok.kind == tokenEnd {
		return nil, errorAt(p.source, open, "the expression that begins here has no closing }")
	}
	if !p.tok.is("}") {
		return nil, p.wanted("} or an operator")
	}
	p.pos = p.tok.end
	return e.run, nil
}

// Text is the template as it was written.
func (t *Template) Text() string { return t.text }

// Literal reports whether the template has no expressions: it is its own text.
func (t *Template) Literal() bool {
	return len(t.parts) == 0 || len(t.parts) == 1 && t.parts[0].run == nil
}

// Externals lists the external functions that the template may call, each once. Those of an error action may call none.
func (t *Template) Externals() []string { return t.externals }

// Roles lists the ARNs of the roles in whose name the template asks other services, each once.
func (t *Template) Roles() []string { return t.roles }

// Warnings are mistakes that the service accepts: calls that are Undefined whatever the message holds, and divisions by a number such as
// 2.0, which is an Int.
func (t *Template) Warnings() []*Error { return t.warnings }

// Render puts values in place of the expressions, for the message that Eval, Trace or Bind had last. Expressions see the message as it
// came, not what SELECT made of it. Undefined and Null leave nothing, Arrays and Objects their JSON text. The error is a limit that the
// evaluation exceeded; the limits hold for the statement and its templates together.
func (e *Evaluator) Render(t *Template) (string, error) {
	if t.Literal() {
		return t.text, nil
	}
	var b strings.Builder
	for _, p := range t.parts {
		if p.run == nil {
			b.WriteString(p.text)
			continue
		}
		s, _ := e.text(p.run(e))
		if b.WriteString(s); b.Len() > MaxResult {
			e.fail("a text is longer than %d bytes", MaxResult)
		}
		if e.err != nil {
			return "", e.err
		}
	}
	return b.String(), nil
}

// Calls are the external functions that the statement and its templates called so far for the last message.
func (e *Evaluator) Calls() []Call { return e.calls }
