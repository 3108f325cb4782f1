package shadowdoc

import (
	"strconv"
	"strings"
)

// sameNumber reports whether two JSON numbers have the same value. It is exact: no number is rounded first.
func sameNumber(a, b string) bool {
	x, ok1 := decimalOf(a)
	y, ok2 := decimalOf(b)
	return ok1 && ok2 && x == y
}

// decimal is digits × 10^exponent, with neither leading nor trailing zeros in the digits; zero has none.
type decimal struct {
	negative bool
	digits   string
	exponent int
}

// decimalOf takes a JSON number apart. It gives up on exponents beyond a thousand million.
func decimalOf(s string) (d decimal, ok bool) {
	s, d.negative = strings.CutPrefix(s, "-")
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		e, err := strconv.ParseInt(s[i+1:], 10, 32)
		if err != nil {
			return decimal{}, false
		}
		s, d.exponent = s[:i], int(e)
	}
	whole, fraction, _ := strings.Cut(s, ".")
	d.exponent -= len(fraction)
	d.digits = strings.TrimLeft(whole+fraction, "0")
	short := strings.TrimRight(d.digits, "0")
	d.exponent += len(d.digits) - len(short)
	d.digits = short
	if d.digits == "" {
		return decimal{}, true
	}
	return d, true
}
