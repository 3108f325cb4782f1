package rulesql

import (
	"math"
	"math/big"
	"strconv"
)

// readNumber reads the number that s has at a position: digits, maybe with a sign, a fraction and an exponent. plain is true without
// the last two. ok is false if there is no number, or none within range.
func readNumber(s string, at int) (n number, plain bool, end int, ok bool) {
	i := at
	if i < len(s) && s[i] == '-' {
		i++
	}
	first, coef, digits := i, int64(0), 0
	for ; i < len(s) && isDigit(s[i]); i++ {
		coef, digits = push(coef, digits, s[i])
	}
	point := i
	if i == first {
		return number{}, false, i, false
	}
	if i+1 < len(s) && s[i] == '.' && isDigit(s[i+1]) {
		for i++; i < len(s) && isDigit(s[i]); i++ {
			coef, digits = push(coef, digits, s[i])
			n.exp--
		}
	}
	mantissa := i
	if e, next, has := readExponent(s, i); has {
		n.exp += e
		i = next
	}
	if i-at > maxNumber {
		return number{}, false, i, false
	}
	plain = i == point
	if digits <= 18 && n.exp >= -maxExponent && n.exp <= maxExponent-18 {
		n.coef = coef
		if s[at] == '-' {
			n.coef = -coef
		}
		return n, plain, i, true
	}
	text := s[at:point]
	if mantissa > point {
		text += s[point+1 : mantissa]
	}
	wide, _ := new(big.Int).SetString(text, 10)
	n, ok = reduce(wide, n.exp)
	return n, plain, i, ok
}

// push appends a digit while the coefficient is sure to fit, and counts all but leading zeros.
func push(coef int64, digits int, c byte) (int64, int) {
	if digits == 0 && c == '0' {
		return 0, 0
	}
	if digits < 18 {
		coef = coef*10 + int64(c-'0')
	}
	return coef, digits + 1
}

func readExponent(s string, i int) (exp, end int, ok bool) {
	if i >= len(s) || s[i]|0x20 != 'e' {
		return 0, i, false
	}
	sign := 1
	if i++; i < len(s) && (s[i] == '+' || s[i] == '-') {
		if s[i] == '-' {
			sign = -1
		}
		i++
	}
	first := i
	for ; i < len(s) && isDigit(s[i]); i++ {
		exp = min(exp*10+int(s[i]-'0'), 1e6)
	}
	return sign * exp, i, i > first
}

// float is the nearest double.
func (n number) float() float64 {
	f, _ := strconv.ParseFloat(string(n.append(nil)), 64)
	return f
}

// fromFloat is the shortest decimal that names f, with a fraction. NaN and infinities are no numbers.
func fromFloat(f float64) (n number, ok bool) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return number{}, false
	}
	n, _, _, ok = readNumber(strconv.FormatFloat(f, 'e', -1, 64), 0)
	if ok && n.exp >= 0 {
		if n.exp < len(powers) {
			if c, fits := multiply(n.coef, powers[n.exp]); fits && c < 1e15 && c > -1e15 {
				return number{coef: c * 10, exp: -1}, true
			}
		}
		return number{coef: n.coef * 10, exp: n.exp - 1}, n.coef < 1e17 && n.coef > -1e17
	}
	return n, ok
}

// append writes standard notation, or scientific notation where the exponent is positive or the fraction begins with more than five zeros.
func (n number) append(dst []byte) []byte {
	if n.exp == 0 && n.big == nil {
		return strconv.AppendInt(dst, n.coef, 10)
	}
	var room [20]byte
	digits := room[:0]
	if n.big != nil {
		digits = n.big.Append(digits, 10)
	} else {
		digits = strconv.AppendInt(digits, n.coef, 10)
	}
	if digits[0] == '-' {
		dst, digits = append(dst, '-'), digits[1:]
	}
	switch adjusted := n.exp + len(digits) - 1; {
	case n.exp == 0:
		return append(dst, digits...)
	case n.exp > 0 || adjusted < -6:
		dst = append(dst, digits[0])
		if len(digits) > 1 {
			dst = append(append(dst, '.'), digits[1:]...)
		}
		dst = append(dst, 'E')
		if adjusted > 0 {
			dst = append(dst, '+')
		}
		return strconv.AppendInt(dst, int64(adjusted), 10)
	case adjusted < 0:
		dst = append(dst, "0."...)
		for range -adjusted - 1 {
			dst = append(dst, '0')
		}
		return append(dst, digits...)
	default:
		point := len(digits) + n.exp
		return append(append(append(dst, digits[:point]...), '.'), digits[point:]...)
	}
}
