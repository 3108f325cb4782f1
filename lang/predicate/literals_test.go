package predicate

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestLiterals(t *testing.T) {
	f := func(e *Expr, want ...string) {
		t.Helper()
		var got []string
		for _, l := range e.Literals() {
			got = append(got, string(l))
		}
		if strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("%s: got %q, want %q", asJSON(t, e), got, want)
		}
	}
	a := Path{Key("a")}
	f(nil)
	f(Contains("ERROR"), "ERROR")
	f(Contains("x"))
	f(And(Contains("ab"), Not(Contains("cd")), Or(Contains("ef"), Contains("gh")), Or(Contains("ij"))), "ab", "ij")
	f(Compare(a, OpEqual, text("Publish-In")), "Publish-In")
	f(Compare(a, OpEqual, text("dt/plant\"1\\\n-é")), "dt", "plant", "-é")
	f(Compare(a, OpNotEqual, text("Publish-In")))
	f(Compare(a, OpEqual, numeric("400")))
	f(Compare(a, OpEqual, Value{KindGlob, "ab*c*de/fg"}), "ab", "de", "fg")
	f(Compare(a, OpEqual, Value{KindRegexp, "^abc[0-9]+(de)+f?gh|xy"}))
	f(Compare(a, OpEqual, Value{KindRegexp, "^abc[0-9]+(de)+f?gh/ij(kl){2}(mn){0,2}"}), "abc", "de", "gh", "ij", "kl")
	f(Matches("(?i)abc"))
	f(Matches("ab|ab"), "ab")
	f(Matches("aé\ufffdbc"), "bc")
	f(Matches("("))
	f(Matches(strings.Repeat("x", MaxText+1)))
	f(Fields(&Layout{Fields: 1}, CompareField(1, OpEqual, text(`a/b"c`))), `a/b"c`)
	f(Ask(a, OpIsNull))
}

func TestHolds(t *testing.T) {
	f := func(b, literal string, want bool) {
		t.Helper()
		if got := Holds([]byte(b), []byte(literal)); got != want {
			t.Errorf("Holds(%s, %s) = %v, want %v", b, literal, got, want)
		}
	}
	f(`{"a":"Publish"}`, "Publish", true)
	f(`{"a":"\u0050ublish"}`, "Publish", true)
	f(`{"a":"\nublish"}`, "Publish", false)
}

// TestLiteralsAreConservative grows random trees and messages of a small vocabulary, so that many match.
func TestLiteralsAreConservative(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	pick := func(from ...string) string { return from[r.IntN(len(from))] }
	word := func() string { return pick("ab", "abc", "a/b", "é", "4", "400", "true", `q"r`, "bcd") }
	var tree func(depth int) *Expr
	tree = func(depth int) *Expr {
		path := Path{Key(pick("a", "b"))}
		switch n := r.IntN(9); {
		case n < 3 && depth > 0:
			join := [](func(...*Expr) *Expr){And, Or, func(e ...*Expr) *Expr { return Not(e[0]) }}[n]
			return join(tree(depth-1), tree(depth-1))
		case n == 4:
			return Contains(word())
		case n == 5:
			return Matches(pick("a+b", "(ab)+", "a|b", "b{2}c?", "(?i)AB", "a.b", "[a]b"))
		case n == 6:
			return Fields(&Layout{Fields: 1, Gap: 1 + r.IntN(2)}, CompareField(1, OpEqual, Value{KindGlob, word() + pick("", "*")}))
		case n == 7:
			return Compare(path, OpEqual, Value{KindRegexp, pick("a+b", "ab$", "^a.*b", "4")})
		case n == 8:
			return Compare(path, OpEqual, numeric(pick("4", "400")))
		}
		return Compare(path, OpEqual, Value{pick2(r, KindText, KindGlob), pick("", "*") + word()})
	}
	value := func() string {
		return pick("4", "4e2", `"400"`, "true", `"ab"`, `"\u0061b"`, `"a\/b"`, `"a/b"`, `"\u00e9"`, `"é"`, `"q\"r"`, `"aab bcd"`, "null", `["ab"]`)
	}
	matches := 0
	for range 30000 {
		e := tree(3)
		m := mustCompile(t, e)
		m.literals = nil // else Match would refuse what lacks one, and the test could not fail
		message := `{"a":` + value() + `, "b": ` + value() + `}`
		if r.IntN(4) == 0 {
			message = word() + " " + word() + pick("", " ", "\n")
		}
		if !m.Match([]byte(message)) {
			continue
		}
		matches++
		for _, l := range e.Literals() {
			if !Holds([]byte(message), l) {
				t.Fatalf("%s matches %s without %q", asJSON(t, e), message, l)
			}
		}
	}
	if matches < 3000 {
		t.Errorf("only %d of 30000 matched", matches)
	}
}

func pick2(r *rand.Rand, a, b ValueKind) ValueKind {
	if r.IntN(2) == 0 {
		return a
	}
	return b
}
