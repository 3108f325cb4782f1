package metricmath

import "errors"

// Env is what an expression is evaluated in.
type Env struct {
	// Lookup returns the value of another query. An error is reported as it is.
	Lookup func(id string) (Value, error)
	// Metrics lists the metrics of the request, those that are no expressions, in its order. METRICS() reads it.
	Metrics []*Series
	// From and To limit the times that FILL and TIME_SERIES fill in, Unix seconds, To not included; Period is their step in seconds.
	From, To, Period int64
}

// Eval computes the expression. The error is an *Error or comes from Env.Lookup. The result shares nothing with its operands
// unless the expression names them without an operation; neither may be changed.
func (e *Expr) Eval(env *Env) (Value, error) {
	v, err := e.root.eval(env)
	if err != nil {
		if err.cause != nil {
			return Value{}, err.cause
		}
		return Value{}, err
	}
	if v.IsNumber() {
		return Value{}, errorAt(0, "The expression gives a number; allowed are a time series or an array of time series")
	}
	return v, nil
}

type (
	literal  float64
	textNode struct {
		pos  int
		text string
	}
	refNode struct {
		pos int
		id  string
	}
	arrayNode struct {
		pos   int
		items []node
	}
	binaryNode struct {
		pos         int
		op          operation
		left, right node
	}
	callNode struct {
		pos  int
		name string
		f    *function
		args []node
	}
)

func (n literal) eval(*Env) (Value, *Error) { return numberOf(float64(n)), nil }

func (n *textNode) eval(*Env) (Value, *Error) {
	return Value{}, errorAt(n.pos, "%q is not allowed here", n.text)
}

func (n *refNode) eval(env *Env) (Value, *Error) {
	v, err := env.Lookup(n.id)
	if err != nil {
		if own, ok := errors.AsType[*Error](err); ok {
			return Value{}, own
		}
		return Value{}, &Error{Pos: n.pos, Text: err.Error(), cause: err}
	}
	return v, nil
}

func (n *arrayNode) eval(env *Env) (Value, *Error) {
	var list []*Series
	for _, item := range n.items {
		v, err := item.eval(env)
		if err != nil {
			return Value{}, err
		}
		if v.IsNumber() {
			return Value{}, errorAt(n.pos, "An array has a number as an element; allowed are time series")
		}
		if list = append(list, v.list...); len(list) > MaxArray {
			return Value{}, errorAt(n.pos, "An array has more than %d elements", MaxArray)
		}
	}
	return arrayOf(list), nil
}

func (n *callNode) eval(env *Env) (Value, *Error) {
	c := &call{env: env, node: n}
	v, err := n.f.run(c)
	return v, err
}

func (n *binaryNode) eval(env *Env) (Value, *Error) {
	left, err := n.left.eval(env)
	if err != nil {
		return Value{}, err
	}
	right, err := n.right.eval(env)
	if err != nil {
		return Value{}, err
	}
	return n.apply(left, right)
}

// apply combines numbers, series with numbers, and arrays with anything element by element.
func (n *binaryNode) apply(left, right Value) (Value, *Error) {
	switch {
	case left.kind == array && right.kind == array:
		if len(left.list) != len(right.list) {
			return Value{}, errorAt(n.pos, "The arrays have %d and %d elements; allowed are arrays of the same length", len(left.list), len(right.list))
		}
		out := make([]*Series, len(left.list))
		for i := range out {
			out[i] = n.series(Of(left.list[i]), Of(right.list[i]))
		}
		return arrayOf(out), nil
	case left.kind == array:
		return each(left, func(s *Series) *Series { return n.series(Of(s), right) }), nil
	case right.kind == array:
		return each(right, func(s *Series) *Series { return n.series(left, Of(s)) }), nil
	case left.kind == series || right.kind == series:
		return Of(n.series(left, right)), nil
	}
	v, ok := n.op(left.number, right.number)
	if !ok {
		return Value{}, errorAt(n.pos, "The operation on %v and %v has no result", left.number, right.number)
	}
	return numberOf(v), nil
}

// series combines two values of which at least one is a series. A point that one side lacks counts as 0 there.
func (n *binaryNode) series(left, right Value) *Series {
	out := &Series{}
	switch {
	case right.kind == number:
		out.Period = left.one().Period
		for _, p := range left.one().Points {
			out.add(p.Time)(n.op(p.Value, right.number))
		}
	case left.kind == number:
		out.Period = right.one().Period
		for _, p := range right.one().Points {
			out.add(p.Time)(n.op(left.number, p.Value))
		}
	default:
		out.Period = max(left.one().Period, right.one().Period)
		for t, values := range join(left.one(), right.one()) {
			out.add(t)(n.op(values[0].or(0), values[1].or(0)))
		}
	}
	return out
}

// each applies f to every series of a value, which keeps its kind, and carries over ids and labels.
func each(v Value, f func(*Series) *Series) Value {
	out := Value{kind: v.kind, list: make([]*Series, len(v.list))}
	for i, s := range v.list {
		out.list[i] = f(s)
		out.list[i].ID, out.list[i].Label = s.ID, s.Label
		if out.list[i].Period == 0 {
			out.list[i].Period = s.Period
		}
	}
	return out
}
