package rulesql

import (
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
)

// rat is the exact value of a number.
func rat(n number) *big.Rat {
	r := new(big.Rat).SetInt(n.integer())
	if n.exp < 0 {
		return r.Quo(r, new(big.Rat).SetInt(power(-n.exp)))
	}
	return r.Mul(r, new(big.Rat).SetInt(power(n.exp)))
}

// Results are exact, or differ by half a unit of the last of 34 digits at most.
func TestArithmeticAgainstFractions(t *testing.T) {
	var random *rand.Rand
	operand := func() number {
		digits := strings.Repeat("9", random.IntN(34)) + "7"
		b, _ := new(big.Int).SetString(digits, 10)
		b = new(big.Int).Rem(new(big.Int).Mul(b, big.NewInt(random.Int64())), power(1+random.IntN(34)))
		if random.IntN(2) == 0 {
			b.Neg(b)
		}
		n, _ := reduce(b, random.IntN(60)-30)
		return n
	}
	type exact func(z, x, y *big.Rat) *big.Rat
	for name, op := range map[string]struct {
		ours  arithmetic
		exact exact
	}{
		"+": {add, (*big.Rat).Add},
		"-": {subtract, (*big.Rat).Sub},
		"*": {product, (*big.Rat).Mul},
		"/": {quotient, (*big.Rat).Quo},
	} {
		random = rand.New(rand.NewPCG(1, 2)) // the same operands for each operator, in whatever order the map gives them
		for range 5000 {
			a, b := operand(), operand()
			if name == "/" && b.sign() == 0 {
				continue
			}
			got, ok := op.ours(a, b)
			want := op.exact(new(big.Rat), rat(a), rat(b))
			miss := new(big.Rat).Sub(rat(got), want)
			most := new(big.Rat).Quo(new(big.Rat).Abs(want), new(big.Rat).SetInt(new(big.Int).Mul(big.NewInt(2), power(maxDigits-1))))
			if !ok || miss.Abs(miss).Cmp(most) > 0 || countDigits(got.integer()) > maxDigits {
				t.Fatalf("%s %s %s = %s, want %s", a.append(nil), name, b.append(nil), got.append(nil), want.FloatString(60))
			}
			if order := a.compare(b); order != rat(a).Cmp(rat(b)) {
				t.Fatalf("compare(%s, %s) = %d", a.append(nil), b.append(nil), order)
			}
			again, _, _, ok := readNumber(string(got.append(nil)), 0)
			if !ok || again.compare(got) != 0 {
				t.Fatalf("%s is read as %s, %v", got.append(nil), again.append(nil), ok)
			}
		}
	}
}

// Rounding that carries into one more digit still keeps to the digits a number may have.
func TestRoundingCarries(t *testing.T) {
	n, ok := add(number{coef: -1, exp: 27}, number{coef: 67786865, exp: -27})
	if got := string(n.append(nil)); !ok || got != "-1000000000000000000000000000" && got != "-1000000000000000000000000000.000000" {
		t.Errorf("-1e27 + 6.7786865e-20 = %s", got)
	}
	if digits := countDigits(n.integer()); digits > maxDigits {
		t.Errorf("%s has %d digits; at most %d are allowed", n.append(nil), digits, maxDigits)
	}
}

func TestRounding(t *testing.T) {
	f := func(s string, places int, want ...string) {
		t.Helper()
		n, ok := parseNumeric(s)
		if !ok {
			t.Fatalf("%s is no number", s)
		}
		for i, mode := range []rounding{towardZero, down, up, halfAway, halfEven} {
			if got := string(n.round(places, mode).append(nil)); got != want[i] {
				t.Errorf("%s to %d places, mode %d: got %s, want %s", s, places, mode, got, want[i])
			}
		}
	}
	f("2.5", 0, "2", "2", "3", "3", "2")
	f("-2.5", 0, "-2", "-3", "-2", "-3", "-2")
	f("3.5", 0, "3", "3", "4", "4", "4")
	f("-0.01", 0, "0", "-1", "0", "0", "0")
	f("2.449", 1, "2.4", "2.4", "2.5", "2.4", "2.4")
	f("7", 3, "7", "7", "7", "7", "7")
}
