package metricmath

import (
	"slices"
	"strconv"
	"strings"
)

// Expr is a parsed expression.
type Expr struct {
	root node
	refs []string
}

// Refs lists the ids of other queries that the expression names, each once.
func (e *Expr) Refs() []string { return e.refs }

// node is a part of an expression.
type node interface {
	eval(env *Env) (Value, *Error)
}

type parser struct {
	tokens []token
	depth  int
	refs   []string
}

// Parse reads an expression. The error is an *Error.
func Parse(s string) (*Expr, error) {
	if err := unsupportedForm(s); err != nil {
		return nil, err
	}
	tokens, err := scan(s)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens}
	root, err := p.binary(0)
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != tokenEnd {
		return nil, unexpected(t)
	}
	return &Expr{root, p.refs}, nil
}

// unsupportedForm refuses expressions of another language.
func unsupportedForm(s string) error {
	if first, _, _ := strings.Cut(strings.TrimSpace(s), " "); strings.EqualFold(first, "SELECT") {
		return errorAt(0, "Metrics Insights queries (SELECT ...) are not supported")
	}
	return nil
}

func (p *parser) peek() token { return p.tokens[0] }

func (p *parser) next() token {
	t := p.tokens[0]
	if t.kind != tokenEnd {
		p.tokens = p.tokens[1:]
	}
	return t
}

func (p *parser) expect(kind string) *Error {
	if t := p.next(); t.kind != kind {
		return errorAt(t.pos, "Expected %q, found %s", kind, describe(t))
	}
	return nil
}

func describe(t token) string {
	if t.kind == tokenEnd {
		return "the end of the expression"
	}
	return strconv.Quote(t.text)
}

func unexpected(t token) *Error { return errorAt(t.pos, "Unexpected %s", describe(t)) }

// levels are the binary operators, weakest first; those of one level bind from the left.
var levels = [][]string{
	{"||", "OR"},
	{"&&", "AND"},
	{"==", "!=", "<", "<=", ">", ">="},
	{"+", "-"},
	{"*", "/"},
}

func (p *parser) binary(level int) (node, *Error) {
	if level == len(levels) {
		return p.unary()
	}
	left, err := p.binary(level + 1)
	for err == nil && slices.Contains(levels[level], p.peek().text) && p.peek().kind != tokenText {
		op := p.next()
		var right node
		if right, err = p.binary(level + 1); err == nil {
			left = &binaryNode{op.pos, operations[op.text], left, right}
		}
	}
	return left, err
}

func (p *parser) unary() (node, *Error) {
	if p.peek().kind != "-" {
		return p.power()
	}
	t := p.next()
	if err := p.enter(t); err != nil {
		return nil, err
	}
	defer p.leave()
	operand, err := p.unary()
	if err != nil {
		return nil, err
	}
	return &binaryNode{t.pos, operations["-"], literal(0), operand}, nil
}

// power binds from the right and stronger than a sign before it: -2^2 is -4.
func (p *parser) power() (node, *Error) {
	base, err := p.primary()
	if err != nil || p.peek().kind != "^" {
		return base, err
	}
	t := p.next()
	if err := p.enter(t); err != nil {
		return nil, err
	}
	defer p.leave()
	exponent, err := p.unary()
	return &binaryNode{t.pos, operations["^"], base, exponent}, err
}

func (p *parser) primary() (node, *Error) {
	t := p.next()
	if err := p.enter(t); err != nil {
		return nil, err
	}
	defer p.leave()
	switch t.kind {
	case tokenNumber:
		v, err := strconv.ParseFloat(t.text, 64)
		if err != nil {
			return nil, errorAt(t.pos, "%q is not a number", t.text)
		}
		return literal(v), nil
	case tokenText:
		return &textNode{t.pos, t.text}, nil
	case "(":
		inner, err := p.binary(0)
		if err != nil {
			return nil, err
		}
		return inner, p.expect(")")
	case "[":
		items, err := p.list("]")
		return &arrayNode{t.pos, items}, err
	case tokenName:
		return p.name(t)
	}
	return nil, unexpected(t)
}

// name reads the id of a query, a word such as REPEAT, or a call.
func (p *parser) name(t token) (node, *Error) {
	if p.peek().kind == "(" {
		f, known := functions[t.text]
		if !known {
			return nil, unknownFunction(t)
		}
		p.next()
		args, err := p.list(")")
		if err != nil {
			return nil, err
		}
		if len(args) < f.least || len(args) > f.most {
			return nil, errorAt(t.pos, "%s takes %s, found %d", t.text, f.arity(), len(args))
		}
		return &callNode{t.pos, t.text, f, args}, nil
	}
	if c := t.text[0]; 'a' <= c && c <= 'z' {
		if !slices.Contains(p.refs, t.text) {
			p.refs = append(p.refs, t.text)
		}
		return &refNode{t.pos, t.text}, nil
	}
	if slices.Contains(words, t.text) {
		return &textNode{t.pos, t.text}, nil
	}
	return nil, errorAt(t.pos, "%q is neither the id of a query, which begins with a lower-case letter, nor the call of a function", t.text)
}

// list reads expressions between commas up to the closing token.
func (p *parser) list(end string) ([]node, *Error) {
	var items []node
	if p.peek().kind == end {
		p.next()
		return nil, nil
	}
	for {
		item, err := p.binary(0)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
		if p.peek().kind != "," {
			return items, p.expect(end)
		}
		p.next()
	}
}

func (p *parser) enter(t token) *Error {
	if p.depth++; p.depth > maxDepth {
		return errorAt(t.pos, "The expression is nested more than %d levels deep", maxDepth)
	}
	return nil
}

func (p *parser) leave() { p.depth-- }
