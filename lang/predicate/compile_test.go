package predicate

import (
	"strings"
	"testing"
)

func TestCompileRefuses(t *testing.T) {
	f := func(e *Expr, want string) {
		t.Helper()
		m, err := e.Compile()
		if m != nil || err == nil || err.Error() != "predicate: "+want {
			t.Errorf("%.200s:\n got %v\nwant predicate: %s", asJSON(t, e), err, want)
		}
	}
	a := Path{Key("a")}
	f(&Expr{}, `unknown operation ""`)
	f(And(&Expr{Op: "xor"}), `unknown operation "xor"`)
	f(&Expr{Op: OpNot}, `operation "not" takes one argument, got 0`)
	f(Compare(nil, OpEqual, text("x")), `a path needs at least one step`)
	f(Compare(Path{Index(-1)}, OpEqual, text("x")), `array index -1 in $[-1] is negative`)
	f(Compare(Path{{Kind: "up"}}, OpEqual, text("x")), `unknown kind of step "up"`)
	f(Compare(make(Path, MaxSteps+1), OpEqual, text("x")), `path of 65 steps, allowed are 64`)
	f(Compare(a, OpEqual, Value{}), `unknown kind of value ""`)
	f(Compare(a, OpLess, text("x")), `operation "lt" compares numbers only, got text "x"`)
	f(Compare(a, OpLess, numeric("x")), `"x" is not a number`)
	f(Compare(a, OpEqual, Value{KindRegexp, "("}), "error parsing regexp: missing closing ): `(`")
	f(Matches("x{900}y{900}"), `regular expression too complex: it takes more than 1000 steps`)
	f(Matches(strings.Repeat("x", MaxText+1)), `regular expression of 10241 bytes, allowed are 10240`)
	f(Contains(strings.Repeat("x", MaxText+1)), `text of 10241 bytes, allowed are 10240`)
	f(CompareField(1, OpEqual, text("x")), `comparison of field 1 outside of operation "fields"`)
	f(Fields(nil, nil), `operation "fields" without a layout`)
	f(Fields(&Layout{}, nil), `layout without fields`)
	f(Fields(&Layout{Fields: MaxFields + 1}, nil), `layout of 513 fields, allowed are 0 to 512`)
	f(Fields(&Layout{Fields: 1, Gap: 3}, nil), `layout of 1 fields with a gap before field 3`)
	f(Fields(&Layout{Fields: 1}, CompareField(2, OpEqual, text("x"))), `comparison of field 2 of 1`)
	f(Fields(&Layout{Fields: 1}, Fields(&Layout{Fields: 1}, nil)), `operation "fields" inside another`)
	f(Fields(&Layout{Fields: 1}, &Expr{Op: OpEqual, Field: 1, Path: a, Value: text("x")}), `comparison of both $.a and field 1`)
	f(&Expr{Op: OpFields, Layout: &Layout{Fields: 1}, Args: make([]*Expr, 2)}, `operation "fields" takes at most one argument, got 2`)

	many := And()
	for range MaxRegexps + 1 {
		many.Args = append(many.Args, Matches("x"))
	}
	f(many, `more than 16 regular expressions`)
	many = And()
	for range MaxNodes {
		many.Args = append(many.Args, Contains("x"))
	}
	f(many, `more than 1024 conditions`)
	deep := Contains("x")
	for range MaxDepth + 1 {
		deep = Not(deep)
	}
	f(deep, `conditions nested more than 64 deep`)
}
