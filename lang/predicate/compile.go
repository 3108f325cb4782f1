package predicate

import (
	"fmt"
	"regexp"
	"regexp/syntax"
)

// Compile checks the tree and readies it for matching. The error names the first node that is malformed or over a limit.
func (e *Expr) Compile() (*Matcher, error) {
	c := compiler{matcher: &Matcher{selectors: new(node)}}
	root, err := c.node(e, 0)
	if err != nil {
		return nil, fmt.Errorf("predicate: %w", err)
	}
	m := c.matcher
	m.root = root
	m.literals = e.Literals()
	m.hits = make([]bool, len(m.leaves))
	m.fields = make([][]byte, c.fields)
	return m, nil
}

// compiler counts what the limits bound while it walks the tree.
type compiler struct {
	matcher *Matcher
	nodes   int
	regexps int
	fields  int     // the largest number of fields of any layout
	layout  *Layout // of the OpFields node the walk is in
}

func (c *compiler) node(e *Expr, depth int) (condition, error) {
	if e == nil {
		return allOf(nil), nil
	}
	if c.nodes++; c.nodes > MaxNodes {
		return nil, fmt.Errorf("more than %d conditions", MaxNodes)
	}
	if depth > MaxDepth {
		return nil, fmt.Errorf("conditions nested more than %d deep", MaxDepth)
	}
	switch e.Op {
	case OpAll:
		return allOf(nil), nil
	case OpAnd, OpOr, OpNot:
		return c.logical(e, depth)
	case OpContains:
		return contains(e.Text), c.text(e.Text)
	case OpMatches:
		re, err := c.regexp(e.Text)
		return pattern{re}, err
	case OpFields:
		return c.split(e, depth)
	case OpEqual, OpNotEqual, OpLess, OpAtMost, OpGreater, OpAtLeast:
		return c.comparison(e)
	case OpIsNull, OpIsTrue, OpIsFalse, OpNotExists:
		return c.leaf(e, nil)
	}
	return nil, fmt.Errorf("unknown operation %q", e.Op)
}

func (c *compiler) logical(e *Expr, depth int) (condition, error) {
	args := make([]condition, len(e.Args))
	for i, a := range e.Args {
		arg, err := c.node(a, depth+1)
		if err != nil {
			return nil, err
		}
		args[i] = arg
	}
	switch {
	case e.Op == OpAnd:
		return allOf(args), nil
	case e.Op == OpOr:
		return anyOf(args), nil
	case len(args) != 1:
		return nil, fmt.Errorf("operation %q takes one argument, got %d", e.Op, len(args))
	}
	return negated{args[0]}, nil
}

func (c *compiler) split(e *Expr, depth int) (condition, error) {
	l := e.Layout
	switch {
	case l == nil:
		return nil, fmt.Errorf("operation %q without a layout", e.Op)
	case c.layout != nil:
		return nil, fmt.Errorf("operation %q inside another", e.Op)
	case l.Fields < 0 || l.Fields > MaxFields:
		return nil, fmt.Errorf("layout of %d fields, allowed are 0 to %d", l.Fields, MaxFields)
	case l.Gap < 0 || l.Gap > l.Fields+1:
		return nil, fmt.Errorf("layout of %d fields with a gap before field %d", l.Fields, l.Gap)
	case l.Fields == 0 && l.Gap == 0:
		return nil, fmt.Errorf("layout without fields")
	case len(e.Args) > 1:
		return nil, fmt.Errorf("operation %q takes at most one argument, got %d", e.Op, len(e.Args))
	}
	c.fields = max(c.fields, l.Fields)
	c.layout = l
	defer func() { c.layout = nil }()
	var cond *Expr
	if len(e.Args) == 1 {
		cond = e.Args[0]
	}
	then, err := c.node(cond, depth+1)
	return split{layout: l, then: then}, err
}

func (c *compiler) comparison(e *Expr) (condition, error) {
	t, err := c.test(e.Op, e.Value)
	if err != nil {
		return nil, err
	}
	if e.Field == 0 {
		return c.leaf(e, t)
	}
	switch {
	case len(e.Path) > 0:
		return nil, fmt.Errorf("comparison of both %s and field %d", e.Path, e.Field)
	case c.layout == nil:
		return nil, fmt.Errorf("comparison of field %d outside of operation %q", e.Field, OpFields)
	case e.Field < 0 || e.Field > c.layout.Fields:
		return nil, fmt.Errorf("comparison of field %d of %d", e.Field, c.layout.Fields)
	}
	return fieldHit{field: e.Field, test: t}, nil
}

func (c *compiler) leaf(e *Expr, t *test) (condition, error) {
	id := len(c.matcher.leaves)
	if err := c.matcher.selectors.add(e.Path, id); err != nil {
		return nil, err
	}
	c.matcher.leaves = append(c.matcher.leaves, leaf{op: e.Op, test: t})
	if e.Op == OpNotExists {
		return jsonMiss(id), nil
	}
	return jsonHit(id), nil
}

func (c *compiler) test(op Op, v Value) (*test, error) {
	if op != OpEqual && op != OpNotEqual && v.Kind != KindNumber {
		return nil, fmt.Errorf("operation %q compares numbers only, got %s %q", op, v.Kind, v.Text)
	}
	t := &test{op: op, kind: v.Kind, text: v.Text}
	if err := c.text(v.Text); err != nil {
		return nil, err
	}
	switch v.Kind {
	case KindText:
	case KindGlob:
		t.glob = newGlob(v.Text)
	case KindNumber:
		n, ok := parseNumber([]byte(v.Text))
		if !ok {
			return nil, fmt.Errorf("%q is not a number", v.Text)
		}
		t.number = n
	case KindRegexp:
		re, err := c.regexp(v.Text)
		if err != nil {
			return nil, err
		}
		t.re = re
	default:
		return nil, fmt.Errorf("unknown kind of value %q", v.Kind)
	}
	return t, nil
}

func (c *compiler) regexp(text string) (*regexp.Regexp, error) {
	if c.regexps++; c.regexps > MaxRegexps {
		return nil, fmt.Errorf("more than %d regular expressions", MaxRegexps)
	}
	if err := CheckRegexp(text); err != nil {
		return nil, err
	}
	return regexp.Compile(text)
}

// CheckRegexp tells why Compile would refuse the regular expression: its syntax is not RE2's, or it is longer than MaxText, or it
// needs more than MaxRegexpSize instructions.
func CheckRegexp(text string) error {
	if len(text) > MaxText {
		return fmt.Errorf("regular expression of %d bytes, allowed are %d", len(text), MaxText)
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return err
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return err
	}
	if len(prog.Inst) > MaxRegexpSize {
		return fmt.Errorf("regular expression too complex: it takes more than %d steps", MaxRegexpSize)
	}
	return nil
}

func (c *compiler) text(s string) error {
	if len(s) > MaxText {
		return fmt.Errorf("text of %d bytes, allowed are %d", len(s), MaxText)
	}
	return nil
}
