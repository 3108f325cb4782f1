package predicate

import (
	"bytes"
	"cmp"
	"strconv"
)

// number is a decimal number. Integers keep their digits, because identifiers of more than 53 bits must not become equal by rounding.
type number struct {
	text     []byte // as it was written
	integer  bool
	negative bool
	digits   []byte // of an integer, without leading zeros; empty for zero
}

// parseNumber reads sign, digits, fraction and exponent, as JSON writes them; a plus sign and leading zeros are allowed too.
// It keeps text.
func parseNumber(text []byte) (number, bool) {
	n := number{text: text}
	i := 0
	if i < len(text) && (text[i] == '-' || text[i] == '+') {
		n.negative = text[i] == '-'
		i++
	}
	whole := digitRun(text[i:])
	if whole == 0 {
		return n, false
	}
	n.digits = bytes.TrimLeft(text[i:i+whole], "0")
	n.negative = n.negative && len(n.digits) > 0
	i += whole
	n.integer = i == len(text)
	if i < len(text) && text[i] == '.' {
		fraction := digitRun(text[i+1:])
		if fraction == 0 {
			return n, false
		}
		i += 1 + fraction
	}
	if i < len(text) && (text[i] == 'e' || text[i] == 'E') {
		i++
		if i < len(text) && (text[i] == '-' || text[i] == '+') {
			i++
		}
		exponent := digitRun(text[i:])
		if exponent == 0 {
			return n, false
		}
		i += exponent
	}
	return n, i == len(text)
}

// IsNumber reports whether text reads as a decimal number, and so may stand in a Value of KindNumber.
func IsNumber(text string) bool {
	_, ok := parseNumber([]byte(text))
	return ok
}

func digitRun(b []byte) int {
	n := 0
	for n < len(b) && '0' <= b[n] && b[n] <= '9' {
		n++
	}
	return n
}

// compare orders n and m: exactly if both are integers, else as 64-bit floating point.
func (n *number) compare(m *number) int {
	if !n.integer || !m.integer {
		return cmp.Compare(n.float(), m.float())
	}
	if n.negative != m.negative {
		if n.negative {
			return -1
		}
		return 1
	}
	order := cmp.Compare(len(n.digits), len(m.digits))
	if order == 0 {
		order = bytes.Compare(n.digits, m.digits)
	}
	if n.negative {
		return -order
	}
	return order
}

// float is the nearest floating point number; what is too large becomes an infinity, which still compares rightly.
func (n *number) float() float64 {
	f, _ := strconv.ParseFloat(string(n.text), 64)
	return f
}
