package filterpattern

import (
	"strconv"

	"telltale/lang/predicate"
)

// or reads comparisons joined by || and, binding tighter, &&. The comparisons are read by prim.
func (p *parser) or(prim func() (*predicate.Expr, error)) (*predicate.Expr, error) {
	return p.joined("||", predicate.Or, func() (*predicate.Expr, error) {
		return p.joined("&&", predicate.And, func() (*predicate.Expr, error) { return p.group(prim) })
	})
}

func (p *parser) joined(op string, join func(...*predicate.Expr) *predicate.Expr, part func() (*predicate.Expr, error)) (*predicate.Expr, error) {
	var args []*predicate.Expr
	for {
		p.space()
		e, err := part()
		if err != nil {
			return nil, err
		}
		args = append(args, e)
		p.space()
		if !p.take(op) {
			break
		}
	}
	return one(args, join), nil
}

// one spares a node where there is nothing to join.
func one(args []*predicate.Expr, join func(...*predicate.Expr) *predicate.Expr) *predicate.Expr {
	if len(args) == 1 {
		return args[0]
	}
	return join(args...)
}

// group reads conditions in parentheses, or what prim reads.
func (p *parser) group(prim func() (*predicate.Expr, error)) (*predicate.Expr, error) {
	start := p.pos
	if !p.take("(") {
		return prim()
	}
	if p.depth++; p.depth > MaxNesting {
		return nil, p.errorAt(start, "parentheses nested at most "+strconv.Itoa(MaxNesting)+" deep", "one more")
	}
	e, err := p.or(prim)
	if err != nil {
		return nil, err
	}
	if !p.take(")") {
		return nil, p.expected(`"&&", "||" or ")"`)
	}
	p.depth--
	return e, nil
}

// operators in the order in which they must be tried.
var operators = [...]struct {
	text string
	op   predicate.Op
}{
	{"!=", predicate.OpNotEqual},
	{"<=", predicate.OpAtMost},
	{">=", predicate.OpAtLeast},
	{"=", predicate.OpEqual},
	{"<", predicate.OpLess},
	{">", predicate.OpGreater},
}

// comparison reads an operator and a value. The text is empty, and nothing read, if there is no operator.
func (p *parser) comparison() (text string, op predicate.Op, v predicate.Value, err error) {
	for _, o := range operators {
		if p.take(o.text) {
			p.space()
			v, err = p.value(o.text, o.op)
			return o.text, o.op, v, err
		}
	}
	return "", "", v, nil
}
