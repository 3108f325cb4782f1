package rulesql

import "math/big"

// bitFunctions work on Ints as two's complement of any width; other numbers are rounded down.
var bitFunctions = []function{
	bitwise("bitand", "The bits set in both numbers.", (*big.Int).And),
	bitwise("bitor", "The bits set in one of the numbers or both.", (*big.Int).Or),
	bitwise("bitxor", "The bits set in exactly one of the numbers.", (*big.Int).Xor),
	{name: "bitnot", parameters: "a", least: 1, most: 1, since: V20151008, doc: "All bits inverted.", run: func(_ *Evaluator, args []value) value {
		a, ok := bits(args[0])
		if !ok {
			return value{}
		}
		return intOfBig(new(big.Int).Not(a))
	}},
}

func bitwise(name, doc string, f func(z, a, b *big.Int) *big.Int) function {
	return function{name: name, parameters: "a, b", least: 2, most: 2, since: V20151008, doc: doc, run: func(_ *Evaluator, args []value) value {
		a, okA := bits(args[0])
		b, okB := bits(args[1])
		if !okA || !okB {
			return value{}
		}
		return intOfBig(f(new(big.Int), a, b))
	}}
}

// bits is an Int; ok is false for what is none, also for a Decimal that is too large for one.
func bits(v value) (*big.Int, bool) {
	n, ok := toFloor(v)
	if !ok {
		return nil, false
	}
	n, ok = n.expand()
	return n.integer(), ok
}

func intOfBig(b *big.Int) value {
	n, ok := reduce(b, 0)
	if !ok {
		return value{}
	}
	return intOf(n)
}
