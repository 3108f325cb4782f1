package rulesql

// operator is a binary operator. Those of one power bind from the left; a higher power binds tighter.
type operator struct {
	power int
	run   func(e *Evaluator, a, b value) value
}

const (
	powerOr = iota + 1
	powerAnd
	powerNot
	powerCompare
	powerAdd
	powerMultiply
	powerSign
)

// operators by their spelling. aws: iot/iot-sql-operators
var operators = map[string]operator{
	"OR":  {powerOr, nil}, // AND and OR may leave their right side out: see logical.
	"AND": {powerAnd, nil},

	"=":  {powerCompare, func(e *Evaluator, a, b value) value { return e.equality(a, b, true) }},
	"<>": {powerCompare, func(e *Evaluator, a, b value) value { return e.equality(a, b, false) }},
	">":  {powerCompare, func(e *Evaluator, a, b value) value { return e.order(a, b, func(c int) bool { return c > 0 }) }},
	">=": {powerCompare, func(e *Evaluator, a, b value) value { return e.order(a, b, func(c int) bool { return c >= 0 }) }},
	"<":  {powerCompare, func(e *Evaluator, a, b value) value { return e.order(a, b, func(c int) bool { return c < 0 }) }},
	"<=": {powerCompare, func(e *Evaluator, a, b value) value { return e.order(a, b, func(c int) bool { return c <= 0 }) }},

	"+": {powerAdd, (*Evaluator).plus},
	"-": {powerAdd, func(e *Evaluator, a, b value) value { return e.calculate(a, b, subtract, subtract) }},
	"*": {powerMultiply, func(e *Evaluator, a, b value) value { return e.calculate(a, b, product, product) }},
	"/": {powerMultiply, (*Evaluator).divide},
	"%": {powerMultiply, func(e *Evaluator, a, b value) value { return e.calculate(a, b, remainder, remainder) }},
}

// binary compiles an operator with its operands.
func (op operator) binary(a, b eval) eval {
	if op.run == nil {
		return logical(op.power == powerAnd, a, b)
	}
	return func(e *Evaluator) value {
		x := a(e)
		return op.run(e, x, b(e))
	}
}

// logical is AND or OR. Undefined on one side makes the whole Undefined, also where the other side would decide: the documented tables
// know no exception.
func logical(and bool, a, b eval) eval {
	return func(e *Evaluator) value {
		x, ok := truth(a(e))
		if !ok {
			return value{}
		}
		y, ok := truth(b(e))
		if !ok {
			return value{}
		}
		if and {
			return boolOf(x && y)
		}
		return boolOf(x || y)
	}
}

func not(of eval) eval {
	return func(e *Evaluator) value {
		is, ok := truth(of(e))
		if !ok {
			return value{}
		}
		return boolOf(!is)
	}
}

func negative(of eval) eval {
	return func(e *Evaluator) value {
		return e.calculate(value{kind: integer}, of(e), subtract, subtract)
	}
}

// spendOn counts the work of combining two numbers, which grows with the zeros between them.
func (e *Evaluator) spendOn(a, b number) {
	if d := abs(a.exp - b.exp); d >= len(powers) {
		e.spend(d / 4)
	}
}

// calculate computes with Ints or, if one side is none, with Decimals.
func (e *Evaluator) calculate(a, b value, ints, decimals arithmetic) value {
	x, ok := numeric(a)
	if !ok {
		return value{}
	}
	y, ok := numeric(b)
	if !ok {
		return value{}
	}
	e.spendOn(x, y)
	if a.kind == integer && b.kind == integer {
		if n, ok := ints(x, y); ok {
			return intOf(n)
		}
		return value{}
	}
	n, ok := decimals(x, y)
	if !ok {
		return value{}
	}
	return numberOf(decimal, n)
}

// divide is calculate, at a price: quotients have many digits.
func (e *Evaluator) divide(a, b value) value {
	e.spend(8)
	return e.calculate(a, b, wholeQuotient, quotient)
}

func (e *Evaluator) plus(a, b value) value {
	if a.kind != text && b.kind != text {
		return e.calculate(a, b, add, add)
	}
	s, ok := e.text(a)
	if !ok {
		return value{}
	}
	t, ok := e.text(b)
	return e.textIf(s+t, ok)
}

func (e *Evaluator) order(a, b value, holds func(int) bool) value {
	x, ok := numeric(a)
	if !ok {
		return value{}
	}
	y, ok := numeric(b)
	if !ok {
		return value{}
	}
	e.spendOn(x, y)
	return boolOf(holds(x.compare(y)))
}

func (e *Evaluator) equality(a, b value, want bool) value {
	if a.kind == undefined || b.kind == undefined {
		return value{}
	}
	return boolOf(e.equal(a, b) == want)
}

// equal compares values; Int with Decimal as Decimals, Objects without regard to the order of members.
func (e *Evaluator) equal(a, b value) bool {
	if e.spend(1); e.err != nil {
		return false
	}
	switch {
	case a.isNumber() && b.isNumber():
		x, y := a.number(), b.number()
		e.spendOn(x, y)
		return x.compare(y) == 0
	case a.kind != b.kind || a.size() != b.size():
		return false
	}
	switch a.kind {
	case boolean:
		return a.truth == b.truth
	case text:
		return a.text == b.text
	case array:
		for i := range a.inner.items {
			if !e.equal(a.inner.items[i], b.inner.items[i]) {
				return false
			}
		}
	case object:
		for i := range a.inner.members {
			name := a.inner.members[i].name
			mine, _ := e.member(&a, name) // the last, if it is there twice
			other, ok := e.member(&b, name)
			if !ok || !e.equal(mine, other) {
				return false
			}
		}
	}
	return true
}
