package rulesql

import "math"

// mathFunctions keep the digits they get. Strings that hold a number count as Decimals.
var mathFunctions = []function{
	{name: "abs", parameters: "num", least: 1, most: 1, since: V20151008, doc: "The absolute value.", run: keepType(absolute)},
	{name: "ceil", parameters: "num", least: 1, most: 1, since: V20151008, doc: "The number rounded up to an Int.", run: toWhole(up)},
	{name: "floor", parameters: "num", least: 1, most: 1, since: V20151008, doc: "The number rounded down to an Int.", run: toWhole(down)},
	{name: "round", parameters: "num", least: 1, most: 1, since: V20151008, doc: "The nearest Int; a half goes away from zero.", run: toWhole(halfAway)},
	{name: "trunc", parameters: "num, places", least: 2, most: 2, since: V20151008, doc: "The number with 0 to 34 places behind the point, the others cut off.", run: truncate},
	{name: "sign", parameters: "num", least: 1, most: 1, since: V20151008, doc: "-1, 0 or 1.", run: sign},
	{name: "mod", parameters: "num, divisor", least: 2, most: 2, since: V20151008, doc: "The remainder of a division, with the sign of num.", run: modulo},
	{name: "remainder", parameters: "num, divisor", least: 2, most: 2, since: V20151008, doc: "The remainder of a division, with the sign of num.", run: modulo},
	{name: "rand", parameters: "", least: 0, most: 0, since: V20151008, doc: "A random Decimal from 0 up to but not including 1.", run: func(e *Evaluator, _ []value) value {
		return doubleOf(e.env.Random())
	}},
}

// keepType makes an Int of an Int and a Decimal of anything else.
func keepType(f func(number) (number, bool)) func(*Evaluator, []value) value {
	return func(_ *Evaluator, args []value) value {
		n, ok := numeric(args[0])
		if !ok {
			return value{}
		}
		if n, ok = f(n); !ok {
			return value{}
		}
		if args[0].kind == integer {
			return intOf(n)
		}
		return numberOf(decimal, n)
	}
}

func absolute(n number) (number, bool) {
	if n.sign() < 0 {
		return subtract(number{}, n)
	}
	return n, true
}

func toWhole(mode rounding) func(*Evaluator, []value) value {
	return func(e *Evaluator, args []value) value {
		n, ok := numeric(args[0])
		if !ok {
			return value{}
		}
		e.spendOn(n, number{})
		return intOf(n.round(0, mode))
	}
}

func truncate(_ *Evaluator, args []value) value {
	n, ok := numeric(args[0])
	if !ok {
		return value{}
	}
	places, ok := toInt(args[1])
	if !ok {
		return value{}
	}
	if args[0].kind == integer {
		return args[0]
	}
	return numberOf(decimal, n.round(places.clamp(0, maxDigits), towardZero).strip(0))
}

func sign(_ *Evaluator, args []value) value {
	n, ok := numeric(args[0])
	if !ok {
		return value{}
	}
	return intOf(whole(int64(n.sign())))
}

func modulo(e *Evaluator, args []value) value {
	return e.calculate(args[0], args[1], remainder, remainder)
}

// doubleFunctions compute with IEEE doubles. A result that is no number is Undefined.
var doubleFunctions = []function{
	double("acos", "The inverse cosine, in radians.", math.Acos),
	double("asin", "The inverse sine, in radians.", math.Asin),
	double("atan", "The inverse tangent, in radians.", math.Atan),
	double2("atan2", "y, x", "The angle between the positive x axis and the point (x, y), in radians.", math.Atan2),
	double("cos", "The cosine of an angle in radians.", math.Cos),
	double("cosh", "The hyperbolic cosine.", math.Cosh),
	double("exp", "e raised to the number.", math.Exp),
	double("ln", "The natural logarithm.", math.Log),
	double("log", "The logarithm to base 10.", log10),
	double2("power", "base, exponent", "The base raised to the exponent.", math.Pow),
	double("sin", "The sine of an angle in radians.", math.Sin),
	double("sinh", "The hyperbolic sine.", math.Sinh),
	double("sqrt", "The square root.", math.Sqrt),
	double("tan", "The tangent of an angle in radians.", math.Tan),
	double("tanh", "The hyperbolic tangent.", math.Tanh),
}

// log10 is exact for powers of ten, which math.Log10 is not.
func log10(x float64) float64 {
	l := math.Log10(x)
	if r := math.Round(l); math.Pow(10, r) == x {
		return r
	}
	return l
}

func double(name, doc string, f func(float64) float64) function {
	return function{name: name, parameters: "num", least: 1, most: 1, since: V20151008, doc: doc, run: func(_ *Evaluator, args []value) value {
		n, ok := numeric(args[0])
		if !ok {
			return value{}
		}
		return doubleOf(f(n.float()))
	}}
}

func double2(name, parameters, doc string, f func(a, b float64) float64) function {
	return function{name: name, parameters: parameters, least: 2, most: 2, since: V20151008, doc: doc, run: func(_ *Evaluator, args []value) value {
		a, okA := numeric(args[0])
		b, okB := numeric(args[1])
		if !okA || !okB {
			return value{}
		}
		return doubleOf(f(a.float(), b.float()))
	}}
}
