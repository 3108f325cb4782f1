package rulesql

import "math/big"

// arithmetic combines two numbers; ok is false beyond the range of numbers and for a zero divisor.
type arithmetic func(a, b number) (n number, ok bool)

func add(a, b number) (number, bool) {
	if x, y, exp, ok := alignSmall(a, b); ok {
		if sum := x + y; (sum > x) == (y > 0) {
			return number{coef: sum, exp: exp}, true
		}
	}
	x, y, exp := align(a, b)
	return reduce(new(big.Int).Add(x, y), exp)
}

func subtract(a, b number) (number, bool) {
	if x, y, exp, ok := alignSmall(a, b); ok {
		if difference := x - y; (difference < x) == (y > 0) {
			return number{coef: difference, exp: exp}, true
		}
	}
	x, y, exp := align(a, b)
	return reduce(new(big.Int).Sub(x, y), exp)
}

func product(a, b number) (number, bool) {
	exp := a.exp + b.exp
	if a.big == nil && b.big == nil && exp > -maxExponent && exp < maxExponent-20 {
		if c, ok := multiply(a.coef, b.coef); ok {
			return number{coef: c, exp: exp}, true
		}
	}
	return reduce(new(big.Int).Mul(a.integer(), b.integer()), exp)
}

// quotient has 34 digits at most, and no more zeros at its end than the operands ask for: 7.0/2 is 3.5, 9.0/3 is 3.0.
func quotient(a, b number) (number, bool) {
	if b.sign() == 0 {
		return number{}, false
	}
	x, y, want := a.integer(), b.integer(), a.exp-b.exp
	scale := max(0, maxDigits+1+countDigits(y)-countDigits(x))
	rest := new(big.Int)
	q, _ := new(big.Int).QuoRem(new(big.Int).Mul(x, power(scale)), y, rest)
	if rest.Sign() != 0 { // One more digit, so that reduce does not take a little more than a half for a half.
		q.Mul(q, big.NewInt(10)).Add(q, big.NewInt(int64(x.Sign()*y.Sign())))
		scale++
	}
	n, ok := reduce(q, want-scale)
	if !ok {
		return n, false
	}
	return n.strip(want), true
}

// strip takes zeros from the end of the coefficient while the exponent is below want.
func (n number) strip(want int) number {
	for n.big == nil && n.exp < want && n.coef%10 == 0 && n.coef != 0 {
		n.coef, n.exp = n.coef/10, n.exp+1
	}
	if n.big == nil {
		if n.coef == 0 {
			n.exp = max(n.exp, min(want, 0))
		}
		return n
	}
	b, ten, rest := n.big, big.NewInt(10), new(big.Int)
	for n.exp < want {
		q, _ := new(big.Int).QuoRem(b, ten, rest)
		if rest.Sign() != 0 {
			break
		}
		b, n.exp = q, n.exp+1
	}
	n, _ = reduce(b, n.exp)
	return n
}

// wholeQuotient is the quotient of whole numbers, truncated toward zero.
func wholeQuotient(a, b number) (number, bool) {
	if b.sign() == 0 {
		return number{}, false
	}
	return reduce(new(big.Int).Quo(a.integer(), b.integer()), 0)
}

// remainder has the sign of the dividend.
func remainder(a, b number) (number, bool) {
	if b.sign() == 0 {
		return number{}, false
	}
	if x, y, exp, ok := alignSmall(a, b); ok && y != -1 {
		return number{coef: x % y, exp: exp}, true
	}
	x, y, exp := align(a, b)
	return reduce(new(big.Int).Rem(x, y), exp)
}

// rounding is a way to lose digits.
type rounding uint8

const (
	towardZero rounding = iota
	down
	up
	halfAway
	halfEven
)

// divide is b/d, rounded; d is positive.
func divide(b, d *big.Int, mode rounding) *big.Int {
	rest := new(big.Int)
	q, _ := new(big.Int).QuoRem(b, d, rest)
	sign := int64(rest.Sign())
	if sign == 0 {
		return q
	}
	half := rest.Lsh(rest, 1).CmpAbs(d)
	var away bool
	switch mode {
	case down:
		away = sign < 0
	case up:
		away = sign > 0
	case halfAway:
		away = half >= 0
	case halfEven:
		away = half > 0 || half == 0 && q.Bit(0) == 1
	}
	if away {
		q.Add(q, big.NewInt(sign))
	}
	return q
}

// round keeps a number of places behind the point.
func (n number) round(places int, mode rounding) number {
	if n.exp >= -places {
		return n
	}
	r, _ := reduce(divide(n.integer(), power(-places-n.exp), mode), -places)
	return r
}

// expand is a number without fraction and with exponent 0. ok is false if it has a fraction, or more digits than a number may have.
func (n number) expand() (number, bool) {
	switch {
	case n.exp == 0:
		return n, true
	case n.exp < 0 && n.big == nil && -n.exp < len(powers):
		p := powers[-n.exp]
		return number{coef: n.coef / p}, n.coef%p == 0
	case n.exp < 0:
		q, rest := new(big.Int).QuoRem(n.integer(), power(-n.exp), new(big.Int))
		if rest.Sign() != 0 {
			return n, false
		}
		return reduce(q, 0)
	case n.exp > maxDigits:
		return number{}, n.sign() == 0
	}
	r, ok := reduce(new(big.Int).Mul(n.integer(), power(n.exp)), 0)
	return r, ok && r.exp == 0
}
