package predicate

import (
	"encoding/json"
	"reflect"
	"testing"
)

func mustCompile(t testing.TB, e *Expr) *Matcher {
	t.Helper()
	m, err := e.Compile()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func text(s string) Value    { return Value{KindText, s} }
func numeric(s string) Value { return Value{KindNumber, s} }

func TestMatch(t *testing.T) {
	f := func(e *Expr, message string, want bool) {
		t.Helper()
		if got := mustCompile(t, e).Match([]byte(message)); got != want {
			t.Errorf("%s on %s: got %v, want %v", asJSON(t, e), message, got, want)
		}
	}
	a := Path{Key("a")}
	f(nil, "", true)
	f(&Expr{Op: OpAll}, "", true)
	f(And(), "x", true)
	f(Or(), "x", false)
	f(Or(nil), "x", true)
	f(Not(nil), "x", false)
	f(And(Contains("b"), Not(Contains("z"))), "abc", true)
	f(And(Contains("b"), Not(Contains("c"))), "abc", false)
	f(Or(Contains("z"), Matches("(?i)B+")), "abc", true)

	// Not turns a comparison round also where nothing is there to compare, or no JSON.
	f(Not(Compare(a, OpEqual, text("x"))), `{"a":"y"}`, true)
	f(Not(Compare(a, OpEqual, text("x"))), `{}`, true)
	f(Not(Compare(a, OpEqual, text("x"))), `plain`, true)
	f(Compare(a, OpNotEqual, text("x")), `{}`, false)
	f(Ask(a, OpNotExists), `plain`, false)
	f(Ask(a, OpNotExists), `[]`, true)

	// Exact texts may contain stars; globs without any are exact.
	f(Compare(a, OpEqual, text("*")), `{"a":"x"}`, false)
	f(Compare(a, OpEqual, text("*")), `{"a":"*"}`, true)
	f(Compare(a, OpEqual, Value{KindGlob, "x"}), `{"a":"x"}`, true)
	f(Compare(a, OpEqual, Value{KindGlob, "x"}), `{"a":"xx"}`, false)

	// Two layouts in one tree each split for themselves.
	two := &Layout{Fields: 2}
	tail := &Layout{Fields: 1, Gap: 1}
	f(And(Fields(two, CompareField(2, OpEqual, text("b c"))), Fields(tail, CompareField(1, OpEqual, text("c")))), "a b c", true)
	f(And(Fields(two, CompareField(2, OpEqual, text("b c"))), Fields(tail, CompareField(1, OpEqual, text("b")))), "a b c", false)
	f(Fields(two, nil), "a", false)
	f(Fields(&Layout{Gap: 1}, nil), "", true)
	// Fields and JSON may be mixed.
	f(Fields(tail, And(CompareField(1, OpEqual, text("}")), Compare(a, OpEqual, numeric("1")))), `{"a": 1 }`, true)
}

// TestMatcherForgets shows that nothing of one message is seen in the next.
func TestMatcherForgets(t *testing.T) {
	m := mustCompile(t, And(Compare(Path{Key("a")}, OpEqual, numeric("1")), Ask(Path{Key("b")}, OpNotExists)))
	for _, c := range []struct {
		message string
		want    bool
	}{
		{`{"a":1}`, true}, {`{}`, false}, {`{"a":1,"b":0}`, false}, {`{"a":1}`, true}, {`{"a":1`, false}, {`{"a":1}`, true},
	} {
		if got := m.Match([]byte(c.message)); got != c.want {
			t.Errorf("%s: got %v, want %v", c.message, got, c.want)
		}
	}
}

func asJSON(t testing.TB, e *Expr) string {
	t.Helper()
	b, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestTravels shows that a tree survives the way to another node, in a form that is fixed.
func TestTravels(t *testing.T) {
	e := And(
		Or(Contains("x"), Not(Matches("y+"))),
		Compare(Path{Key("a.b"), Index(0), Index(2), AnyElem(), AnyKey()}, OpAtLeast, numeric("12345678901234567890")),
		Ask(Path{Key("")}, OpIsNull),
		Fields(&Layout{Fields: 1, Gap: 2}, CompareField(1, OpNotEqual, text(""))),
	)
	const want = `{"op":"and","args":[{"op":"or","args":[{"op":"contains","text":"x"},{"op":"not","args":[{"op":"matches","text":"y+"}]}]},` +
		`{"op":"ge","path":[{"kind":"key","name":"a.b"},{"kind":"index"},{"kind":"index","index":2},{"kind":"indexes"},{"kind":"keys"}],` +
		`"value":{"kind":"number","text":"12345678901234567890"}},{"op":"null","path":[{"kind":"key"}]},` +
		`{"op":"fields","args":[{"op":"ne","field":1,"value":{"kind":"text","text":""}}],"layout":{"fields":1,"gap":2}}]}`
	got := asJSON(t, e)
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	var back *Expr
	if err := json.Unmarshal([]byte(got), &back); err != nil || !reflect.DeepEqual(back, e) {
		t.Errorf("came back as %s (%v)", asJSON(t, back), err)
	}
	mustCompile(t, back)
}

func TestLongMessageLeavesNoMemory(t *testing.T) {
	m := mustCompile(t, Fields(&Layout{Fields: 1, Gap: 1}, CompareField(1, OpEqual, text("x"))))
	long := make([]byte, 0, 1<<17)
	for range 1 << 16 {
		long = append(long, "x "...)
	}
	if !m.Match(long) {
		t.Error("the last word is not found")
	}
	if cap(m.words) > maxKeptWords {
		t.Errorf("kept room for %d words", cap(m.words))
	}
}
