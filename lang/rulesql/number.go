package rulesql

import (
	"cmp"
	"math"
	"math/big"
)

// The range of numbers. aws: iot/iot-sql-data-types
const (
	maxDigits   = 34
	maxExponent = 999
	maxNumber   = 1100 // bytes of a number's spelling
)

// number is coef × 10^exp. A coefficient that does not fit in 64 bits is in big. It has at most maxDigits digits.
type number struct {
	coef int64
	exp  int
	big  *big.Int
}

// powers are the powers of ten that fit in 64 bits.
var powers = [...]int64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}

func whole(n int64) number { return number{coef: n} }

// reduce rounds to the digits that a number may have, half to even. ok is false beyond the range.
func reduce(b *big.Int, exp int) (n number, ok bool) {
	digits := countDigits(b)
	for digits > maxDigits { // twice, if rounding carries into one more digit
		drop := digits - maxDigits
		b = divide(b, power(drop), halfEven)
		exp += drop
		digits = countDigits(b)
	}
	if b.Sign() == 0 {
		return number{exp: max(min(exp, 0), -maxExponent)}, true
	}
	if adjusted := exp + digits - 1; adjusted > maxExponent || adjusted < -maxExponent {
		return number{}, false
	}
	if b.IsInt64() {
		return number{coef: b.Int64(), exp: exp}, true
	}
	return number{big: b, exp: exp}, true
}

func countDigits(b *big.Int) int {
	n := len(b.Text(10))
	if b.Sign() < 0 {
		n--
	}
	return n
}

func power(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// integer is the coefficient.
func (n number) integer() *big.Int {
	if n.big != nil {
		return n.big
	}
	return big.NewInt(n.coef)
}

func (n number) sign() int {
	if n.big != nil {
		return n.big.Sign()
	}
	return cmp.Compare(n.coef, 0)
}

// align is the coefficients of a and b for the smaller exponent of the two.
func align(a, b number) (x, y *big.Int, exp int) {
	x, y, exp = a.integer(), b.integer(), min(a.exp, b.exp)
	if a.exp > exp {
		x = new(big.Int).Mul(x, power(a.exp-exp))
	}
	if b.exp > exp {
		y = new(big.Int).Mul(y, power(b.exp-exp))
	}
	return x, y, exp
}

// alignSmall is align within 64 bits.
func alignSmall(a, b number) (x, y int64, exp int, ok bool) {
	if a.big != nil || b.big != nil {
		return 0, 0, 0, false
	}
	switch d := a.exp - b.exp; {
	case d == 0:
		return a.coef, b.coef, a.exp, true
	case d > 0 && d < len(powers):
		x, ok = multiply(a.coef, powers[d])
		return x, b.coef, b.exp, ok
	case d < 0 && -d < len(powers):
		y, ok = multiply(b.coef, powers[-d])
		return a.coef, y, a.exp, ok
	}
	return 0, 0, 0, false
}

func multiply(a, b int64) (c int64, ok bool) {
	c = a * b
	return c, a == 0 || c/a == b && !(a == -1 && b == math.MinInt64)
}

func (n number) compare(m number) int {
	if x, y, _, ok := alignSmall(n, m); ok {
		return cmp.Compare(x, y)
	}
	x, y, _ := align(n, m)
	return x.Cmp(y)
}
