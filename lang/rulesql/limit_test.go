package rulesql

import (
	"fmt"
	"strings"
	"testing"
)

func TestParseLimits(t *testing.T) {
	f := func(sql, want string) {
		t.Helper()
		_, err := Parse(sql, V20160323)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s…: got %v, want %s", sql, err, want)
		}
	}
	f("SELECT "+strings.Repeat("(", 100), "expressions are nested more than 64 deep")
	f("SELECT "+strings.Repeat("-", 100000)+"1", "expressions are nested more than 64 deep")
	f("SELECT "+strings.Repeat("NOT ", 20000)+"1", "expressions are nested more than 64 deep")
	f("SELECT "+strings.Repeat("[", 100), "expressions are nested more than 64 deep")
	f("SELECT "+strings.Repeat(`{"a":`, 100), "expressions are nested more than 64 deep")
	f("SELECT "+strings.Repeat("(SELECT ", 100), "expressions are nested more than 64 deep")
	f("SELECT "+strings.Repeat("CASE ", 100), "expressions are nested more than 64 deep")
	f("SELECT "+strings.Repeat("abs(", 100), "expressions are nested more than 64 deep")
	f("SELECT "+strings.Repeat("1+", 5000)+"1", "there are more than 4096 operands and operators")
	f("SELECT a"+strings.Repeat(".a", 5000), "there are more than 4096 operands and operators")
	f("SELECT "+strings.Repeat("a,", 5000)+"a", "there are more than 4096 operands and operators")
	f("SELECT "+strings.Repeat(" ", MaxStatement), "the text has 131079 bytes; allowed are 131072")
	f("SELECT a AS "+strings.Repeat("b.", 100)+"b", "expected a shorter name")
}

func TestEvalLimits(t *testing.T) {
	large := `{"list":[` + strings.Repeat("1,", 9999) + `1],"text":"` + strings.Repeat("x", 500000) + `"}`
	f := func(sql, want string) {
		t.Helper()
		q, err := Parse(sql, V20160323)
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		r, err := NewEvaluator().Eval(q, testEnv(), []byte(large))
		if err == nil || err.Error() != "rule SQL: "+want || r.Matched || r.Payload != nil {
			t.Errorf("%.200s: got %v, %v; want %s", sql, r.Matched, err, want)
		}
	}
	steps := fmt.Sprintf("the evaluation takes more than %d steps", MaxSteps)
	f("SELECT (SELECT VALUE (SELECT VALUE 1 FROM list) FROM list) AS a", steps)
	f("SELECT * WHERE (SELECT (SELECT (SELECT 1 FROM list) FROM list) FROM list) = 1", steps)
	f("SELECT concat(text, text, text) AS a", "a text is longer than 1048576 bytes")
	f("SELECT text + text + text AS a", "a text is longer than 1048576 bytes")
	f("SELECT replace(text, 'x', 'yyy') AS a", "a text is longer than 1048576 bytes")
	f("SELECT regexp_replace(text, 'x', 'yyy') AS a", "a text is longer than 1048576 bytes")
	f("SELECT [text, text, text] AS a", "a result is longer than 1048576 bytes")
	f("SELECT encode([*, *, *], 'base64') AS a", "a result is longer than 1048576 bytes")
	f("SET @a = text SELECT @a", "the variables hold more than 131072 bytes")
	f("SELECT transform('enrichArray', {'a': '"+strings.Repeat("x", 40)+"'}, (SELECT VALUE {'b': *} FROM list))", "the result of transform is longer than 131072 bytes")
	double := "list"
	for range 12 {
		double = "(SELECT VALUE [*, *] FROM [" + double + "])"
	}
	f("SELECT "+double+" = "+double+" AS a", steps)
	f("SELECT "+double+" AS a", "a result is longer than 1048576 bytes")
}

// What one message leaves behind does not show in the next, not even after an error.
func TestEvaluatorIsReusable(t *testing.T) {
	q := benchQuery(t, "SET @v = a SELECT @v AS v, (SELECT VALUE x FROM list) AS l, get_registry_data('DescribeThing', 's7', 'r').api AS r "+
		"WHERE get_or_default(length(concat(text, text)) > 0, true)")
	e := NewEvaluator()
	f := func(payload, want string) {
		t.Helper()
		r, err := e.Eval(q, testEnv(), []byte(payload))
		got := string(r.Payload)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%.80s:\n got %.200s\nwant %.200s", payload, got, want)
		}
	}
	for range 3 {
		f(`{"a":1,"list":[{"x":1},{"x":2}]}`, `{"v":1,"l":[1,2],"r":"DescribeThing"}`)
		f(`{"bad":1,"text":"`+strings.Repeat("x", 600000)+`"}`, "rule SQL: a text is longer than 1048576 bytes")
		f(`not JSON`, `{"r":"DescribeThing"}`)
		f(`{"a":[`+strings.Repeat("1,", 9000)+`1]}`, `{"v":[`+strings.Repeat("1,", 9000)+`1],"r":"DescribeThing"}`)
		f(`{"a":"second"}`, `{"v":"second","r":"DescribeThing"}`)
	}
}

// What is costly for its size counts for more.
func TestCostlyWorkIsCounted(t *testing.T) {
	f := func(sql, payload string) {
		t.Helper()
		q := benchQuery(t, sql)
		if _, err := NewEvaluator().Eval(q, testEnv(), []byte(payload)); err == nil || !strings.Contains(err.Error(), "steps") {
			t.Errorf("%s: got %v, want the limit of steps", sql, err)
		}
	}
	ones := "[" + strings.Repeat("1e999,", 9999) + "1e999]"
	f("SELECT (SELECT VALUE * - 1e-999 FROM list) AS a", `{"list":`+ones+`}`)
	f("SELECT (SELECT VALUE (*) > 1e-999 FROM list) AS a", `{"list":`+ones+`}`)
	f("SELECT regexp_matches(text, '(x{50}x+)+y') AS a", `{"text":"`+strings.Repeat("x", 1<<20-100)+`"}`)
	f("SELECT (SELECT VALUE isNull(decode(text, 'base64')) FROM [1,2,3,4,5,6]) AS a", `{"text":"WyJ4`+strings.Repeat("eHh4", 200000)+`Il0="}`)
	f("SELECT (SELECT VALUE md2(text) FROM [1,2,3,4,5,6,7,8,9]) AS a", `{"text":"`+strings.Repeat("x", 1<<20-100)+`"}`)
}
