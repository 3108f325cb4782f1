package rulesql

import "math/big"

// kind is the type of a value. aws: iot/iot-sql-data-types
type kind uint8

const (
	undefined kind = iota
	null
	boolean
	integer
	decimal
	text
	array
	object
)

// value is one value of the language. The zero value is Undefined.
type value struct {
	kind  kind
	truth bool
	exp   int32
	coef  int64
	text  string    // of a String; of a number with more than 64 bits, the digits
	inner *elements // of an Array or Object
}

// elements are what an Array or Object holds. They never change once a value has them, for values share them.
type elements struct {
	items   []value
	members []member
}

type member struct {
	name  string
	value value
}

func boolOf(b bool) value { return value{kind: boolean, truth: b} }

func (v value) isNumber() bool { return v.kind == integer || v.kind == decimal }

// number is the number of an Int or Decimal.
func (v value) number() number {
	n := number{coef: v.coef, exp: int(v.exp)}
	if v.text != "" {
		n.big, _ = new(big.Int).SetString(v.text, 10)
	}
	return n
}

func numberOf(k kind, n number) value {
	v := value{kind: k, coef: n.coef, exp: int32(n.exp)}
	if n.big != nil {
		v.coef, v.text = 0, n.big.String()
	}
	return v
}

// intOf is a number without fraction: an Int, or a Decimal if it is too large for one.
func intOf(n number) value {
	if r, ok := n.expand(); ok {
		return numberOf(integer, r)
	}
	return numberOf(decimal, n)
}

// decimalOf is a number that is written as a Decimal, in a payload, a statement or CAST. From 2016-03-23 on one without fraction is an
// Int: 10.0 is processed as 10, and who needs the Decimal is told to use 2015-10-08. So 7 / 2.0 is 3 there, of which the parser warns.
// What operators and functions answer keeps the type that their tables say: 1.5 * 2 is a Decimal, and 1.5 * 2 / 2 is 1.5. It is only
// written as an Int.
//
// aws: iot/iot-sql-data-types
func (v Version) decimalOf(n number) value {
	if v != V20151008 {
		if r, ok := n.expand(); ok {
			return numberOf(integer, r)
		}
	}
	return numberOf(decimal, n)
}

// doubleOf is the result of a function of double precision; what is no number is Undefined.
func doubleOf(f float64) value {
	n, ok := fromFloat(f)
	if !ok {
		return value{}
	}
	return numberOf(decimal, n)
}

// find returns the member of an Object; the last one if it is there twice.
func (v *value) find(name string) (value, bool) {
	if v.kind != object {
		return value{}, false
	}
	for i := len(v.inner.members) - 1; i >= 0; i-- {
		if m := &v.inner.members[i]; m.name == name {
			return m.value, true
		}
	}
	return value{}, false
}

// size is how many values an Array or Object holds.
func (v *value) size() int {
	if v.inner == nil {
		return 0
	}
	return len(v.inner.items) + len(v.inner.members)
}
